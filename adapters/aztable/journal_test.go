package aztable_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/adapters/aztable"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// noise is incompressible bytes that are the same in every run.
func noise(n int) []byte {
	var out []byte
	for sum := sha256.Sum256([]byte("noise")); len(out) < n; sum = sha256.Sum256(sum[:]) {
		out = append(out, sum[:]...)
	}
	return out[:n]
}

// stream is a stream of today, prepared and registered.
func stream(t testing.TB, c *aztable.Client) telemetry.Stream {
	t.Helper()
	s := telemetry.Stream{Shard: telemetry.Shard{Tenant: "acme/ü", Index: 3}, Day: telemetry.DayOf(time.Now()),
		Writer: "01JZZZZZZZZZZZZZZZZZZZZZZZ"}
	d := c.Directory()
	if err := d.Init(t.Context(), journal.Place{Region: "east", Generation: "1"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Prepare(t.Context(), s.Day); err != nil {
		t.Fatal(err)
	}
	if err := d.Register(t.Context(), s.Shard, s.Day); err != nil {
		t.Fatal(err)
	}
	return s
}

// byTheSDK is a table as it is, without the adapter.
func byTheSDK(t *testing.T, srv *azurite.Server, a azurite.Account, table string) *aztables.Client {
	t.Helper()
	return serviceOf(t, srv, a).NewClient(table)
}

// serviceOf is an account's tables as anybody has them.
func serviceOf(t *testing.T, srv *azurite.Server, a azurite.Account) *aztables.ServiceClient {
	t.Helper()
	cred, err := aztables.NewSharedKeyCredential(a.Name, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	service, err := aztables.NewServiceClientWithSharedKey(srv.TableURL(a.Name), cred, nil)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// rowOf is the one row with a key.
func rowOf(t *testing.T, table *aztables.Client, key string) (row map[string]any) {
	t.Helper()
	filter := "RowKey eq '" + key + "'"
	page, err := table.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter}).NextPage(t.Context())
	if err != nil || len(page.Entities) != 1 {
		t.Fatalf("%d rows, %v", len(page.Entities), err)
	}
	if err := json.Unmarshal(page.Entities[0], &row); err != nil {
		t.Fatal(err)
	}
	return row
}

// ofBefore makes a journal whose identity is as a program of before generations were in the names of tables wrote it,
// of one that is alone; without a bound if that is 0. It gives a client that knows nothing of it yet.
func ofBefore(t *testing.T, srv *azurite.Server, account azurite.Account, place journal.Place,
	bound time.Duration) *aztable.Client {
	t.Helper()
	c, _ := open(t, srv, account)
	if err := c.Directory().Init(t.Context(), place); err != nil {
		t.Fatal(err)
	}
	table := byTheSDK(t, srv, account, "Journal")
	row := rowOf(t, table, "place")
	for name := range row {
		switch strings.TrimSuffix(name, "@odata.type") {
		case "tables", "boundOfGeneration", "peerRegion", "peerGeneration", "unfilled", "retired", "shards",
			"cursorKey", "bound":
			delete(row, name)
		}
	}
	if bound != 0 {
		row["bound"], row["bound@odata.type"] = strconv.FormatInt(int64(bound), 10), "Edm.Int64"
	}
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	replace := &aztables.UpdateEntityOptions{UpdateMode: aztables.UpdateModeReplace}
	if _, err := table.UpdateEntity(t.Context(), text, replace); err != nil {
		t.Fatal(err)
	}
	c, _ = open(t, srv, account)
	return c
}

// TestAJournalFromBeforeTheBound has no bound in the identity row: such a row has the default.
func TestAJournalFromBeforeTheBound(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	place := journal.Place{Region: "east", Generation: "1"}
	c := ofBefore(t, srv, account, place, 0)
	place.Bound = 2 * time.Minute
	if p, err := c.Journal().Identity(t.Context()); err != nil || !p.Equal(place) {
		t.Errorf("identity %v %v, want %v", p, err, place)
	}
	if err := c.Directory().Init(t.Context(), place); err != nil {
		t.Error(err)
	}
}

// TestNoJournalIsMadeOverAnother takes the identity away and leaves what was written: no journal is made there, until
// that is gone, too.
func TestNoJournalIsMadeOverAnother(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	c, _ := open(t, srv, account)
	s := stream(t, c)
	if err := appendBlock(t, c.Journal(), s, 1, "birth"); err != nil {
		t.Fatal(err)
	}
	if _, err := serviceOf(t, srv, account).DeleteTable(t.Context(), "Journal", nil); err != nil {
		t.Fatal(err)
	}
	another := journal.Place{Region: "east", Generation: "2"}
	for _, emptied := range []bool{false, true} {
		if emptied {
			empty(t, srv, account)
		}
		again, _ := open(t, srv, account)
		err := again.Directory().Init(t.Context(), another)
		if emptied && err != nil || !emptied && !fault.Is(err, fault.Conflict) {
			t.Errorf("emptied %v: %v", emptied, err)
		}
	}
}

// TestTablesOfBeforeAreTheirsStill writes to a journal of before and to one of now: the first one's tables are called
// as ever, also once it is one of a pair, and those of the second after its generation.
func TestTablesOfBeforeAreTheirsStill(t *testing.T) {
	t.Parallel()
	srv, before := azuritetest.Account(t)
	_, now := azuritetest.Account(t)
	alone := journal.Place{Region: "east", Generation: "1"}
	paired := alone
	paired.Peer = journal.Peer{Region: "west", Generation: "2"}
	old := ofBefore(t, srv, before, alone, journal.DefaultBound)
	fresh, _ := open(t, srv, now)
	if err := fresh.Directory().Init(t.Context(), alone); err != nil {
		t.Fatal(err)
	}
	var of telemetry.Stream
	for _, c := range []*aztable.Client{old, fresh} {
		of = stream(t, c)
		if err := c.Directory().Change(t.Context(), alone, paired); err != nil {
			t.Fatal(err)
		}
		if err := appendBlock(t, c.Journal(), of, 1, "birth"); err != nil {
			t.Fatal(err)
		}
	}
	month := of.Day.Start().Format("200601")
	holds := func(a azurite.Account, name string) bool {
		page, err := byTheSDK(t, srv, a, name).NewListEntitiesPager(nil).NextPage(t.Context())
		return err == nil && len(page.Entities) > 1
	}
	row := rowOf(t, byTheSDK(t, srv, now, "Journal"), "place")
	names, _ := row["tables"].(string)
	for _, c := range []struct {
		of    azurite.Account
		table string
		want  bool
	}{{before, "J" + month, true}, {now, "J" + month, false}, {now, names + month, names != ""}} {
		if got := holds(c.of, c.table); got != c.want {
			t.Errorf("table %s holds the stream: %v, want %v", c.table, got, c.want)
		}
	}
	again, _ := open(t, srv, before)
	if got := readAll(t, again.Journal(), of, 0); len(got) != 1 {
		t.Errorf("the journal of before holds %d blocks", len(got))
	}
	for _, bound := range []string{"bound", "boundOfPair"} {
		text, _ := row[bound].(string)
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			t.Errorf("a program that knows no such names starts with the %s %q", bound, text)
		}
	}
}

// TestAProgramOfBeforeRefusesAPair looks at the row of an identity as such a program does: it reads a number of
// nanoseconds as the bound, or none, and starts with nothing else.
func TestAProgramOfBeforeRefusesAPair(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	table := byTheSDK(t, srv, account, "Journal")
	alone := journal.Place{Region: "east", Generation: "1"}
	c := ofBefore(t, srv, account, alone, journal.DefaultBound)
	paired := alone
	paired.Peer = journal.Peer{Region: "west", Generation: "2"}
	retired := alone
	retired.Retired = []journal.Retired{{Peer: paired.Peer, At: time.Now()}}
	unfilled := paired
	unfilled.Unfilled = true
	unfilled.Retired = retired.Retired
	from := alone
	for _, step := range []struct {
		to    journal.Place
		reads bool
	}{{alone, true}, {paired, false}, {alone, true}, {retired, false}, {unfilled, false}} {
		if err := c.Directory().Change(t.Context(), from, step.to); err != nil {
			t.Fatal(err)
		}
		text, _ := rowOf(t, table, "place")["bound"].(string)
		if _, err := strconv.ParseInt(text, 10, 64); (err == nil) != step.reads {
			t.Errorf("of %+v a program of before reads the bound %q: %v", step.to, text, err)
		}
		from = step.to
	}
}

// appendTwice appends blocks from number 1 on, each a second time too, which has to succeed again.
func appendTwice(t *testing.T, j *aztable.Journal, s, before telemetry.Stream, blocks [][]byte) {
	t.Helper()
	for i, b := range blocks {
		at := telemetry.Position{Stream: s, Number: telemetry.Number(i + 1)}
		for range 2 {
			stored, err := j.Append(t.Context(), journal.Append{At: at, Continues: before, Block: b})
			if err != nil {
				t.Fatal(err)
			}
			if age := time.Since(stored.By); age < -2*time.Second || age > time.Minute {
				t.Errorf("block %d stored %v ago", i+1, age)
			}
		}
	}
}

// readAll reads a stream that has no holes.
func readAll(t *testing.T, j *aztable.Journal, s telemetry.Stream, after telemetry.Number) (out [][]byte) {
	t.Helper()
	for e, err := range j.Read(t.Context(), s, after) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Number != after+telemetry.Number(len(out))+1 {
			t.Fatalf("number %d after %d", e.Number, len(out))
		}
		out = append(out, e.Block)
	}
	return out
}

func TestStreamFromBirthToNothing(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	c, _ := open(t, srv, account)
	s, j := stream(t, c), c.Journal()
	before := telemetry.Stream{Shard: s.Shard, Day: s.Day - 1, Writer: "before"}
	blocks := [][]byte{noise(10), noise(telemetry.MaxBlockBytes), noise(1), noise(64<<10 + 1), noise(960 << 10)}
	appendTwice(t, j, s, before, blocks)
	for i, b := range readAll(t, j, s, 0) {
		if !bytes.Equal(b, blocks[i]) {
			t.Fatalf("block %d came back otherwise", i+1)
		}
	}
	if got := len(readAll(t, j, s, 2)); got != 3 {
		t.Fatalf("%d blocks after 2", got)
	}
	x, err := j.Index(t.Context(), s.Shard, s.Day)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Streams) != 1 || x.Version != "" || x.Streams[0].Continues != before ||
		time.Since(x.Streams[0].Touched) > time.Minute {
		t.Fatalf("index %+v", x)
	}
	if err := j.Drop(t.Context(), s, 2); err != nil {
		t.Fatal(err)
	}
	if got := len(readAll(t, j, s, 2)); got != 3 {
		t.Fatalf("%d blocks after dropping 2", got)
	}
	st, err := j.End(t.Context(), s)
	if err != nil || !st.HasEnded() || st.Mark != 2 || st.Continues != before {
		t.Fatalf("End = %+v, %v", st, err)
	}
	_, err = j.Append(t.Context(), journal.Append{At: telemetry.Position{Stream: s, Number: 6}, Block: noise(3)})
	if !fault.Is(err, fault.Conflict) {
		t.Fatalf("append after the end: %v", err)
	}
	if err := j.Fill(t.Context(), s, journal.Entry{Number: 6, Void: true}); err != nil {
		t.Fatal(err)
	}
	if err := j.Seal(t.Context(), s, 6, ""); err != nil {
		t.Fatal(err)
	}
	if err := j.Fill(t.Context(), s, journal.Entry{Number: 7, Void: true}); !fault.Is(err, fault.Invalid) {
		t.Fatalf("fill after the seal: %v", err)
	}
	if err := j.Drop(t.Context(), s, 6); err != nil {
		t.Fatal(err)
	}
	x, err = j.Index(t.Context(), s.Shard, s.Day)
	if err != nil || len(x.Streams) != 0 || x.Version == "" {
		t.Fatalf("index of nothing = %+v, %v", x, err)
	}
	_, err = j.Append(t.Context(), journal.Append{At: telemetry.Position{Stream: s, Number: 1}, Block: noise(10)})
	if !fault.Is(err, fault.Conflict) {
		t.Fatalf("late birth: %v", err)
	}
}
