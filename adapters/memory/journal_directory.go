package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Init implements journal.Directory.
func (j *Journal) Init(ctx context.Context, p journal.Place) error {
	const op = "journal.init"
	p = p.Whole()
	if err := p.Check(op); err != nil {
		return err
	}
	return j.write(ctx, op, func() error {
		if j.place != nil && !j.place.Equal(p) {
			return fault.New(fault.Conflict, op, "the journal is %s of region %s with a bound of %s already",
				j.place.Generation, j.place.Region, j.place.Bound)
		}
		j.place = &p
		return j.knows.Meet(op, j.place)
	})
}

// Change implements journal.Directory.
func (j *Journal) Change(ctx context.Context, from, to journal.Place) error {
	const op = "journal.change"
	to = to.Whole()
	if err := from.CheckChange(op, to); err != nil {
		return err
	}
	return j.write(ctx, op, func() error {
		switch {
		case j.place == nil:
			return fault.New(fault.NotFound, op, "the journal was never initialised")
		case !j.place.Equal(from) && !j.place.Equal(to):
			return fault.New(fault.Conflict, op, "the journal's identity has changed")
		}
		j.place = &to
		return nil
	})
}

// Identity implements journal.Journal.
func (j *Journal) Identity(ctx context.Context) (journal.Place, error) {
	const op = "journal.identity"
	var p journal.Place
	err := j.storage.read(ctx, op, func() error {
		if j.place == nil {
			return fault.New(fault.NotFound, op, "the journal was never initialised")
		}
		p = j.place.Whole()
		_ = j.knows.Meet(op, j.place) // whichever it is, it is told
		return nil
	})
	return p, err
}

// Register implements journal.Directory.
func (j *Journal) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	const op = "journal.register"
	return j.write(ctx, op, func() error {
		first, known := j.first[s]
		if !known {
			j.setFirst(s, journal.NewFirst(day, j.now()))
			return nil
		}
		moved, err := journal.RegisteredFirst(op, first.day, day, j.now())
		if moved != first.day {
			j.setFirst(s, moved)
		}
		return err
	})
}

// setFirst gives a shard a first day, under a new version.
func (j *Journal) setFirst(s telemetry.Shard, day telemetry.Day) {
	j.first[s] = firstDay{day, j.next()}
}

// Lower implements journal.Directory.
func (j *Journal) Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	const op = "journal.lower"
	return j.write(ctx, op, func() error {
		if day < j.expired {
			return fault.New(fault.Conflict, op, "the day %v was expired", day)
		}
		first, known := j.first[s]
		j.setFirst(s, journal.Lowered(first.day, known, day, j.now()))
		return nil
	})
}

// First implements journal.Directory.
func (j *Journal) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	const op = "journal.first"
	var day telemetry.Day
	err := j.read(ctx, op, func() error {
		first, ok := j.first[s]
		if !ok {
			return fault.New(fault.NotFound, op, "the shard was never registered")
		}
		day = first.day
		return nil
	})
	return day, err
}

// Shards implements journal.Directory. The order is fixed, so that a schedule can be played again.
func (j *Journal) Shards(ctx context.Context) iter.Seq2[journal.Registered, error] {
	return func(yield func(journal.Registered, error) bool) {
		var all []journal.Registered
		err := j.read(ctx, "journal.shards", func() error {
			for s, first := range j.first {
				all = append(all, journal.Registered{Shard: s, First: first.day, Version: versionOf(first.version)})
			}
			return nil
		})
		if err != nil {
			yield(journal.Registered{}, err)
			return
		}
		slices.SortFunc(all, func(a, b journal.Registered) int {
			return cmp.Or(cmp.Compare(a.Shard.Tenant, b.Shard.Tenant), cmp.Compare(a.Shard.Index, b.Shard.Index))
		})
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Advance implements journal.Directory.
func (j *Journal) Advance(ctx context.Context, r journal.Registered, to telemetry.Day) error {
	const op = "journal.advance"
	return j.write(ctx, op, func() error {
		first, ok := j.first[r.Shard]
		if !ok {
			return fault.New(fault.NotFound, op, "the shard was never registered")
		}
		moved := journal.Advanced(first.day, to, j.now())
		switch {
		case moved == first.day:
			return nil
		case versionOf(first.version) != r.Version:
			return fault.New(fault.Conflict, op, "the shard's first day has changed since it was read")
		}
		j.setFirst(r.Shard, moved)
		return nil
	})
}

// Now implements journal.Directory.
func (j *Journal) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := j.read(ctx, "journal.now", func() error {
		now = j.now()
		return nil
	})
	return now, err
}

// Prepare implements journal.Directory.
func (j *Journal) Prepare(ctx context.Context, day telemetry.Day) error {
	const op = "journal.prepare"
	return j.write(ctx, op, func() error {
		if day < j.expired {
			return fault.New(fault.Conflict, op, "the day %v was expired", day)
		}
		j.prepared[day] = true
		return nil
	})
}

// Expire implements journal.Directory.
func (j *Journal) Expire(ctx context.Context, before telemetry.Day) error {
	return j.write(ctx, "journal.expire", func() error {
		j.expired = max(j.expired, before)
		for day := range j.prepared {
			if day < j.expired {
				delete(j.prepared, day)
			}
		}
		for at := range j.parts {
			if at.day < j.expired {
				delete(j.parts, at)
			}
		}
		return nil
	})
}
