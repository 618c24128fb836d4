package continuity

import (
	"context"
	"slices"

	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// even copies to each journal what it lacks of a stream that takes appends, if the other had it in the last round
// already: the writer sends to both, and what it gives up it leaves. A stream whose versions are those of a round that
// found nothing missing is skipped.
func (r *round) even(ctx context.Context, t *twin) (match, error) {
	s := r.Service
	s.mu.Lock()
	was := s.seen[t.id]
	s.mu.Unlock()
	if was.match == equal && was.versions == t.versions() {
		return equal, nil
	}
	now := seen{versions: t.versions(), whole: max(was.whole, t.pair().Mark())}
	heads, err := r.heads(ctx, t, now.whole)
	if err != nil {
		return apart, err
	}
	now.match = equal
	for i := range heads {
		if now.missing[i] = heads[i].lacks(heads[other(i)]); len(now.missing[i]) > 0 {
			now.match = trailing
		}
	}
	for heads[0].has(now.whole+1) && heads[1].has(now.whole+1) {
		now.whole++
	}
	for i := range heads {
		late := slices.DeleteFunc(slices.Clone(now.missing[i]), func(n telemetry.Number) bool {
			_, before := slices.BinarySearch(was.missing[i], n) // thousands after an outage
			return !before
		})
		err := r.copy(ctx, t, i, late)
		switch {
		case another(err): // the next round looks again; a refusal that stays is told
			if was.refused {
				r.note(err)
			}
			now.refused, now.match = true, apart
		case err != nil:
			return apart, err
		}
	}
	s.mu.Lock()
	s.seen[t.id] = now
	s.mu.Unlock()
	return now.match, nil
}

// numbers is what a journal holds of a stream above a mark, by number; rising in order.
type numbers struct {
	order []telemetry.Number
	heads map[telemetry.Number]journal.Head
}

func (n numbers) has(number telemetry.Number) bool {
	_, ok := n.heads[number]
	return ok
}

// lacks is what another has and this has not.
func (n numbers) lacks(of numbers) (out []telemetry.Number) {
	for _, number := range of.order {
		if !n.has(number) {
			out = append(out, number)
		}
	}
	return out
}

// highest is the greatest number; zero if there is none.
func (n numbers) highest() telemetry.Number {
	if len(n.order) == 0 {
		return 0
	}
	return n.order[len(n.order)-1]
}

// block is the greatest number that is a block; zero if there is none.
func (n numbers) block() telemetry.Number {
	for _, number := range slices.Backward(n.order) {
		if !n.heads[number].Void {
			return number
		}
	}
	return 0
}

// heads reads what both journals hold above a number.
func (r *round) heads(ctx context.Context, t *twin, after telemetry.Number) (out [2]numbers, err error) {
	err = sched.Each(ctx, r.Service.sched, 2, 2, func(ctx context.Context, i int) error {
		out[i].heads = map[telemetry.Number]journal.Head{}
		if !t.states[i].Born() {
			return nil
		}
		for h, err := range r.sites[i].Journal.Heads(ctx, t.id, after) {
			if err != nil {
				return err
			}
			out[i].order = append(out[i].order, h.Number)
			out[i].heads[h.Number] = h
		}
		return nil
	})
	return out, err
}

// copy brings all of some numbers of a stream from the other journal into the one at a place, one after the other: the
// first may give birth to it there.
func (r *round) copy(ctx context.Context, t *twin, to int, wanted []telemetry.Number) error {
	if len(wanted) == 0 || r.sites[to].Region > r.sites[other(to)].Region && planted.On(planted.CopyOneWay) {
		return nil
	}
	if err := r.welcome(ctx, t, to); err != nil {
		return err
	}
	first := true
	for e, err := range r.sites[other(to)].Journal.Read(ctx, t.id, wanted[0]-1) {
		if err != nil {
			return err
		}
		for len(wanted) > 0 && wanted[0] < e.Number {
			wanted = wanted[1:] // dropped meanwhile
		}
		if len(wanted) == 0 {
			return nil
		}
		if wanted[0] != e.Number {
			continue
		}
		err := r.put(ctx, t, to, e)
		if err == nil && first {
			first, err = false, r.welcomed(ctx, t, to)
		}
		if err != nil {
			return err
		}
		if wanted = wanted[1:]; len(wanted) == 0 {
			return nil
		}
	}
	return nil
}

// welcome makes a journal ready for a stream that was not born there: its day's tables, and a first day of the shard
// that readers and sweepers begin with.
func (r *round) welcome(ctx context.Context, t *twin, to int) error {
	if t.states[to].Born() {
		return nil
	}
	dir := r.sites[to].Directory
	if err := dir.Prepare(ctx, t.id.Day); err != nil {
		return err
	}
	return dir.Lower(ctx, t.id.Shard, t.id.Day)
}

// welcomed lowers the first day again once the index lists the stream: somebody may have moved it up meanwhile, who saw
// nothing of that day.
func (r *round) welcomed(ctx context.Context, t *twin, to int) error {
	if t.states[to].Born() {
		return nil
	}
	return r.sites[to].Directory.Lower(ctx, t.id.Shard, t.id.Day)
}

// put stores one entry that the other journal holds.
func (r *round) put(ctx context.Context, t *twin, to int, e journal.Entry) (err error) {
	j := r.sites[to].Journal
	if t.states[to].HasEnded() {
		err = j.Fill(ctx, t.id, e)
	} else {
		_, err = j.Append(ctx, journal.Append{At: telemetry.Position{Stream: t.id, Number: e.Number},
			Continues: t.continues(), Stamp: e.Stamp, Block: e.Block})
	}
	if err == nil {
		r.Service.mu.Lock()
		r.copied++
		r.Service.mu.Unlock()
	}
	return err
}
