package continuity

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// tellEach is how far Even has to move until it is written down again.
const tellEach = 10 * time.Second

// stepped has the round begin with what the storages' clocks say, and forgets what lies ahead of them: one has gone
// back, and what is stored until it has passed that time again no round has seen.
func (r *round) stepped(clocks time.Time) {
	r.began = bounds.Earlier(r.began, clocks)
	s := r.Service
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range []*time.Time{&s.even, &s.before, &s.told} {
		if known.After(clocks) {
			*known = time.Time{}
		}
	}
}

// places reads the identities of both journals, where the round may have something to write that depends on them: nil
// otherwise, and of one that does not answer.
func (r *round) places(ctx context.Context) (places [2]*journal.Place) {
	if !r.cfg.Unfilled() && !r.due(r.began) {
		return places
	}
	_ = sched.Each(ctx, r.Service.sched, 2, 2, func(ctx context.Context, i int) error {
		if place, err := r.sites[i].Journal.Identity(ctx); err == nil {
			places[i] = &place
		}
		return nil
	})
	return places
}

// due reports whether a time is so much later than what was written down last that it is written down, too.
func (r *round) due(even time.Time) bool {
	s := r.Service
	s.mu.Lock()
	defer s.mu.Unlock()
	return !even.Before(s.told.Add(tellEach))
}

// tell writes into both journals up to when they have everything of each other, for processes that do not sweep. The
// identities were read when the round began: what it found is of those two generations, and the row is, too.
func (r *round) tell(ctx context.Context, places [2]*journal.Place, even time.Time) error {
	if places[0] == nil || places[1] == nil || !r.due(even) {
		return nil
	}
	if CheckPair([2]region.Name{r.sites[0].Region, r.sites[1].Region}, places) != nil {
		return nil // nobody takes them for a pair
	}
	err := sched.Each(ctx, r.Service.sched, 2, 2, func(ctx context.Context, i int) error {
		to, with := even, places[other(i)]
		if planted.On(planted.EvenWhenFound) {
			to, _ = r.sites[i].Directory.Now(ctx)
		}
		return r.sites[i].Directory.SetEven(ctx, journal.Peer{Region: with.Region, Generation: with.Generation}, to)
	})
	if err != nil {
		return ignore(err)
	}
	s := r.Service
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = even
	return nil
}
