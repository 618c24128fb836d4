package aztable_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// counter counts requests by operation.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) count(op string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[string]int)
	}
	c.n[op]++
}

// take gives the count of an operation and forgets it.
func (c *counter) take(op string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n[op]
	delete(c.n, op)
	return n
}

// TestCallsOfAnOperation holds down what an operation costs: the service charges by the request.
func TestCallsOfAnOperation(t *testing.T) {
	srv, account := azuritetest.Account(t)
	var calls counter
	c, err := aztable.Open(aztable.Config{URL: srv.TableURL(account.Name), Account: account.Name, Key: account.Key,
		TryTimeout: 20 * time.Second, OnCall: calls.count})
	if err != nil {
		t.Fatal(err)
	}
	s, j := stream(t, c), c.Journal()
	rows := c.Rows()
	if err := rows.Prepare(t.Context(), 58); err != nil {
		t.Fatal(err)
	}
	key := chunks.Key{Partition: chunks.Partition{Table: chunks.Chunks, Year: 58, Tenant: "acme"}, Row: "c"}
	other := key
	other.Row = "r"
	fresh := telemetry.Shard{Tenant: "acme", Index: 9}
	peer := journal.Peer{Region: "west", Generation: "W1"}
	steps := []struct {
		op   string
		want int
		do   func() error
	}{
		// With the append and the clock, a birth is 8 requests: at 300 ms each they are half of the time that it has.
		{"journal.prepare", 4, func() error { return c.Directory().Prepare(t.Context(), s.Day) }},
		{"journal.register", 2, func() error { return c.Directory().Register(t.Context(), fresh, s.Day) }},
		{"journal.register", 1, func() error { return c.Directory().Register(t.Context(), fresh, s.Day) }},
		{"journal.append", 1, func() error { return appendBlock(t, j, s, 1, "birth") }},
		{"journal.append", 1, func() error { return appendBlock(t, j, s, 2, "append") }},
		{"journal.append", 2, func() error { return appendBlock(t, j, s, 2, "append") }}, // refused, compared
		{"journal.index", 1, func() error { _, err := j.Index(t.Context(), s.Shard, s.Day); return err }},
		{"journal.state", 1, func() error { _, err := j.State(t.Context(), s); return err }},
		{"journal.read", 1, func() error {
			for _, err := range j.Read(t.Context(), s, 0) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"journal.heads", 1, func() error {
			for _, err := range j.Heads(t.Context(), s, 0) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"journal.drop", 4, func() error { return j.Drop(t.Context(), s, 2) }}, // index, mark, blocks, sweep
		{"journal.end", 3, func() error { _, err := j.End(t.Context(), s); return err }},
		// index, seal; nothing is left: blocks, hide
		{"journal.seal", 4, func() error { return j.Seal(t.Context(), s, 2, "") }},
		{"journal.seteven", 2, func() error { return c.Directory().SetEven(t.Context(), peer, time.Unix(1, 0)) }},
		{"journal.seteven", 2, func() error { return c.Directory().SetEven(t.Context(), peer, time.Unix(2, 0)) }},
		{"journal.seteven", 1, func() error { return c.Directory().SetEven(t.Context(), peer, time.Unix(1, 0)) }},
		{"journal.even", 1, func() error { _, err := c.Directory().Even(t.Context(), peer); return err }},
		{"rows.apply", 1, func() error {
			return rows.Apply(t.Context(), chunks.Change{Key: key},
				chunks.Change{Key: other})
		}},
		{"rows.get", 1, func() error { _, err := rows.Get(t.Context(), key); return err }},
	}
	for i, step := range steps {
		calls.take(step.op)
		if err := step.do(); err != nil {
			t.Fatalf("step %d, %s: %v", i, step.op, err)
		}
		if got := calls.take(step.op); got != step.want {
			t.Errorf("step %d, %s: %d requests, want %d", i, step.op, got, step.want)
		}
	}
}

func appendBlock(t *testing.T, j *aztable.Journal, s telemetry.Stream, n telemetry.Number, text string) error {
	t.Helper()
	_, err := j.Append(t.Context(), journal.Append{At: telemetry.Position{Stream: s, Number: n}, Block: []byte(text)})
	return err
}

// TestIndexOfMoreThanAPage has more index rows than the service gives at once, and finished streams that must not
// count.
func TestIndexOfMoreThanAPage(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	c, _ := open(t, srv, account)
	s, j := stream(t, c), c.Journal()
	const streams = 510
	var group sync.WaitGroup
	for i := range streams {
		group.Go(func() {
			mine := s
			mine.Writer = telemetry.Writer(fmt.Sprintf("%026d", i))
			if err := appendBlock(t, j, mine, 1, "x"); err != nil {
				t.Error(err)
			}
			if i%100 != 0 {
				return
			}
			if _, err := j.End(t.Context(), mine); err != nil {
				t.Error(err)
			}
			if err := j.Seal(t.Context(), mine, 1, ""); err != nil {
				t.Error(err)
			}
			if err := j.Drop(t.Context(), mine, 1); err != nil {
				t.Error(err)
			}
		})
		if i%16 == 15 {
			group.Wait()
		}
	}
	group.Wait()
	x, err := j.Index(t.Context(), s.Shard, s.Day)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Streams) != streams-6 || x.Version == "" {
		t.Fatalf("%d streams, version %q", len(x.Streams), x.Version)
	}
	for i, st := range x.Streams {
		if i > 0 && st.Stream.Writer <= x.Streams[i-1].Stream.Writer {
			t.Fatalf("%s is not sorted", st.Stream)
		}
	}
}

// TestStorageThatHangsDiesAndComesBack has a server of its own, with its data on disk.
func TestStorageThatHangsDiesAndComesBack(t *testing.T) {
	t.Parallel()
	srv := azuritetest.Require(t, azurite.Options{Folder: t.TempDir()})
	account := srv.Accounts()[0]
	patient, _ := open(t, srv, account)
	s := stream(t, patient)
	if err := appendBlock(t, patient.Journal(), s, 1, "birth"); err != nil {
		t.Fatal(err)
	}
	hasty, err := aztable.Open(aztable.Config{URL: srv.TableURL(account.Name), Account: account.Name, Key: account.Key,
		TryTimeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hasty.Journal().Identity(t.Context()); err != nil {
		t.Fatal(err) // so it knows what its tables are called
	}
	if err := srv.Pause(); err != nil {
		t.Skipf("not run: %v", err)
	}
	began := time.Now()
	if err := appendBlock(t, hasty.Journal(), s, 2, "second"); !fault.Is(err, fault.Indeterminate) {
		t.Errorf("append to storage that hangs: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := srv.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := appendBlock(t, patient.Journal(), s, 2, "second"); err != nil {
		t.Errorf("the same append again: %v", err)
	}
	if err := srv.Restart(t.Context()); err != nil { // in good order, so everything is on disk
		t.Fatal(err)
	}
	srv.Kill()
	if err := appendBlock(t, patient.Journal(), s, 3, "third"); !fault.Is(err, fault.Unavailable) &&
		!fault.Is(err, fault.Indeterminate) {
		t.Errorf("append to storage that died: %v", err)
	}
	if err := appendBlock(t, patient.Journal(), s, 3, "third"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("append to storage that is known to be dead: %v", err)
	}
	if err := srv.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	numbers := 0
	for _, err := range patient.Journal().Read(t.Context(), s, 0) {
		if err != nil {
			t.Fatal(err)
		}
		numbers++
	}
	if numbers != 2 {
		t.Errorf("%d blocks came through the power cut", numbers)
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	const here = "http://127.0.0.1:1/a"
	for _, c := range []aztable.Config{
		{},
		{URL: "http://127.0.0.1:1/a", Account: "a"},
		{URL: "http://127.0.0.1:1/a", Account: "a", Key: "not base64!"},
		{URL: "nowhere", Account: "a", Key: "a2V5"},
		{URL: here, Account: "a", Key: "a2V5", Replication: aztable.ReadAccessGeo, SecondaryURL: "nowhere"},
		{URL: here, Account: "a", Key: "a2V5", Replication: aztable.ReadAccessGeo},
		{URL: here, Account: "a", Key: "a2V5", Replication: aztable.Local, SecondaryURL: here + "-secondary"},
		{URL: here, Account: "a", Key: "a2V5", SecondaryURL: here + "-secondary"},
	} {
		if _, err := aztable.Open(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	secret := aztable.Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "c2VjcmV0"}
	for _, text := range []string{fmt.Sprint(secret), fmt.Sprintf("%+v", secret), fmt.Sprintf("%#v", secret)} {
		if len(text) == 0 || strings.Contains(text, "c2VjcmV0") {
			t.Errorf("the key is printed: %s", text)
		}
	}
}
