package chunkstest

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

// broken is a store with one bug. Nil hooks leave the memory twin as it is.
type broken struct {
	*memory.Rows
	get    func(ctx context.Context, k chunks.Key) (chunks.Row, error)
	scan   func(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error]
	apply  func(ctx context.Context, changes []chunks.Change) error
	expire func(ctx context.Context, before int32) error

	expired func(ctx context.Context) (int32, error)
}

func (b *broken) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if b.get != nil {
		return b.get(ctx, k)
	}
	return b.Rows.Get(ctx, k)
}

func (b *broken) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	if b.scan != nil {
		return b.scan(ctx, r)
	}
	return b.Rows.Scan(ctx, r)
}

func (b *broken) Apply(ctx context.Context, changes ...chunks.Change) error {
	if b.apply != nil {
		return b.apply(ctx, changes)
	}
	return b.Rows.Apply(ctx, changes...)
}

func (b *broken) Expire(ctx context.Context, before int32) error {
	if b.expire != nil {
		return b.expire(ctx, before)
	}
	return b.Rows.Expire(ctx, before)
}

func (b *broken) Expired(ctx context.Context) (int32, error) {
	if b.expired != nil {
		return b.expired(ctx)
	}
	return b.Rows.Expired(ctx)
}

// rescan rewrites what a scan gives.
func (b *broken) rescan(
	change func([]chunks.Row) []chunks.Row,
) func(context.Context, chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
		return func(yield func(chunks.Row, error) bool) {
			rows, err := scan(ctx, b.Rows, r)
			for _, row := range change(rows) {
				if !yield(row, nil) {
					return
				}
			}
			if err != nil {
				yield(chunks.Row{}, err)
			}
		}
	}
}

// rekey lets keys meet that must not.
func (b *broken) rekey(fold func(chunks.Key) chunks.Key) {
	b.get = func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
		row, err := b.Rows.Get(ctx, fold(k))
		row.Key = k
		return row, err
	}
	b.apply = func(ctx context.Context, changes []chunks.Change) error {
		changes = slices.Clone(changes)
		for i := range changes {
			changes[i].Key = fold(changes[i].Key)
		}
		return b.Rows.Apply(ctx, changes...)
	}
}

// bugs is every broken twin and a case that has to notice it, among others perhaps.
var bugs = map[string]struct {
	plant  func(b *broken)
	caught string
}{
	"lost update: the version is compared, then the row is set, and others come in between": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			for i, c := range changes {
				row, _ := b.Rows.Get(ctx, c.Key)
				if row.Version != c.If {
					return fault.New(fault.Conflict, "chunks.apply", "")
				}
				time.Sleep(time.Millisecond)
				row, _ = b.Rows.Get(ctx, c.Key)
				changes[i].If = row.Version
			}
			return b.Rows.Apply(ctx, changes...)
		}
	}, "64 writers of one row"},
	"If is ignored on delete": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			changes = slices.Clone(changes)
			for i, c := range changes {
				if row, err := b.Rows.Get(ctx, c.Key); c.Delete && err == nil {
					changes[i].If = row.Version
				}
			}
			return b.Rows.Apply(ctx, changes...)
		}
	}, "a wrong version changes nothing"},
	"an insert replaces": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			changes = slices.Clone(changes)
			for i, c := range changes {
				if row, err := b.Rows.Get(ctx, c.Key); c.If == "" && err == nil {
					changes[i].If = row.Version
				}
			}
			return b.Rows.Apply(ctx, changes...)
		}
	}, "a wrong version changes nothing"},
	"a batch is half applied": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			for _, c := range changes {
				if err := b.Rows.Apply(ctx, c); err != nil {
					return err
				}
			}
			return nil
		}
	}, "all or nothing"},
	"the stored value is the caller's": {func(b *broken) {
		var mu sync.Mutex
		kept := map[chunks.Key][]byte{}
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			err := b.Rows.Apply(ctx, changes...)
			mu.Lock()
			defer mu.Unlock()
			for _, c := range changes {
				if err == nil {
					kept[c.Key] = c.Value
				}
			}
			return err
		}
		b.get = func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
			row, err := b.Rows.Get(ctx, k)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				row.Value = kept[k]
			}
			return row, err
		}
	}, "values are nobody's but the receiver's"},
	"a range includes its end": {func(b *broken) {
		b.scan = func(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
			if r.To != "" {
				r.To += "\x00"
			}
			return b.Rows.Scan(ctx, r)
		}
	}, "ranges end before their end"},
	"a range leaves out its start": {func(b *broken) {
		b.scan = func(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
			if r.From != "" {
				r.From += "\x00"
			}
			return b.Rows.Scan(ctx, r)
		}
	}, "ranges end before their end"},
	"scan order ignores case": {func(b *broken) {
		b.scan = b.rescan(func(rows []chunks.Row) []chunks.Row {
			slices.SortStableFunc(rows, func(x, y chunks.Row) int {
				return strings.Compare(strings.ToLower(x.Key.Row), strings.ToLower(y.Key.Row))
			})
			return rows
		})
	}, "scan order"},
	"a scan ends after a page": {func(b *broken) {
		b.scan = b.rescan(func(rows []chunks.Row) []chunks.Row { return rows[:min(1000, len(rows))] })
	}, "a scan of more than a page"},
	"a scan that failed looks empty": {func(b *broken) {
		b.scan = func(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
			return func(yield func(chunks.Row, error) bool) {
				for row, err := range b.Rows.Scan(ctx, r) {
					if err != nil || !yield(row, nil) {
						return
					}
				}
			}
		}
	}, "faults of reads"},
	"a failed get is an absent row": {func(b *broken) {
		b.get = func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
			row, err := b.Rows.Get(ctx, k)
			if err != nil {
				err = fault.New(fault.NotFound, "chunks.get", "")
			}
			return row, err
		}
	}, "faults of reads"},
	"a lost answer is reported as done": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			err := b.Rows.Apply(ctx, changes...)
			if fault.Is(err, fault.Indeterminate) {
				return nil
			}
			return err
		}
	}, "faults of apply"},
	"a lost answer is tried again with the same versions": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			err := b.Rows.Apply(ctx, changes...)
			if fault.Is(err, fault.Indeterminate) {
				return b.Rows.Apply(ctx, changes...) // a conflict with itself
			}
			return err
		}
	}, "faults of apply"},
	"keys ignore case": {func(b *broken) {
		b.rekey(func(k chunks.Key) chunks.Key { k.Row = strings.ToLower(k.Row); return k })
	}, "keys never meet"},
	"source and metric are joined by a bar": {func(b *broken) {
		b.rekey(func(k chunks.Key) chunks.Key {
			if k.Table == chunks.Chunks {
				k.Of.Source, k.Of.Metric = k.Of.Source+"|"+telemetry.Source(k.Of.Metric), ""
			}
			return k
		})
	}, "partitions never meet"},
	"years share a table": {func(b *broken) {
		b.rekey(func(k chunks.Key) chunks.Key {
			if k.Table == chunks.Chunks && k.Year == year+1 {
				k.Year = year
			}
			return k
		})
	}, "partitions never meet"},
	"versions count a row's changes from one again": {func(b *broken) {
		b.get = func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
			row, err := b.Rows.Get(ctx, k)
			if err == nil {
				row.Version = chunks.Version(bytes.Repeat([]byte("v"), 1+len(row.Value)%2))
			}
			return row, err
		}
	}, "versions"},
	"an expired year comes back": {func(b *broken) {
		b.expire = func(ctx context.Context, _ int32) error { return ctx.Err() }
	}, "expire"},
	"what was expired is not told": {func(b *broken) {
		b.expired = func(ctx context.Context) (int32, error) { return math.MinInt32, ctx.Err() }
	}, "expire"},
	"the year of the border is expired too": {func(b *broken) {
		b.expire = func(ctx context.Context, before int32) error { return b.Rows.Expire(ctx, before+1) }
	}, "expire"},
	"commit times are the reader's": {func(b *broken) {
		b.get = func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
			row, err := b.Rows.Get(ctx, k)
			row.Committed = row.Committed.Add(time.Hour)
			return row, err
		}
	}, "commit times"},
	"bounds are not checked": {func(b *broken) {
		b.apply = func(ctx context.Context, changes []chunks.Change) error {
			err := b.Rows.Apply(ctx, changes...)
			if fault.Is(err, fault.TooLarge) {
				return nil
			}
			return err
		}
	}, "bounds"},
	"contexts are ignored": {func(b *broken) {
		b.get = func(_ context.Context, k chunks.Key) (chunks.Row, error) { return b.Rows.Get(context.Background(), k) }
	}, "a context that ended"},
}

func twin(plant func(*broken)) func(T) Fixture {
	return func(T) Fixture {
		s := goruntime.New()
		b := &broken{Rows: memory.NewRows(s)}
		var mu sync.Mutex
		armed := memory.FaultNone
		b.SetFault(func(string) memory.Fault {
			mu.Lock()
			defer mu.Unlock()
			f := armed
			armed = memory.FaultNone
			return f
		})
		plant(b)
		return Fixture{Store: b, Now: s.Now, Arm: func(f Fault) {
			mu.Lock()
			defer mu.Unlock()
			armed = map[Fault]memory.Fault{Failed: memory.FaultFail, Applied: memory.FaultApplied,
				Lost: memory.FaultLost}[f]
		}}
	}
}

func TestTheProofCatchesBrokenTwins(t *testing.T) {
	proof.Quiet(t)
	for _, name := range slices.Sorted(maps.Keys(bugs)) {
		t.Run(name, func(t *testing.T) {
			h := Harness{Faults: true, New: twin(bugs[name].plant)}
			if !proof.Caught(t, cases(h), bugs[name].caught, h.traits(), h.New) {
				t.Errorf("not noticed by %q", bugs[name].caught)
			}
		})
	}
}

func TestTheProofIsQuietOnASoundTwin(t *testing.T) {
	h := Harness{Faults: true, New: twin(func(*broken) {})}
	if alarms := proof.Alarms(cases(h), h.traits(), h.New); len(alarms) != 0 {
		t.Errorf("false alarms: %q", alarms)
	}
}
