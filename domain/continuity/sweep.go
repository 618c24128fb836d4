package continuity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// known is a shard, and as what it is registered in which journal.
type known struct {
	shard telemetry.Shard
	as    [2]journal.Registered
	there [2]bool
}

// least is the first day of the shard in either journal.
func (k known) least() telemetry.Day {
	if k.there[0] && (!k.there[1] || k.as[0].First < k.as[1].First) {
		return k.as[0].First
	}
	return k.as[1].First
}

// Sweep makes one round over every shard that either journal knows: it makes the two the same, ends what is dead in
// both, proves what was never stored, seals, moves the first days up, and lists the shards of the near journal that
// need compaction. What fails in one stream or shard does not keep the others waiting: the first error is given beside
// what was done. While the far journal is away the near one's work is listed, and nothing else is done.
func (s *Service) Sweep(ctx context.Context) (sweep.Swept, error) {
	r := &round{Service: s, listed: map[telemetry.Stream]bool{}, match: equal}
	var shards [2][]journal.Registered
	var errs [2]error
	both := func(f func(ctx context.Context, i int) error) {
		_ = sched.Each(ctx, s.sched, 2, 2, func(ctx context.Context, i int) error {
			if errs[i] == nil {
				errs[i] = f(ctx, i)
			}
			return nil
		})
	}
	// Both clocks before either list: what Even speaks of is of shards that are listed. This process's own, too: both
	// storages' may be ahead of those who go by what is claimed.
	r.began = s.sched.Now()
	both(func(ctx context.Context, i int) (err error) {
		r.clocks[i], err = s.sites[i].Directory.Now(ctx)
		return err
	})
	both(func(ctx context.Context, i int) (err error) {
		shards[i], err = bounds.Registered(ctx, s.sites[i].Directory)
		return err
	})
	switch {
	case errs[0] != nil:
		return r.out, errs[0]
	case errs[1] != nil:
		r.note(r.listWork(ctx, shards[0]))
		return r.out, cmp.Or(r.failed, errs[1])
	}
	r.stepped(bounds.Earlier(r.clocks[0], r.clocks[1]))
	places := r.places(ctx)
	for _, k := range join(shards) {
		r.note(r.shard(ctx, k))
		if ctx.Err() != nil {
			return r.out, r.failed
		}
	}
	if found := r.end(); !found.IsZero() {
		r.note(r.filled(ctx, places))
		r.note(r.tell(ctx, places, found))
	}
	return r.out, cmp.Or(r.failed, r.lost)
}

// filled has journals that had joined when the round began say that they have everything: the round saw it.
func (r *round) filled(ctx context.Context, places [2]*journal.Place) error {
	for i, place := range places {
		if place == nil || !place.Unfilled {
			continue
		}
		to := place.Whole()
		to.Unfilled = false
		if err := ignore(r.sites[i].Directory.Change(ctx, *place, to)); err != nil {
			return err
		}
	}
	return nil
}

// end takes over what a round that came to its end has found, and forgets streams that are not listed any more. It
// gives the time up to which both journals have everything, zero if the round has not found one.
func (r *round) end() (even time.Time) {
	s := r.Service
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.seen {
		if !r.listed[id] {
			delete(s.seen, id)
		}
	}
	if r.failed != nil {
		s.before = time.Time{}
		return even
	}
	even = map[match]time.Time{equal: r.began, trailing: s.before}[r.match]
	if even.After(s.even) {
		s.even = even
	}
	s.before = r.began
	return even
}

// join is the shards of both journals, in their order.
func join(shards [2][]journal.Registered) []known {
	by := map[telemetry.Shard]*known{}
	for i, list := range shards {
		for _, reg := range list {
			k := by[reg.Shard]
			if k == nil {
				k = &known{shard: reg.Shard}
				by[reg.Shard] = k
			}
			k.as[i], k.there[i] = reg, true
		}
	}
	out := make([]known, 0, len(by))
	for _, k := range by {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b known) int {
		return a.shard.Compare(b.shard)
	})
	return out
}

// listWork lists the shards of the near journal that have streams.
func (r *round) listWork(ctx context.Context, shards []journal.Registered) error {
	for _, reg := range shards {
		for day := reg.First; day <= telemetry.DayOf(r.clocks[0])+1; day++ {
			idx, err := r.sites[0].Journal.Index(ctx, reg.Shard, day)
			if err != nil {
				return err
			}
			if len(idx.Streams) > 0 {
				r.out.Work = append(r.out.Work, reg.Shard)
				break
			}
		}
	}
	return nil
}

// shard goes over the days of a shard in both journals.
func (r *round) shard(ctx context.Context, k known) error {
	today := telemetry.DayOf(bounds.Earlier(r.clocks[0], r.clocks[1]))
	last := max(telemetry.DayOf(r.clocks[0]), telemetry.DayOf(r.clocks[1])) + 1
	first, moving, work := k.least(), true, false
	to := first
	for day := first; day <= last; day++ {
		twins, near, err := r.day(ctx, k, day)
		if err != nil {
			return err
		}
		work = work || near > 0
		if moving = moving && len(twins) == 0 && day < today-1; moving {
			to = day + 1
		}
		_ = sched.Each(ctx, r.Service.sched, len(twins), r.cfg.Parallel, func(ctx context.Context, i int) error {
			found, err := r.stream(ctx, &twins[i])
			r.note(err)
			r.count(func(r *round) { r.match = min(r.match, found) })
			return nil
		})
	}
	if work {
		r.out.Work = append(r.out.Work, k.shard)
	}
	for i, site := range r.sites {
		if !k.there[i] || to <= k.as[i].First {
			continue
		}
		if err := ignore(site.Directory.Advance(ctx, k.as[i], to)); err != nil {
			return err
		}
	}
	return nil
}

// day lists the streams that either journal lists of a day, and how many the near one does.
func (r *round) day(ctx context.Context, k known, day telemetry.Day) (twins []twin, near int, err error) {
	var idx [2]journal.Index
	err = sched.Each(ctx, r.Service.sched, 2, 2, func(ctx context.Context, i int) (err error) {
		idx[i], err = r.sites[i].Journal.Index(ctx, k.shard, day)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	by := map[telemetry.Stream]*twin{}
	for i, x := range idx {
		for _, st := range x.Streams {
			t := by[st.Stream]
			if t == nil {
				t = &twin{id: st.Stream, at: [2]time.Time{idx[0].At, idx[1].At}}
				by[st.Stream] = t
			}
			t.states[i], t.listed[i] = st, true
		}
	}
	for _, t := range by {
		twins = append(twins, *t)
		r.listed[t.id] = true
	}
	slices.SortFunc(twins, func(a, b twin) int { return a.id.Compare(b.id) })
	return twins, len(idx[0].Streams), nil
}
