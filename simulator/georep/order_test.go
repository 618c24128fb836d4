package georep

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// take gives the numbers of what Next has, and leaves it under way.
func take(a *Account, now time.Time) []uint64 {
	var seqs []uint64
	for e, ok := a.Next(now); ok; e, ok = a.Next(now) {
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

// TestOrder commits partitions in turn, then applies in rounds: each round is what may be under way at one time.
func TestOrder(t *testing.T) {
	other := Partition{Service: Table, Container: "roles", Key: "a"}
	sameName := Partition{Service: Queue, Container: "readings"}
	tests := []struct {
		name   string
		writes []Partition
		rounds [][]uint64
	}{
		{"a partition is one after another", []Partition{row("a"), row("a"), row("a")}, [][]uint64{{1}, {2}, {3}}},
		{"partitions are side by side", []Partition{row("a"), row("b"), other, sameName}, [][]uint64{{1, 2, 3, 4}}},
		{"one partition does not wait for another", []Partition{row("a"), row("a"), row("b")}, [][]uint64{{1, 3}, {2}}},
		{"a write to the container waits for everything in it", []Partition{row("a"), row("b"), whole},
			[][]uint64{{1, 2}, {3}}},
		{"everything in it waits for a write to the container", []Partition{whole, row("a"), row("b")},
			[][]uint64{{1}, {2, 3}}},
		{"writes to the container are one after another", []Partition{whole, whole}, [][]uint64{{1}, {2}}},
		{"deleted and made again", []Partition{row("a"), whole, whole, row("a")}, [][]uint64{{1}, {2}, {3}, {4}}},
		{"another container, or another service's of that name, does not wait", []Partition{whole, other, sameName},
			[][]uint64{{1, 2, 3}}},
		{"an empty key is a partition", []Partition{row(""), whole, row("")}, [][]uint64{{1}, {2}, {3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount(t, Options{})
			for _, p := range tt.writes {
				write(t, a, at(0), p)
			}
			for i, want := range tt.rounds {
				got := take(a, at(0))
				wantSeqs(t, fmt.Sprintf("round %d", i), got, want...)
				for _, seq := range got {
					a.Applied(at(0), seq)
				}
			}
			wantSeqs(t, "after the last round", take(a, at(0)))
		})
	}
}

// TestLaterIsNotSooner: an entry whose lag has passed waits for the one before it that is still under its own.
func TestLaterIsNotSooner(t *testing.T) {
	a := newAccount(t, Options{Lag: mustParse(t, "constant 10s")})
	write(t, a, at(0), row("a"))
	a.SetLag(at(1), Scope{Service: Table, Container: "readings", Key: "b"}, mustParse(t, "none"))
	write(t, a, at(1), row("b"))
	wantSeqs(t, "b overtakes a", drain(a, at(1)), 2)
	a.SetLag(at(2), Scope{}, mustParse(t, "constant 20s"))
	a.SetLag(at(2), Scope{Service: Table, Container: "readings", Key: "a"}, mustParse(t, "constant 8s"))
	write(t, a, at(2), row("a"))
	wantSeqs(t, "the second of a, by its own lag", drain(a, at(8*time.Second-1)))
	wantSeqs(t, "both of a", drain(a, at(10*time.Second)), 1, 3)
}

func TestFailedIsGivenAgain(t *testing.T) {
	a := newAccount(t, Options{})
	write(t, a, at(0), row("a"))
	write(t, a, at(0), row("a"))
	wantSeqs(t, "first", take(a, at(0)), 1)
	a.Failed(at(time.Second), 1, 3*time.Second)
	wantSeqs(t, "before the delay is over", take(a, at(4*time.Second-1)))
	if wake, ok := a.Wake(at(2 * time.Second)); !ok || !wake.Equal(at(4*time.Second)) {
		t.Errorf("Wake gives %v %v, want the end of the delay", wake, ok)
	}
	a.SetLag(at(4*time.Second-1), Scope{}, nil)
	wantSeqs(t, "after the delay", drain(a, at(4*time.Second)), 1, 2)
	if n := a.Status(at(5 * time.Second)).Applies; n != 2 {
		t.Errorf("%d applies, want 2", n)
	}
}

func TestSetLag(t *testing.T) {
	scope := Scope{Service: Table, Container: "readings"}
	tests := []struct {
		name     string
		set      Scope
		lag      Lag
		due, new time.Duration // of what was committed at 0, and of what commits at 1s
	}{
		{"sooner", Scope{}, constant{2 * time.Second}, 2 * time.Second, 3 * time.Second},
		{"later keeps the time", Scope{}, constant{time.Minute}, 10 * time.Second, 61 * time.Second},
		{"a narrower scope", scope, constant{3 * time.Second}, 3 * time.Second, 4 * time.Second},
		{"one service", Scope{Service: Table}, constant{3 * time.Second}, 3 * time.Second, 4 * time.Second},
		{"another service", Scope{Service: Queue}, constant{3 * time.Second}, 10 * time.Second, 11 * time.Second},
		{"another container", Scope{Container: "roles"}, constant{3 * time.Second}, 10 * time.Second, 11 * time.Second},
		{"a key anywhere", Scope{Key: "a"}, constant{3 * time.Second}, 3 * time.Second, 4 * time.Second},
		{"none any more", Scope{}, nil, 0, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount(t, Options{Lag: constant{10 * time.Second}})
			write(t, a, at(0), row("a"))
			a.SetLag(at(time.Second), tt.set, tt.lag)
			if got := a.Missing()[0].Due; !got.Equal(at(tt.due)) {
				t.Errorf("what is under way is due %v, want %v", got.Sub(begin), tt.due)
			}
			if got := write(t, a, at(time.Second), row("a")).Due; !got.Equal(at(tt.new)) {
				t.Errorf("what is new is due %v, want %v", got.Sub(begin), tt.new)
			}
		})
	}
}

// TestScopePrecision sets lags from the widest scope to the most precise; each has to win over all before it, in this
// order and turned round.
func TestScopePrecision(t *testing.T) {
	scopes := []Scope{{}, {Service: Table}, {Container: "readings"}, {Service: Table, Container: "readings"},
		{Key: "a"},
		{Service: Table, Key: "a"}, {Container: "readings", Key: "a"},
		{Service: Table, Container: "readings", Key: "a"}}
	for n := range scopes {
		for _, turned := range []bool{false, true} {
			a := newAccount(t, Options{})
			for i := range n + 1 {
				if turned {
					i = n - i
				}
				a.SetLag(at(0), scopes[i], constant{time.Duration(i+1) * time.Second})
			}
			if e := write(t, a, at(0), row("a")); !e.Due.Equal(at(time.Duration(n+1) * time.Second)) {
				t.Errorf("of the scopes up to %v (turned %t) holds the one of %v", scopes[n], turned, e.Due.Sub(begin))
			}
		}
	}
	a := newAccount(t, Options{})
	a.SetLag(at(0), Scope{Key: "a"}, constant{time.Second})
	if e := write(t, a, at(0), Partition{Service: Table, Container: "readings", Key: "a",
		Whole: true}); !e.Due.Equal(at(0)) {
		t.Errorf("a write to the container has the lag of a partition: due %v", e.Due)
	}
}

func TestPauseAndResume(t *testing.T) {
	table, a1 := Scope{Service: Table, Container: "readings"}, Scope{Service: Table, Container: "readings", Key: "a"}
	type order struct {
		pause bool
		Scope
	}
	tests := []struct {
		name   string
		orders []order
		want   []uint64 // of 1: readings a, 2: readings b, 3: roles a, 4: a queue
		listed int      // paused scopes
	}{
		{"the account", []order{{true, Scope{}}}, nil, 1},
		{"a service", []order{{true, Scope{Service: Table}}}, []uint64{4}, 1},
		{"a table", []order{{true, table}}, []uint64{3, 4}, 1},
		{"a partition", []order{{true, a1}}, []uint64{2, 3, 4}, 1},
		{"and resumed", []order{{true, a1}, {false, a1}}, []uint64{1, 2, 3, 4}, 0},
		{"all but a partition", []order{{true, Scope{}}, {false, a1}}, []uint64{1}, 1},
		{"all but a table, without a partition of it", []order{{true, Scope{}}, {false, table}, {true, a1}},
			[]uint64{2}, 2},
		{"the exception ends with the pause", []order{{true, Scope{}}, {false, a1}, {false, Scope{}}, {true, table}},
			[]uint64{3, 4}, 1},
		{"a pause takes exceptions in", []order{{true, Scope{}}, {false, a1}, {true, Scope{}}}, nil, 1},
		{"a resume leaves narrower pauses", []order{{true, a1}, {true, Scope{}}, {false, Scope{}}}, []uint64{2, 3, 4},
			1},
		{"resumed without a pause", []order{{false, a1}, {true, table}}, []uint64{3, 4}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount(t, Options{})
			for _, p := range []Partition{row("a"), row("b"), {Service: Table, Container: "roles", Key: "a"},
				{Service: Queue, Container: "work"}} {
				write(t, a, at(0), p)
			}
			for i, o := range tt.orders {
				if i > 0 {
					a.Wake(at(0)) // what is paused is parked in between
				}
				if o.pause {
					a.Pause(at(0), o.Scope)
				} else {
					a.Resume(at(0), o.Scope)
				}
			}
			wantSeqs(t, "applied", drain(a, at(0)), tt.want...)
			if _, ok := a.Wake(at(0)); ok {
				t.Error("Wake gives a time for what is paused")
			}
			if got := a.Status(at(0)).PausedScopes; len(got) != tt.listed {
				t.Errorf("paused scopes %v, want %d", got, tt.listed)
			}
			for _, s := range a.Status(at(0)).PausedScopes {
				a.Resume(at(0), s)
			}
			drain(a, at(0))
			if n := a.Status(at(0)).Backlog; n != 0 {
				t.Errorf("%d are missing after all was resumed", n)
			}
		})
	}
}

func TestBacklogBound(t *testing.T) {
	a := newAccount(t, Options{MaxBacklog: 2})
	write(t, a, at(0), row("a"))
	ticket, err := a.Arrive(at(0), Table)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Arrive(at(0), Queue)
	wantErr(t, "with one missing and one under way", err, ErrBacklog)
	a.Abandon(at(0), ticket)
	write(t, a, at(0), row("a"))
	_, err = a.Arrive(at(0), Table)
	wantErr(t, "with two missing", err, ErrBacklog)
	drain(a, at(0))
	write(t, a, at(0), row("a"))

	local := newAccount(t, Options{Primary: "east", MaxBacklog: 1})
	write(t, local, at(0), row("a"))
	write(t, local, at(0), row("a"))
}

func TestStamps(t *testing.T) {
	a := newAccount(t, Options{})
	first, _ := a.Arrive(at(123), Table)
	second, _ := a.Arrive(at(123), Queue)
	if got := a.Stamp(at(123), second); !got.Equal(at(0)) {
		t.Errorf("the first stamp is %v, want the time in steps of 200ns", got)
	}
	if got := a.Stamp(at(123), first); !got.Equal(at(200)) {
		t.Errorf("the second stamp of one time is %v, want the next step", got)
	}
	if got := a.Stamp(at(123), first); !got.Equal(at(400)) {
		t.Errorf("stamped again: %v, want a new stamp", got)
	}
	if e := a.Commit(at(500), first, row("a"), 1, 1); !e.At.Equal(at(400)) || e.Seq != 1 {
		t.Errorf("committed %+v, want its last stamp", e)
	}
	third, _ := a.Arrive(at(50), Table) // the time falls: it is taken as the latest there was
	if e := a.Commit(at(50), third, row("a"), 1, 1); !e.At.Equal(at(600)) {
		t.Errorf("not stamped: committed %+v, want it stamped at the latest time", e)
	}
}

// TestMisuse: a driver that does not keep the contract hears of it, by name.
func TestMisuse(t *testing.T) {
	tests := map[string]func(a *Account){
		"Stamp of ticket 7":   func(a *Account) { a.Stamp(at(0), 7) },
		"Commit of ticket 7":  func(a *Account) { a.Commit(at(0), 7, row("a"), 1, 1) },
		"Abandon of ticket 7": func(a *Account) { a.Abandon(at(0), 7) },
		"Applied of entry 7":  func(a *Account) { a.Applied(at(0), 7) },
		"Failed of entry 7":   func(a *Account) { a.Failed(at(0), 7, 0) },
		"Applied of entry 1":  func(a *Account) { write(t, a, at(0), row("a")); a.Applied(at(0), 1) },
		"List while 1 entries are under way": func(a *Account) {
			write(t, a, at(0), row("a"))
			a.Next(at(0))
			_ = a.Resync(at(0))
			a.List(at(0), nil)
		},
		"it arrived for service queue": func(a *Account) {
			ticket, _ := a.Arrive(at(0), Queue)
			a.Commit(at(0), ticket, row("a"), 1, 1)
		},
	}
	for want, misuse := range tests {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if text := fmt.Sprint(recover()); !contains(text, want) {
					t.Errorf("panics with %q, want %q in it", text, want)
				}
			}()
			misuse(newAccount(t, Options{}))
		})
	}
}

func TestNewRefuses(t *testing.T) {
	tests := map[string]Options{
		"no primary region":        {Secondary: "west"},
		`both "east"`:              {Primary: "east", Secondary: "east"},
		"at most -1 entries":       {Primary: "east", MaxBacklog: -1},
		"below 0s":                 {Primary: "east", Windows: Windows{Down: -1}},
		"bootstrap without a seco": {Primary: "east", Bootstrap: true},
	}
	for want, o := range tests {
		if a, err := New(o); err == nil || !contains(err.Error(), want) {
			t.Errorf("New(%+v) gives %v, %v; want an error with %q", o, a, err, want)
		}
	}
}

// TestWithoutSecondary: an account without geo-redundancy takes writes and replicates nothing.
func TestWithoutSecondary(t *testing.T) {
	a := newAccount(t, Options{Primary: "east"})
	if e := write(t, a, at(0), row("a")); e.Seq != 1 || !e.Due.IsZero() {
		t.Errorf("committed %+v, want a number and no time for the secondary", e)
	}
	wantSeqs(t, "applied", drain(a, at(time.Hour)))
	if got := a.Stats(at(time.Hour), Table); got != (Stats{State: None}) {
		t.Errorf("statistics %+v, want none", got)
	}
	if got := a.Status(at(time.Hour)); got.Backlog != 0 || got.Commits != 1 || got.State != None {
		t.Errorf("status %+v", got)
	}
	err := a.Failover(at(time.Hour), Unplanned)
	if !errors.Is(err, ErrNoSecondary) {
		t.Errorf("failover: %v", err)
	}
}
