package continuity

import (
	"context"

	"tidemark/domain/planted"
	"tidemark/domain/stream"
)

// stream does what is to be done for one stream, and reports how far both journals had the same of it when the round
// looked.
func (r *round) stream(ctx context.Context, t *twin) (match, error) {
	for i := range t.states {
		if t.listed[i] {
			continue
		}
		st, err := r.sites[i].Journal.State(ctx, t.id)
		if err != nil {
			return apart, err
		}
		t.states[i] = st
	}
	if err := r.follow(ctx, t); err != nil {
		return apart, err
	}
	switch t.pair().Due(t.at, r.cfg.Idle) {
	case stream.Even:
		return r.even(ctx, t)
	case stream.Close:
		for i := range t.states {
			if t.states[i].HasEnded() {
				continue
			}
			if err := r.welcome(ctx, t, i); err != nil {
				return apart, ignore(err)
			}
			st, err := r.sites[i].Journal.End(ctx, t.id)
			if err != nil {
				return apart, err
			}
			if err := r.welcomed(ctx, t, i); err != nil {
				return apart, ignore(err)
			}
			t.states[i] = st
			r.count(func(r *round) { r.out.Ended++ })
		}
		return r.completed(ctx, t)
	case stream.Complete:
		return r.completed(ctx, t)
	}
	return equal, r.clear(ctx, t)
}

// follow moves the mark of each journal up to that of the other: what that dropped was settled (T3).
func (r *round) follow(ctx context.Context, t *twin) error {
	mark := t.pair().Mark()
	for i := range t.states {
		st := &t.states[i]
		if !st.Born() || st.Mark >= mark || planted.On(planted.MarksApart) {
			continue
		}
		through := mark
		if last, known := st.End(); known {
			through = min(through, last)
		}
		if through <= st.Mark {
			continue
		}
		if err := r.sites[i].Journal.Drop(ctx, t.id, through); err != nil {
			return err
		}
		st.State = st.With(stream.State{Mark: through})
	}
	return nil
}

// clear drops again what whoever dropped a finished stream did not delete.
func (r *round) clear(ctx context.Context, t *twin) error {
	r.forget(t.id)
	for i := range t.states {
		if !t.listed[i] || !t.states[i].HasFinished() {
			continue
		}
		if err := r.sites[i].Journal.Drop(ctx, t.id, t.states[i].Mark); err != nil {
			return err
		}
	}
	return nil
}
