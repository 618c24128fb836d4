package compose

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// several is a storage in accounts that are named so.
func several(names ...string) Storage {
	s := Storage{Account: names, Journal: OwnAccount, JournalAccount: "local", JournalKey: "a2V5"}
	for range names {
		s.AccountKey, s.Replication = append(s.AccountKey, "a2V5"), append(s.Replication, ReplicationNone)
	}
	return s
}

// TestTheSecondaryIsReadOfAccountsThatHaveOne, by requests, and of no other.
func TestTheSecondaryIsReadOfAccountsThatHaveOne(t *testing.T) {
	s := several("geo", "local@2027-10-29")
	s.Replication, s.Queue = []Replication{ReplicationRAGRS, ReplicationNone}, "work"
	st, err := openStorage(s, goruntime.New(), silent())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		if got := st.front.Rows.At(i).Secondary != nil; got != want {
			t.Errorf("account %d has a secondary to be read: %v", i, got)
		}
	}
}

// TestSeveralAccounts holds what an account is told of from lists that name several, and every list that names none.
func TestSeveralAccounts(t *testing.T) {
	const first, second = "2027-10-29", "2028-11-16" // years of chunks begin then
	year := telemetry.YearOf(telemetry.YearWindow(55).Start())
	s := several("old", "new@"+first, "newest@"+second)
	s.AccountKey = []Secret{"b2xk", "bmV3", "bmV3ZXN0"}
	s.Replication = []Replication{ReplicationRAGRS, ReplicationNone, ReplicationRAGRS}
	s.TableURL = []string{"http://a/old", "http://a/new", "http://a/newest"}
	s.TableSecondaryURL = []string{"http://b/old", "http://b/newest"}
	var none problems
	for i, want := range []generation{
		{"old", "", 0, "b2xk", ReplicationRAGRS, "http://a/old", "http://b/old"},
		{"new", first, year, "bmV3", ReplicationNone, "http://a/new", ""},
		{"newest", second, year + 1, "bmV3ZXN0", ReplicationRAGRS, "http://a/newest", "http://b/newest"},
	} {
		if got := s.generations(&none)[i]; got != want || len(none) > 0 {
			t.Errorf("account %d: %+v, want %+v; %v", i, got, want, none)
		}
	}
	s = several("old")
	s.TableURL, s.TableSecondaryURL = []string{""}, []string{""} // environment variables that are there and empty
	if one := s.generations(&none); one[0].url != "" || len(none) > 0 {
		t.Errorf("nothing is given: %+v, %v", one, none)
	}
	for name, c := range map[string]struct {
		set  func(*Storage)
		says string
	}{
		"a key too few": {func(s *Storage) { s.AccountKey = s.AccountKey[:1] },
			"--account-key is given once and --account twice"},
		"no keys": {func(s *Storage) { s.AccountKey = nil },
			"--account-key is given 0 times and --account twice"},
		"one replication": {func(s *Storage) { s.Replication = s.Replication[:1] },
			"--replication is given once and --account twice"},
		"no replication": {func(s *Storage) { s.Replication = nil }, "--replication is not given"},
		"an empty one":   {func(s *Storage) { s.Replication[1] = "" }, "--replication is \"\""},
		"an unknown one": {func(s *Storage) { s.Replication[1] = "grs" }, "--replication is \"grs\""},
		"three URLs": {func(s *Storage) { s.TableURL = []string{"http://a", "http://b", "http://c"} },
			"--table-url is given 3 times and --account twice"},
		"no date": {func(s *Storage) { s.Account[1] = "new" },
			"write new@DATE with the date of the first readings that it keeps, for instance new@20"},
		"no name":              {func(s *Storage) { s.Account[1] = "@" + first }, "names no account"},
		"a date for the first": {func(s *Storage) { s.Account[0] = "old@" + first }, "write old alone"},
		"a year":               {func(s *Storage) { s.Account[1] = "new@2027" }, "\"2027\" is no date of readings"},
		"a date in between": {func(s *Storage) { s.Account[1] = "new@2027-12-24" },
			"write 2027-10-29 or 2028-11-16"},
		"a date out of reach": {func(s *Storage) { s.Account[1] = "new@9999-01-01" }, "is no date of readings"},
		"the same name": {func(s *Storage) { s.Account[1] = "old@" + first },
			"--account old@2027-10-29 is the account of old"},
		"the same address": {func(s *Storage) { s.TableURL = []string{"http://a/x", "http://A/x/"} },
			"is the account of old"},
		"the same date": {func(s *Storage) { *s = several("old", "new@"+first, "newest@"+first) },
			"--account newest@2027-10-29 does not begin later than --account new@2027-10-29"},
		"falling dates": {func(s *Storage) { *s = several("old", "new@"+second, "newest@"+first) },
			"in the order of their dates"},
		"the journal's": {func(s *Storage) { s.JournalAccount = "new" },
			"--journal-account is the account of the chunks"},
		"a secondary of none": {func(s *Storage) { s.TableSecondaryURL = []string{"http://b"} },
			"--table-secondary-url is given and --replication is none"},
		"secondaries that are too many": {func(s *Storage) {
			s.Replication[1], s.TableURL = ReplicationRAGRS, []string{"http://a", "http://b"}
			s.TableSecondaryURL = []string{"http://c", "http://d"}
		}, "--table-secondary-url is given twice and --replication ra-grs once"},
		"no secondary": {func(s *Storage) {
			s.Replication[1], s.TableURL = ReplicationRAGRS, []string{"http://a", "http://b"}
		},
			"--table-secondary-url is not given beside --table-url"},
	} {
		cfg := Default()
		cfg.Storage = several("old", "new@"+first)
		cfg.Storage.Queue, cfg.Storage.TryTimeout, cfg.Storage.Patience = "q", 1, 1
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		c.set(&cfg.Storage)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, and not %q", name, err, c.says)
		}
	}
}

// operator is somebody who adds an account to a storage.
type operator struct {
	*testing.T
	server            *azurite.Server
	old, added, local azurite.Account
	other             azurite.Account // has another journal
	both              *storage        // over the old account and the added one
}

// with is a node on accounts, the journal in one of its own.
func (o *operator) with(accounts ...azurite.Account) Config {
	cfg := inMemory()
	s := &cfg.Storage
	s.JournalAccount, s.JournalKey = o.local.Name, Secret(o.local.Key)
	s.JournalURL, s.QueueURL = o.server.TableURL(o.local.Name), o.server.QueueURL(o.local.Name)
	for _, a := range accounts {
		name, _, _ := strings.Cut(a.Name, "@")
		s.Account, s.AccountKey = append(s.Account, a.Name), append(s.AccountKey, Secret(a.Key))
		s.TableURL, s.Replication = append(s.TableURL, o.server.TableURL(name)), append(s.Replication, ReplicationNone)
	}
	s.TryTimeout = 5 * time.Second // a busy machine is no outage
	return cfg
}

// from is an account that begins with a year.
func from(a azurite.Account, year int32) azurite.Account {
	return azurite.Account{Name: a.Name + "@" + dateOf(year), Key: a.Key}
}

func (o *operator) init(cfg Config) {
	o.Helper()
	if _, err := Initialise(o.Context(), cfg); err != nil {
		o.Fatal(err)
	}
}

func (o *operator) says(what string, err error, says string) {
	o.Helper()
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fmt.Sprint(err), says) {
		o.Fatalf("%s: %v, and not %q", what, err, says)
	}
}

// refused has neither a node nor init begin.
func (o *operator) refused(what string, cfg Config, remedy string) {
	o.Helper()
	_, err := New(o.Context(), cfg, "test", io.Discard)
	o.says(what, err, remedy)
	_, err = Initialise(o.Context(), cfg)
	o.says("init, "+what, err, remedy)
}

func (o *operator) write(n *Node, at ...int64) {
	o.Helper()
	var body strings.Builder
	for _, at := range at {
		fmt.Fprintf(&body, "w,source=roof temp=%d %d\n", at%1e9+1, at)
	}
	if code, text := post(o.T, n.URL()+"/api/v2/write", "text/plain", body.String()); code != 204 {
		o.Fatalf("write: %d %s", code, text)
	}
}

func (o *operator) asks(n *Node, want int) {
	o.Helper()
	code, text := get(o.T, n.URL()+"/v1/readings?source=roof&metric=w_temp&from=0&to="+fmt.Sprint(secondOf(60, 0)))
	if got := strings.Count(text, `"time"`); code != 200 || got != want {
		o.Fatalf("%d, %d readings, want %d: %s", code, got, want, text)
	}
}

// lies is how many rows an account has of a year.
func (o *operator) lies(place int, year int32) (rows int) {
	o.Helper()
	series := telemetry.Series{Source: "roof", Metric: "w_temp"}
	of := chunks.Range{Partition: chunks.PartitionOf("default", series, telemetry.YearWindow(year))}
	for _, err := range o.both.back.Rows.At(place).Rows.Scan(o.Context(), of) {
		if err != nil {
			o.Fatal(err)
		}
		rows++
	}
	return rows
}

// comes waits until rows of a year have come to lie in an account.
func (o *operator) comes(place int, year int32) {
	o.Helper()
	comes(o.T, fmt.Sprintf("account %d has rows of the year of %s", place, dateOf(year)), func() (any, bool) {
		rows := o.lies(place, year)
		return rows, rows > 0
	})
}

// secondOf is a time in a year of chunks.
func secondOf(year int32, i int64) int64 { return telemetry.YearWindow(year).Start() + i*1e9 }

// TestASecondAccount goes through what an operator goes through who adds one: nodes and init say what to do, readings
// stay where they are, those of later years come to lie in the new account, and all are answered.
func TestASecondAccount(t *testing.T) {
	o := &operator{T: t, server: azuritetest.Require(t, azurite.Options{Accounts: []azurite.Account{{Name: "old"},
		{Name: "added"}, {Name: "local"}, {Name: "other"}}})}
	all := o.server.Accounts()
	o.old, o.added, o.local, o.other = all[0], all[1], all[2], all[3]
	began := telemetry.YearOf(time.Now().UnixNano())
	one, both := o.with(o.old), o.with(o.old, from(o.added, began))
	var err error
	if o.both, err = openStorage(both.Storage, goruntime.New(), silent()); err != nil {
		t.Fatal(err)
	}
	o.init(one)
	n := start(t, one)
	o.write(n, secondOf(began-1, 1), secondOf(began-2, 1))
	o.comes(0, began-1)
	o.comes(0, began-2)
	o.asks(n, 2)
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}

	_, err = New(t.Context(), both, "test", io.Discard)
	o.says("before init", err, "is not yet taken into use: stop all nodes, run `tidemark init` once")
	_, err = Initialise(t.Context(), o.with(o.old, from(o.added, began-1)))
	o.says("from a year with readings on", err, "--account added@"+dateOf(began))
	o.local, o.other = o.other, o.local
	_, err = Initialise(t.Context(), o.with(o.old, from(o.added, began-1)))
	o.says("beside a journal that knows nothing", err, "the storage has another journal")
	o.refused("a journal that knows nothing", o.with(o.old), "the storage has another journal")
	o.local, o.other = o.other, o.local
	left, err := openStorage(one.Storage, goruntime.New(), silent()) // as of a node that runs on
	if err != nil {
		t.Fatal(err)
	}
	if err := left.members(one.Storage).AgreeAtHome(t.Context()); err != nil {
		t.Errorf("before another account is there: %v", err)
	}
	o.init(both)
	o.init(both)
	o.says("a node of before that runs on", left.members(one.Storage).AgreeAtHome(t.Context()),
		"start every node with --account old --account added@"+dateOf(began))
	o.refused("one account", one, "start every node with --account old --account added@"+dateOf(began))
	o.refused("another date", o.with(o.old, from(o.added, began+1)), "--account added@"+dateOf(began))
	o.refused("the other first", o.with(o.added, from(o.old, began)), "name that first, as --account old")
	o.refused("the new one alone", o.with(o.added), "name that first, as --account old")

	away := o.with(o.old, from(o.added, began)) // a node starts, and does without
	away.Storage.TableURL[1], away.Storage.TryTimeout = "http://127.0.0.1:1/added", time.Second
	n = start(t, away)
	if code, text := get(t, n.URL()+"/v1/readings?source=roof&metric=w_temp&from=0&to="+
		fmt.Sprint(secondOf(began, 0))); code != 200 || strings.Count(text, `"time"`) != 2 {
		t.Errorf("while the added account is away: %d %s", code, text)
	}
	if _, text := get(t, n.URL()+"/v1/status"); !strings.Contains(text, `"accounts_away":["added"]`) {
		t.Errorf("the status does not name the account that is away: %s", text)
	}
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}

	n = start(t, both)
	o.asks(n, 2)
	o.write(n, secondOf(began-1, 2), secondOf(began, 1))
	o.comes(1, began)
	o.asks(n, 4)
	for place, want := range []map[int32]bool{{began - 2: true, began - 1: true}, {began: true}} {
		for year := began - 3; year < began+2; year++ {
			if rows := o.lies(place, year); (rows > 0) != want[year] {
				t.Errorf("account %d has %d rows of the year of %s", place, rows, dateOf(year))
			}
		}
	}
}
