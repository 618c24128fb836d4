package bounds_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// slow is rows whose every call, and every row of a scan, takes a while.
type slow struct {
	*memory.Rows
	s     sched.Scheduler
	takes time.Duration
	calls int
}

func (w *slow) wait(ctx context.Context) error {
	w.calls++
	return fault.Wrap(fault.Canceled, "slow", w.s.Sleep(ctx, w.takes))
}

func (w *slow) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if err := w.wait(ctx); err != nil {
		return chunks.Row{}, err
	}
	return w.Rows.Get(ctx, k)
}

func (w *slow) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(yield func(chunks.Row, error) bool) {
		for row, err := range w.Rows.Scan(ctx, r) {
			if late := w.wait(ctx); late != nil {
				row, err = chunks.Row{}, late
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (w *slow) Apply(ctx context.Context, changes ...chunks.Change) error {
	if err := w.wait(ctx); err != nil {
		return err
	}
	return w.Rows.Apply(ctx, changes...)
}

// TestPatienceWithAccounts waits for another account than home as long as is allowed, once in all, and for home as
// long as it takes.
func TestPatienceWithAccounts(t *testing.T) {
	const most, little = 5 * time.Second, 4 * time.Second
	run(t, func(ctx context.Context, s *memory.Sched) {
		home := &slow{Rows: memory.NewRows(s), s: s}
		other, third := &slow{Rows: memory.NewRows(s), s: s}, &slow{Rows: memory.NewRows(s), s: s}
		of := func(rows chunks.Store) bounds.Account {
			return bounds.Account{Name: "other", Rows: rows, Tide: memory.NewAccount(s)}
		}
		all, err := bounds.NewAccounts(of(home), bounds.Generation{Account: of(other), From: 10},
			bounds.Generation{Account: of(third), From: 20})
		must(t, err)
		must(t, all.Prepare(ctx, 9, 10, 20))
		for _, y := range []int32{9, 10, 20} {
			for _, row := range []string{"a", "b", "c"} {
				key := keyIn(y)
				key.Row = row
				must(t, all.Apply(ctx, chunks.Change{Key: key, Value: []byte("v")}))
			}
		}
		get := func(a *bounds.Accounts, y int32) error {
			key := keyIn(y)
			key.Row = "a"
			_, err := a.Get(ctx, key)
			return err
		}
		scan := func(a *bounds.Accounts, y int32, pause time.Duration) (rows int, last error) {
			for _, err := range a.Scan(ctx, chunks.Range{Partition: keyIn(y).Partition}) {
				if last = err; err == nil {
					rows++
					_ = s.Sleep(ctx, pause)
				}
			}
			return rows, last
		}
		apply := func(a *bounds.Accounts, y int32) error {
			return a.Apply(ctx, chunks.Change{Key: keyIn(y), Value: []byte("v")})
		}

		home.takes, other.takes = time.Hour, little
		for range 3 { // not quite too slow, however often, and however long its rows are used
			one := all.Patient(s, most)
			must(t, get(one, 9))
			must(t, get(one, 10))
			if rows, err := scan(one, 10, time.Minute); rows != 3 || err != nil {
				t.Errorf("%d rows, %v", rows, err)
			}
			must(t, get(one, 10))
		}
		other.takes = time.Hour
		for what, call := range map[string]struct {
			do   func(*bounds.Accounts) error
			kind fault.Kind
		}{
			"get":   {func(a *bounds.Accounts) error { return get(a, 10) }, fault.Unavailable},
			"scan":  {func(a *bounds.Accounts) error { _, err := scan(a, 10, 0); return err }, fault.Unavailable},
			"apply": {func(a *bounds.Accounts) error { return apply(a, 10) }, fault.Indeterminate},
		} {
			one := all.Patient(s, most)
			began := s.Now()
			if err := call.do(one); !fault.Is(err, call.kind) || s.Now().Sub(began) != most {
				t.Errorf("%s: %v after %v", what, err, s.Now().Sub(began))
			}
			calls := other.calls
			_, scanned := scan(one, 10, 0)
			for _, err := range []error{get(one, 10), scanned, apply(one, 10), one.Prepare(ctx, 10)} {
				if err != nil && !strings.Contains(fault.Message(err), "does not answer") || err == nil {
					t.Errorf("after a %s that was not answered: %v", what, err)
				}
			}
			if other.calls != calls || s.Now().Sub(began) != most {
				t.Errorf("after a %s that was not answered it was asked again, until %v", what, s.Now().Sub(began))
			}
			must(t, get(one, 20)) // the third has done nothing
		}
		ended, cancel := s.WithTimeout(ctx, time.Second)
		defer cancel()
		one := all.Patient(s, most)
		if _, err := one.Get(ended, keyIn(10)); !fault.Is(err, fault.Canceled) {
			t.Errorf("who gave up was told %v", err)
		}
		other.takes = 0
		must(t, get(one, 10)) // it had not hung
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
