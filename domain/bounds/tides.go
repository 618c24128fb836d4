package bounds

import (
	"context"
	"slices"

	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// Tides are the tidemarks of accounts, read before the rows that they are evidence of. An account that was not asked
// has none, so nothing of it counts as settled.
type Tides struct {
	accounts *Accounts
	marks    []region.Tidemark
	asked    []bool
}

// Tides asks home and the accounts at some places for their tidemarks, side by side. Whatever keeps one from
// answering, work goes on without its tidemark; an error only if ctx ended. Where there are several, none is waited
// for longer than AnswersWithin: one that hangs takes nothing from the others' evidence but that time.
func (a *Accounts) Tides(ctx context.Context, s sched.Scheduler, places ...int) (Tides, error) {
	t := Tides{a, make([]region.Tidemark, len(a.all)), make([]bool, len(a.all))}
	ask := append([]int{0}, places...)
	slices.Sort(ask)
	ask = slices.Compact(ask)
	return t, sched.Each(ctx, s, len(ask), len(ask), func(ctx context.Context, i int) (err error) {
		at := ask[i]
		t.asked[at] = true
		if len(a.all) == 1 {
			t.marks[at], err = a.all[at].Tidemark(ctx)
			return err
		}
		bounded, cancel := s.WithTimeout(ctx, AnswersWithin)
		defer cancel()
		if t.marks[at], err = a.all[at].Tidemark(bounded); ctx.Err() == nil {
			err = nil
		}
		return err
	})
}

// Of is the tidemark of the account that keeps a partition: the only one that is evidence of its rows.
func (t Tides) Of(p chunks.Partition) region.Tidemark { return t.At(t.accounts.Of(p)) }

// At is the tidemark of the account at a place.
func (t Tides) At(place int) region.Tidemark {
	if planted.On(planted.TideOfHome) {
		return t.marks[0]
	}
	return t.marks[place]
}

// Asked reports whether the account at a place was asked.
func (t Tides) Asked(place int) bool { return t.asked[place] }

// Tidemark is the least of all accounts, for who watches them: every write before it is in both regions, in whichever
// account. One account that has none, or cannot be asked, leaves all without.
func (a *Accounts) Tidemark(ctx context.Context) (region.Tidemark, error) {
	var least region.Tidemark
	for at, g := range a.all {
		tide, err := g.Tide.Tidemark(ctx)
		if err != nil || !tide.Known() {
			return tide, a.all.named(at, err)
		}
		if at == 0 || tide.At.Before(least.At) {
			least = tide
		}
	}
	return least, nil
}

// Tidemark asks the account. Whatever keeps it from answering, work goes on without one, and nothing counts as
// settled; an error only if ctx ended.
func (a Account) Tidemark(ctx context.Context) (region.Tidemark, error) {
	tide, err := a.Tide.Tidemark(ctx)
	if err != nil && ctx.Err() == nil {
		return region.Tidemark{}, nil
	}
	return tide, err
}
