package ingest_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/ingest"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

func (d distant) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	if err := d.calls(ctx, 2); err != nil {
		return journal.State{}, err
	}
	return d.Journal.End(ctx, s)
}

func (d distant) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	if err := d.calls(ctx, 2); err != nil {
		return err
	}
	return d.Journal.Seal(ctx, s, last, unchanged)
}

func (d distant) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	if err := d.calls(ctx, 2); err != nil {
		return err
	}
	return d.Journal.Drop(ctx, s, through)
}

// far is a service over a journal where each call takes a tenth of a second.
func far(h *house, cfg ingest.Config) *ingest.Service {
	j := distant{h.j, h, 100 * time.Millisecond}
	return ingest.New(cfg, ingest.One("east", j, j), h.sched, h.writer, nil,
		ingest.Observer{})
}

// usual is how long a write takes on it: a call, and what a block waits for more.
const usual = 100*time.Millisecond + 3*time.Millisecond

// took writes and gives the time.
func took(ctx context.Context, h *house, svc *ingest.Service) time.Duration {
	h.Helper()
	began := h.sched.Now()
	must(h.T, svc, ctx, batch(1), ingest.Options{})
	return h.sched.Now().Sub(began)
}

// TestAWriteDoesNotWaitForTheEndOfAStream writes at every moment around the end of an idle stream, which takes four
// calls.
func TestAWriteDoesNotWaitForTheEndOfAStream(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		const idle = 20 * time.Second
		svc := far(h, ingest.Config{Idle: idle})
		took(ctx, h, svc)
		for wait := idle - 300*time.Millisecond; wait < idle+900*time.Millisecond; wait += 7 * time.Millisecond {
			_ = h.sched.Sleep(ctx, wait)
			if d := took(ctx, h, svc); d > usual {
				t.Errorf("%v after the one before a write took %v, usually %v", wait, d, usual)
			}
		}
		_ = h.sched.Sleep(ctx, time.Minute)
		if values, streams := h.stored(ctx); len(values) < 150 || len(streams) < 50 {
			t.Errorf("%d values in %d streams", len(values), len(streams))
		} else {
			sealed(t, streams)
		}
	})
}

// sealed checks that every stream was ended and has its last number.
func sealed(t *testing.T, streams []journal.State) {
	t.Helper()
	for _, st := range streams {
		if st.Life < stream.Sealed {
			t.Errorf("%+v", st)
		}
	}
}

// TestAWriteAtMidnightTakesNoLonger writes at every moment around midnight: the stream of the day before is ended
// meanwhile, and the new day is prepared already.
func TestAWriteAtMidnightTakesNoLonger(t *testing.T) {
	for offset := time.Duration(0); offset < 110*time.Millisecond; offset += 10 * time.Millisecond {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			svc := far(h, ingest.Config{})
			took(ctx, h, svc)
			midnight := h.sched.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
			_ = h.sched.Sleep(ctx, midnight.Add(-30*time.Minute).Sub(h.sched.Now()))
			took(ctx, h, svc)
			_ = h.sched.Sleep(ctx, midnight.Add(offset-5*time.Second).Sub(h.sched.Now()))
			took(ctx, h, svc) // asks for the clock first, after the silence
			for h.sched.Now().Before(midnight.Add(5 * time.Second)) {
				if d := took(ctx, h, svc); d > usual {
					t.Errorf("a write that ended %v after midnight took %v, usually %v", h.sched.Now().Sub(midnight), d,
						usual)
				}
			}
			if _, streams := h.stored(ctx); len(streams) != 4 {
				t.Errorf("%d streams, want one each for the first write, half past eleven, midnight and the new day",
					len(streams))
			}
			if err := svc.Close(ctx); err != nil {
				t.Fatal(err)
			}
			_, streams := h.stored(ctx)
			sealed(t, streams)
		})
	}
}

// TestMidnightUnderLoad has more clients than flights: at midnight they wait for the birth of the day's stream, a
// call, and for nothing else.
func TestMidnightUnderLoad(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		svc := far(h, ingest.Config{})
		midnight := h.sched.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		_ = h.sched.Sleep(ctx, midnight.Add(-time.Minute).Sub(h.sched.Now()))
		var before, at time.Duration
		left := 0
		for c := range 20 {
			left++
			h.sched.Go("client", func() {
				defer func() { left-- }()
				_ = h.sched.Sleep(ctx, time.Duration(c)*11*time.Millisecond)
				for h.sched.Now().Before(midnight.Add(3 * time.Second)) {
					d := took(ctx, h, svc)
					switch since := h.sched.Now().Sub(midnight); {
					case since < -30*time.Second: // births
					case since < 0:
						before = max(before, d)
					default:
						at = max(at, d)
					}
					_ = h.sched.Sleep(ctx, 13*time.Millisecond)
				}
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, time.Second)
		}
		if at > before+usual { // a birth flies alone: who comes while it does waits for it, a call
			t.Errorf("a write took %v at most before midnight and %v after", before, at)
		}
	})
}

// TestCloseWaitsForTheEndOfStreams closes at every moment while a stream is being ended: its end has come when Close
// returns.
func TestCloseWaitsForTheEndOfStreams(t *testing.T) {
	const idle = 20 * time.Second
	for wait := idle - 200*time.Millisecond; wait < idle+800*time.Millisecond; wait += 40 * time.Millisecond {
		for _, again := range []bool{false, true} { // a second stream is born while the first is being ended
			in(t, ingest.Config{}, func(ctx context.Context, h *house) {
				svc := far(h, ingest.Config{Idle: idle})
				took(ctx, h, svc)
				_ = h.sched.Sleep(ctx, wait)
				if again {
					took(ctx, h, svc)
				}
				if err := svc.Close(ctx); err != nil {
					t.Fatal(err)
				}
				_, streams := h.stored(ctx)
				sealed(t, streams)
			})
		}
	}
}
