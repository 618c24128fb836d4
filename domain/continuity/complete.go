package continuity

import (
	"cmp"
	"context"
	"errors"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// tries is how often a round goes over a stream that it completes: once to fill in, once to see that nothing is
// missing, and once more.
const tries = 3

// completed completes a stream, and reports how far it has come.
func (r *round) completed(ctx context.Context, t *twin) (match, error) {
	done, err := r.complete(ctx, t)
	switch {
	case errors.Is(err, sweep.ErrLost): // both have whatever there is, and nobody waits for more
		r.count(func(r *round) { r.lost = cmp.Or(r.lost, err) })
		return equal, nil
	case done:
		return equal, err
	}
	return apart, err
}

// complete fills in what one journal lacks of a stream that has ended in both, makes void what neither has, and seals
// it in both when it has seen that nothing is missing, on condition that nothing came since it began to look (T8). The
// blocks are read first and the marks after them: what was dropped meanwhile is not missing.
func (r *round) complete(ctx context.Context, t *twin) (done bool, err error) {
	r.forget(t.id)
	for range tries {
		before := t.states
		heads, err := r.heads(ctx, t, t.pair().Mark())
		if err != nil {
			return false, err
		}
		if err := r.reread(ctx, t); err != nil {
			return false, err
		}
		changed, err := r.fill(ctx, t, heads)
		if err != nil {
			return false, ignore(err)
		}
		if !changed {
			err := r.seal(ctx, t, before, heads)
			return err == nil, ignore(err)
		}
		if err := r.reread(ctx, t); err != nil {
			return false, err
		}
	}
	return false, nil
}

// reread asks both journals for the stream's state.
func (r *round) reread(ctx context.Context, t *twin) error {
	return sched.Each(ctx, r.Service.sched, 2, 2, func(ctx context.Context, i int) (err error) {
		t.states[i], err = r.sites[i].Journal.State(ctx, t.id)
		return err
	})
}

// fill fills in what is missing above the marks; it reports whether it changed anything.
func (r *round) fill(ctx context.Context, t *twin, heads [2]numbers) (changed bool, err error) {
	mark, last := t.pair().Mark(), lastOf(t, heads)
	var missing [2][]telemetry.Number
	var holes []telemetry.Number
	for n := mark + 1; n <= last; n++ {
		a, b := heads[0].has(n), heads[1].has(n)
		switch {
		case a && b:
			if heads[0].heads[n].Void != heads[1].heads[n].Void {
				return false, fault.New(fault.Corrupt, "continuity.fill",
					"number %d of stream %s is a void in one journal and a block in the other", n, t.id)
			}
		case a:
			missing[1] = append(missing[1], n)
		case b && !planted.On(planted.VoidOfOne):
			missing[0] = append(missing[0], n)
		default:
			holes = append(holes, n)
		}
	}
	for i := range missing {
		if err := r.copy(ctx, t, i, missing[i]); err != nil {
			return false, err
		}
	}
	if err := r.void(ctx, t, heads, holes); err != nil {
		return false, err
	}
	return len(missing[0])+len(missing[1])+len(holes) > 0, nil
}

// lastOf is the highest number that was ever stored.
func lastOf(t *twin, heads [2]numbers) telemetry.Number {
	last, _ := t.pair().Last()
	return max(last, t.pair().Mark(), heads[0].highest(), heads[1].highest())
}

// void proves in both journals that numbers were never stored. What was acknowledged and is in neither is lost, and
// stays a hole, unless a certificate names it (sweep.Holes).
func (r *round) void(ctx context.Context, t *twin, heads [2]numbers, holes []telemetry.Number) error {
	if len(holes) == 0 {
		return nil
	}
	said, err := r.said(ctx, t, heads)
	if err != nil {
		return err
	}
	lost := sweep.Holes{Stream: t.id, Numbers: holes, Said: said}
	if err := lost.Check(ctx, r.sites[0].Journal, r.sites[1].Journal); err != nil {
		return err
	}
	for _, n := range holes {
		for i, site := range r.sites {
			if sealed(t.states[i].State) {
				continue
			}
			if err := site.Journal.Fill(ctx, t.id, journal.Entry{Number: n, Void: true}); err != nil {
				return err
			}
		}
		r.count(func(r *round) { r.out.Voided++ })
	}
	return nil
}

// said is what the highest block that is there says.
func (r *round) said(ctx context.Context, t *twin, heads [2]numbers) (blockcodec.Header, error) {
	at := 0
	if heads[1].block() > heads[0].block() {
		at = 1
	}
	return sweep.Said(ctx, r.sites[at].Journal, t.id, heads[at].block())
}

// seal writes the last number into both journals, if nothing came since before.
func (r *round) seal(ctx context.Context, t *twin, before [2]journal.State, heads [2]numbers) error {
	last := lastOf(t, heads)
	for i, site := range r.sites {
		if sealed(t.states[i].State) {
			continue
		}
		version := before[i].Version
		if planted.On(planted.SealUnseen) {
			version = ""
		}
		if err := site.Journal.Seal(ctx, t.id, last, version); err != nil {
			return err
		}
		if t.states[i].Mark > 0 { // sweeps what arrived late at or below the mark
			if err := site.Journal.Drop(ctx, t.id, t.states[i].Mark); err != nil {
				return err
			}
		}
	}
	r.count(func(r *round) { r.out.Sealed++ })
	return nil
}

// sealed reports whether nothing is added to a stream any more.
func sealed(s stream.State) bool {
	_, known := s.End()
	return known
}
