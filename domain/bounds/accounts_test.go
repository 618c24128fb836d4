package bounds_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/chunks/chunkstest"
)

// struck is a fault that the next call of any of several stores suffers.
type struck struct {
	mu    sync.Mutex
	armed memory.Fault
}

func (s *struck) next(string) memory.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.armed
	s.armed = memory.FaultNone
	return f
}

// salted has versions that no other store has. Those of two services never meet; those of two memories would.
type salted struct {
	chunks.Store
	salt chunks.Version
}

func (s salted) row(r chunks.Row) chunks.Row {
	r.Version = s.salt + r.Version
	return r
}

func (s salted) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	row, err := s.Store.Get(ctx, k)
	return s.row(row), err
}

func (s salted) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(yield func(chunks.Row, error) bool) {
		for row, err := range s.Store.Scan(ctx, r) {
			if !yield(s.row(row), err) {
				return
			}
		}
	}
}

func (s salted) Apply(ctx context.Context, changes ...chunks.Change) error {
	changes = slices.Clone(changes)
	for i, c := range changes {
		if v, mine := strings.CutPrefix(string(c.If), string(s.salt)); mine {
			changes[i].If = chunks.Version(v)
		}
	}
	return s.Store.Apply(ctx, changes...)
}

// TestAccountsProof runs the proof of chunks over accounts with borders before, among and behind its years.
func TestAccountsProof(t *testing.T) {
	shapes := map[chunkstest.Fault]memory.Fault{chunkstest.Failed: memory.FaultFail,
		chunkstest.Applied: memory.FaultApplied, chunkstest.Lost: memory.FaultLost}
	for _, borders := range [][]int32{nil, {-1}, {2}, {0, 3, 53}, {54}, {55, 56}, {2, 54, 55, 2000}} {
		t.Run(fmt.Sprint(borders), func(t *testing.T) {
			chunkstest.Run(t, chunkstest.Harness{Faults: true, Second: true,
				New: func(t chunkstest.T) chunkstest.Fixture {
					s, hook := goruntime.New(), &struck{}
					of := func(name string) bounds.Account {
						rows := memory.NewRows(s)
						rows.SetSkew(-time.Hour)
						rows.SetFault(hook.next)
						return bounds.Account{Rows: salted{rows, chunks.Version(name)}, Tide: memory.NewAccount(s)}
					}
					home, later := of("home"), []bounds.Generation(nil)
					for _, b := range borders {
						later = append(later, bounds.Generation{Account: of(fmt.Sprint("from", b)), From: b})
					}
					one, err := bounds.NewAccounts(home, later...)
					if err != nil {
						t.Fatal(err)
					}
					two, err := bounds.NewAccounts(home, later...)
					if err != nil {
						t.Fatal(err)
					}
					// who has to be done in time sees the same
					return chunkstest.Fixture{Store: one.Patient(s, time.Minute), Second: two,
						Arm: func(f chunkstest.Fault) {
							hook.mu.Lock()
							defer hook.mu.Unlock()
							hook.armed = shapes[f]
						},
						Now: func() time.Time { return s.Now().Add(-time.Hour) }}
				}})
		})
	}
}

// TestAccountsRefuseNonsense names what is no list of accounts.
func TestAccountsRefuseNonsense(t *testing.T) {
	s := memory.NewSched(1)
	of := func() bounds.Account {
		return bounds.Account{Rows: memory.NewRows(s), Tide: memory.NewAccount(s)}
	}
	at := func(from int32) bounds.Generation { return bounds.Generation{Account: of(), From: from} }
	rows := bounds.Account{Rows: memory.NewRows(s)}
	for what, list := range map[string]struct {
		home  bounds.Account
		later []bounds.Generation
	}{
		"no account":         {},
		"no tidemark":        {home: rows},
		"no rows":            {of(), []bounds.Generation{{From: 3}}},
		"the same year":      {of(), []bounds.Generation{at(3), at(3)}},
		"falling":            {of(), []bounds.Generation{at(3), at(5), at(4)}},
		"nothing for home":   {of(), []bounds.Generation{at(math.MinInt32)}},
		"nothing in between": {of(), []bounds.Generation{at(math.MaxInt32), at(math.MaxInt32)}},
	} {
		if a, err := bounds.NewAccounts(list.home, list.later...); !fault.Is(err, fault.Invalid) || a != nil {
			t.Errorf("%s: %v, %v", what, a, err)
		}
	}
}

// far are accounts of memory, home first, with what each holds and whether it answers.
type far struct {
	*bounds.Accounts
	rows []*memory.Rows
	tide []*memory.Account
	away []bool
}

func accounts(t testing.TB, s *memory.Sched, borders ...int32) *far {
	t.Helper()
	f := &far{away: make([]bool, len(borders)+1)}
	var all []bounds.Generation
	for i := range f.away {
		hook := func(string) memory.Fault {
			if f.away[i] {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		rows, tide := memory.NewRows(s), memory.NewAccount(s)
		rows.SetFault(hook)
		tide.SetFault(hook)
		f.rows, f.tide = append(f.rows, rows), append(f.tide, tide)
		g := bounds.Generation{Account: bounds.Account{Name: fmt.Sprint("a", i), Rows: rows, Tide: tide}}
		if i > 0 {
			g.From = borders[i-1]
		}
		all = append(all, g)
	}
	a, err := bounds.NewAccounts(all[0].Account, all[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	f.Accounts = a
	return f
}

func run(t testing.TB, body func(ctx context.Context, s *memory.Sched)) {
	t.Helper()
	s := memory.NewSched(1)
	if err := s.Run(func() { body(context.Background(), s) }); err != nil {
		t.Fatal(err)
	}
}

func keyIn(year int32) chunks.Key {
	return chunks.ChunkKey("t", telemetry.Series{Source: "s", Metric: "m"}, telemetry.YearWindow(year))
}

// TestARowLiesInTheAccountOfItsYear writes rows of years around borders that were drawn, and finds each in one account
// only: the last that begins at or before its year. Rows of no year are home's.
func TestARowLiesInTheAccountOfItsYear(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var borders []int32
		next := rapid.Int32Range(-50, 50).Draw(rt, "first")
		for range rapid.IntRange(1, 4).Draw(rt, "more") {
			borders = append(borders, next)
			next += rapid.Int32Range(1, 3).Draw(rt, "step")
		}
		run(t, func(ctx context.Context, s *memory.Sched) {
			f := accounts(t, s, borders...)
			place := func(key chunks.Key, want int) {
				if key.Table == chunks.Chunks {
					if err := f.Prepare(ctx, key.Year); err != nil {
						rt.Fatal(err)
					}
				}
				if err := f.Apply(ctx, chunks.Change{Key: key, Value: []byte("v")}); err != nil {
					rt.Fatal(err)
				}
				for i, rows := range f.rows {
					if _, err := rows.Get(ctx, key); (err == nil) != (i == want) {
						rt.Fatalf("%v in account %d of %v: %v", key, i, borders, err)
					}
				}
				if got := f.Of(key.Partition); got != want {
					rt.Fatalf("%v is of account %d, want %d", key, got, want)
				}
				if row, err := f.Get(ctx, key); err != nil || string(row.Value) != "v" {
					rt.Fatal(row, err)
				}
			}
			for y := borders[0] - 2; y < next+2; y++ {
				want := 0
				for i, b := range borders {
					if b <= y {
						want = i + 1
					}
				}
				place(keyIn(y), want)
			}
			for _, key := range []chunks.Key{chunks.SourceKey("t", "s"), chunks.HorizonKey("t"),
				chunks.TaskKey("t", "1")} {
				place(key, 0)
			}
		})
	})
}

// TestExpireCutShort loses the second account while years of both expire: they have expired all the same, nothing of
// them can come back, and the next attempt drops what is left.
func TestExpireCutShort(t *testing.T) {
	run(t, func(ctx context.Context, s *memory.Sched) {
		f := accounts(t, s, 10, 20)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(f.Prepare(ctx, 9, 10, 11, 20))
		for _, y := range []int32{9, 10, 11, 20} {
			must(f.Apply(ctx, chunks.Change{Key: keyIn(y), Value: []byte("v")}))
		}
		f.away[1] = true
		if err := f.Expire(ctx, 11); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("expire while an account is away: %v", err)
		}
		if _, err := f.rows[0].Get(ctx, keyIn(9)); !fault.Is(err, fault.NotFound) {
			t.Errorf("home did not give up its years: %v", err)
		}
		f.away[1] = false
		if before, err := f.Expired(ctx); before != 11 || err != nil {
			t.Errorf("expired before %d, %v", before, err)
		}
		if _, err := f.rows[1].Get(ctx, keyIn(10)); err != nil {
			t.Fatalf("the second account has dropped it: the test proves nothing: %v", err)
		}
		for _, years := range [][]int32{{10}, {10, 20}, {12, 9}, {20, 10, 12}} {
			if err := f.Prepare(ctx, years...); !fault.Is(err, fault.Conflict) {
				t.Errorf("prepare %v: %v", years, err)
			}
		}
		must(f.Expire(ctx, 11))
		for y, want := range map[int32]bool{9: false, 10: false, 11: true, 20: true} {
			if _, err := f.Get(ctx, keyIn(y)); (err == nil) != want {
				t.Errorf("year %d: %v, want there %v", y, err, want)
			}
		}
		f.away[2] = true // it has nothing to give up
		must(f.Expire(ctx, 12))
		f.away[0] = true
		if err := f.Expire(ctx, 13); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("expire without home: %v", err)
		}
		if before, err := f.rows[1].Expired(ctx); before != 12 || err != nil {
			t.Errorf("the second account expired before %d, %v: home had not said so", before, err)
		}
	})
}

// TestOneAccountAway has calls for its rows fail and say of which times; those for other rows do not notice.
func TestOneAccountAway(t *testing.T) {
	day := func(year int32) string {
		return time.Unix(0, telemetry.YearWindow(year).Start()).UTC().Format(time.DateOnly)
	}
	said := map[int][]string{1: {"from " + day(10) + " to " + day(20)}, 2: {"from " + day(20) + " on"}}
	run(t, func(ctx context.Context, s *memory.Sched) {
		f := accounts(t, s, 10, 20)
		years := []int32{9, 10, 20}
		if err := f.Prepare(ctx, years...); err != nil {
			t.Fatal(err)
		}
		for away := range years {
			f.away[away] = true
			for i, y := range years {
				_, got := f.Get(ctx, keyIn(y))
				var scanned error
				for _, err := range f.Scan(ctx, chunks.Range{Partition: keyIn(y).Partition}) {
					scanned = err
				}
				applied := f.Apply(ctx, chunks.Change{Key: keyIn(y), Value: []byte("v"), If: "no such version"})
				if i != away {
					if !fault.Is(got, fault.NotFound) || scanned != nil || !fault.Is(applied, fault.Conflict) {
						t.Errorf("%d is away, of account %d: %v, %v, %v", away, i, got, scanned, applied)
					}
					continue
				}
				for _, err := range []error{got, scanned, applied, f.Prepare(ctx, y)} {
					if !fault.Is(err, fault.Unavailable) ||
						!strings.Contains(err.Error(), fmt.Sprint("account a", away)) {
						t.Errorf("%d is away: %v", away, err)
					}
					for _, want := range said[away] {
						if !strings.Contains(fault.Message(err), want) {
							t.Errorf("%d is away, and nobody says %q: %v", away, want, err)
						}
					}
				}
			}
			if _, err := f.Expired(ctx); (err == nil) != (away != 0) {
				t.Errorf("%d is away, expired: %v", away, err)
			}
			f.away[away] = false
		}
	})
}

// TestTides asks no account for its tidemark that nobody wants to know of, and gives each row that of its own.
func TestTides(t *testing.T) {
	run(t, func(ctx context.Context, s *memory.Sched) {
		f := accounts(t, s, 10, 20)
		f.tide[0].SetState(region.Live, time.Minute)
		f.tide[1].SetState(region.Bootstrap, 0)
		f.tide[2].SetState(region.Live, time.Hour)
		now := s.Now()
		if err := s.Sleep(ctx, time.Second); err != nil {
			t.Fatal(err)
		}
		tides, err := f.Tides(ctx, s, f.OfYear(25), f.OfYear(25))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []region.State{region.Live, region.Unavailable, region.Live} {
			if got := tides.At(i); got.State != want || tides.Asked(i) != (i != 1) {
				t.Errorf("account %d: %v, asked %v", i, got, tides.Asked(i))
			}
		}
		for y, lag := range map[int32]time.Duration{9: time.Minute, 20: time.Hour} {
			row := chunks.Row{Key: keyIn(y), Committed: now.Add(-lag)}
			settled := func(at time.Duration) bool {
				row.Committed = now.Add(-lag).Add(at)
				return tides.Of(row.Key.Partition).Covers(row.Committed, 0)
			}
			if !settled(-time.Second) || settled(2*time.Second) {
				t.Errorf("year %d goes by another account's tidemark: %v", y, tides.Of(keyIn(y).Partition))
			}
		}
		f.away[2] = true
		tides, err = f.Tides(ctx, s, 1, 2)
		if err != nil || tides.At(0).State != region.Live || tides.At(1).State != region.Bootstrap ||
			tides.At(2).Known() {
			t.Errorf("one does not answer: %v, %v", tides, err)
		}
		ended, cancel := s.WithTimeout(ctx, time.Nanosecond)
		defer cancel()
		_ = s.Sleep(ctx, time.Second)
		if _, err := f.Tides(ended, s, 1, 2); err == nil {
			t.Error("nobody waits any more, and there are tidemarks")
		}
	})
}

// TestTheLeastTidemarkIsThatOfAll: who watches all accounts hears of the one that is farthest behind, or has none.
func TestTheLeastTidemarkIsThatOfAll(t *testing.T) {
	run(t, func(ctx context.Context, s *memory.Sched) {
		f := accounts(t, s, 10, 20)
		for slowest := range f.tide {
			for i, tide := range f.tide {
				tide.SetState(region.Live, time.Minute)
				if i == slowest {
					tide.SetState(region.Live, time.Hour)
				}
			}
			all, err := f.Tidemark(ctx)
			if age := s.Now().Sub(all.At); err != nil || age < time.Hour || age > time.Hour+time.Second {
				t.Errorf("%d is an hour behind, and all are %v: %v", slowest, age, err)
			}
			f.tide[slowest].SetState(region.Bootstrap, 0)
			if all, err := f.Tidemark(ctx); err != nil || all.Known() || all.State != region.Bootstrap {
				t.Errorf("%d has none: %v, %v", slowest, all, err)
			}
			f.away[slowest] = true
			if all, err := f.Tidemark(ctx); !fault.Is(err, fault.Unavailable) || all.Known() {
				t.Errorf("%d is away: %v, %v", slowest, all, err)
			}
			f.away[slowest] = false
		}
	})
}
