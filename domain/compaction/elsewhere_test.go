package compaction_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
)

// elsewhere is the journal of another region.
type elsewhere struct {
	h      *house
	behind time.Duration
	oldest telemetry.Stamp
	away   bool
	torn   bool // it goes away between its clock and its blocks
	marks  map[telemetry.Stream]telemetry.Number
}

func (e *elsewhere) answer(op string) error {
	if e.away {
		return fault.New(fault.Unavailable, op, "it is away")
	}
	return nil
}

func (e *elsewhere) Now(context.Context) (time.Time, error) {
	return e.h.Sched.Now().Add(-e.behind), e.answer("journal.now")
}

func (e *elsewhere) Oldest(context.Context, telemetry.Shard) (telemetry.Stamp, error) {
	e.away = e.away || e.torn
	return e.oldest, e.answer("journal.heads")
}

func (e *elsewhere) Drop(_ context.Context, s telemetry.Stream, through telemetry.Number) error {
	if err := e.answer("journal.drop"); err != nil {
		return err
	}
	e.marks[s] = through
	return nil
}

// inTwo is a house of which the other journal is somewhere.
func inTwo(t *testing.T, body func(ctx context.Context, h *house, e *elsewhere)) {
	t.Helper()
	cfg := compaction.Config{Bound: 10 * time.Second}
	in(t, cfg, func(ctx context.Context, h *house) {
		e := &elsewhere{h: h, oldest: 1<<64 - 1, marks: map[telemetry.Stream]telemetry.Number{}}
		h.Elsewhere = e
		h.Node(cfg)
		h.Tide(region.Single, 0)
		body(ctx, h, e)
	})
}

func (h *house) floor(ctx context.Context) time.Time {
	f, _, err := bounds.Floor(ctx, h.Rows, shard)
	h.Must(err)
	return f.Time()
}

// TestTheFloorAsksBothJournals: it goes by the clock that is behind and by the oldest block of either, and does not
// move while one of them does not answer.
func TestTheFloorAsksBothJournals(t *testing.T) {
	inTwo(t, func(ctx context.Context, h *house, e *elsewhere) {
		began := h.Sched.Now()
		e.oldest = telemetry.StampAt(began.Add(time.Minute))
		rest := func() {
			for range 30 {
				h.Sleep(ctx, 10*time.Second)
				h.Compact(ctx)
			}
		}
		rest()
		if at := h.floor(ctx); !at.Before(began.Add(time.Minute)) || at.Before(began.Add(50*time.Second)) {
			t.Errorf("the floor is %v after the beginning, the other journal has a block of a minute after it",
				at.Sub(began))
		}
		e.oldest = 1<<64 - 1
		for _, gone := range []*bool{&e.away, &e.torn} {
			before := h.floor(ctx)
			*gone = true
			rest()
			if at := h.floor(ctx); at != before {
				t.Errorf("with the other journal away the floor moved by %v", at.Sub(before))
			}
			e.away, e.torn = false, false
		}
		e.behind = time.Minute
		rest()
		if behind := h.Sched.Now().Sub(h.floor(ctx)); behind < 70*time.Second || behind > 100*time.Second {
			t.Errorf("with a clock that is a minute behind the floor is %v behind", behind)
		}
	})
}

// TestOneEvidenceMovesBothMarks, and one where the other journal is away: that follows later.
func TestOneEvidenceMovesBothMarks(t *testing.T) {
	inTwo(t, func(ctx context.Context, h *house, e *elsewhere) {
		drop := func() {
			h.Put(ctx, 1)
			for h.Mark(ctx) < h.Last {
				h.Compact(ctx)
				h.Sleep(ctx, 3*time.Second)
			}
		}
		drop()
		if got := e.marks[h.Stream]; got != h.Last {
			t.Errorf("here the mark is %d, there %d", h.Last, got)
		}
		e.away = true
		drop()
		if got := e.marks[h.Stream]; got != h.Last-1 {
			t.Errorf("what is away has the mark %d", got)
		}
	})
}
