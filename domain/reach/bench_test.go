package reach_test

import (
	"context"
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// journalAtOnce and rowsAtOnce are ports that answer at once.
type (
	journalAtOnce struct{ journal.Journal }
	rowsAtOnce    struct{ chunks.Store }
)

func (journalAtOnce) Append(context.Context, journal.Append) (journal.Stored, error) {
	return journal.Stored{}, nil
}

func (rowsAtOnce) Get(context.Context, chunks.Key) (chunks.Row, error) { return chunks.Row{}, nil }

// watched is a guard of a watch that knows that all is well.
func watched(b *testing.B, of region.Endpoint) (*reach.Watch, *reach.Guard) {
	b.ReportAllocs()
	w := reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east", "west"},
		Accounts: []region.Account{{Name: "acct"}}}, goruntime.New())
	return w, w.Guard(of, reach.Config{})
}

// BenchmarkAppend is what a guard and a watch add to an append to a journal that is well.
func BenchmarkAppend(b *testing.B) {
	_, g := watched(b, east)
	j, ctx, block := reach.Journal(journalAtOnce{}, g), context.Background(), make([]byte, 1)
	for b.Loop() {
		if _, err := j.Append(ctx, journal.Append{Block: block}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendSideBySide is the same by several at once.
func BenchmarkAppendSideBySide(b *testing.B) {
	_, g := watched(b, east)
	j := reach.Journal(journalAtOnce{}, g)
	b.RunParallel(func(pb *testing.PB) {
		ctx := context.Background()
		for pb.Next() {
			if _, err := j.Append(ctx, journal.Append{}); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkGet is what they add to a read of a row.
func BenchmarkGet(b *testing.B) {
	_, g := watched(b, region.PrimaryOf("acct"))
	r, ctx, k := reach.Rows(rowsAtOnce{}, g), context.Background(), chunks.HorizonKey("t")
	for b.Loop() {
		if _, err := r.Get(ctx, k); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBounded is the same with a bound on every call: what the adapter's own bound costs otherwise.
func BenchmarkBounded(b *testing.B) {
	b.ReportAllocs()
	g := reach.NewGuard(east, reach.Config{Bound: reach.DefaultSilence}, goruntime.New(), func(region.Called) {})
	r, ctx, k := reach.Rows(rowsAtOnce{}, g), context.Background(), chunks.HorizonKey("t")
	for b.Loop() {
		if _, err := r.Get(ctx, k); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead is a read of a pair that is not hedged, with both guards.
func BenchmarkRead(b *testing.B) {
	w, near := watched(b, east)
	far := w.Guard(west, reach.Config{})
	p := reach.NewPair(reach.PairConfig{}, near, far, reach.NewBudget(reach.DefaultShare, reach.DefaultSaved),
		goruntime.New())
	r, ctx, k := reach.Rows(rowsAtOnce{}, near), context.Background(), chunks.HorizonKey("t")
	get := func(ctx context.Context) (chunks.Row, error) { return r.Get(ctx, k) }
	for b.Loop() {
		if _, _, err := reach.Read(ctx, p, get, get); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMode is what a request pays to know the mode.
func BenchmarkMode(b *testing.B) {
	w, _ := watched(b, east)
	for b.Loop() {
		w.Mode()
	}
}
