package georep

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// begin is when the tests begin: a whole second and a bit, so that rounding shows.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)

func at(d time.Duration) time.Time { return begin.Add(d) }

func newAccount(t *testing.T, o Options) *Account {
	t.Helper()
	if o.Primary == "" {
		o.Primary, o.Secondary = "east", "west"
	}
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustParse(t *testing.T, text string) Lag {
	t.Helper()
	l, err := ParseLag(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func row(key string) Partition {
	return Partition{Service: Table, Container: "readings", Key: key}
}

var whole = Partition{Service: Table, Container: "readings", Whole: true}

// write arrives, is stamped and commits at one time.
func write(t *testing.T, a *Account, now time.Time, p Partition) Entry {
	t.Helper()
	ticket, err := a.Arrive(now, p.Service)
	if err != nil {
		t.Fatal(err)
	}
	a.Stamp(now, ticket)
	return a.Commit(now, ticket, p, 1, 10)
}

// drain applies what is due and returns the numbers in order.
func drain(a *Account, now time.Time) []uint64 {
	var seqs []uint64
	for e, ok := a.Next(now); ok; e, ok = a.Next(now) {
		a.Applied(now, e.Seq)
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

func wantSeqs(t *testing.T, what string, got []uint64, want ...uint64) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantSync(t *testing.T, what string, a *Account, now time.Time, s Service, want time.Time) {
	t.Helper()
	if diff := cmp.Diff(Stats{State: Live, LastSync: want}, a.Stats(now, s)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestWriteToSecondary(t *testing.T) {
	a := newAccount(t, Options{Lag: mustParse(t, "constant 5s")})
	e := write(t, a, at(0), row("a"))
	want := Entry{Seq: 1, Partition: row("a"), At: at(0), Due: at(5 * time.Second), Rows: 1, Bytes: 10}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
	if wake, ok := a.Wake(at(time.Second)); !ok || !wake.Equal(e.Due) {
		t.Errorf("Wake gives %v %v, want %v", wake, ok, e.Due)
	}
	wantSync(t, "while it is missing", a, at(4*time.Second), Table, begin.Truncate(time.Second))
	wantSync(t, "the other service", a, at(4*time.Second), Queue, begin.Truncate(time.Second).Add(4*time.Second))
	wantSeqs(t, "before its lag has passed", drain(a, at(5*time.Second-1)))
	wantSeqs(t, "when its lag has passed", drain(a, at(5*time.Second)), 1)
	wantSync(t, "when it is there", a, at(5*time.Second), Table, begin.Truncate(time.Second).Add(5*time.Second))
	if _, ok := a.Wake(at(6 * time.Second)); ok {
		t.Error("Wake gives a time although nothing is missing")
	}
}
