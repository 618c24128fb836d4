package reach_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/sched"
)

// TestAQuestionFindsOutThatTheEndpointIsBack: a question reads several rows at once, and gives up what is under way
// when one of the reads fails. One that goes through to try is not lost with the others, which are refused: the next
// question is answered.
func TestAQuestionFindsOutThatTheEndpointIsBack(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		e := after(s, 5*time.Millisecond)
		g := reach.NewGuard(east, reach.Config{}, s, func(region.Called) {})
		rows := reach.Rows(callingRows{e: e}, g)
		question := func() error {
			return sched.Each(context.Background(), s, 3, 0, func(ctx context.Context, _ int) error {
				_, err := rows.Expired(ctx)
				return err
			})
		}
		e.turn(refuses)
		for range 5 {
			_ = question()
		}
		e.turn(none)
		_ = s.Sleep(context.Background(), time.Second)
		if err := question(); err == nil {
			t.Fatal("more than one call went through to try: the test shows nothing")
		}
		if err := question(); err != nil {
			t.Errorf("the endpoint is back, and the next question is answered: %v; the breaker is %v", err, g.State())
		}
	})
}

// TestATrialEnds: one that hangs is silence, however soon its caller gave up, and the caller that waits hears that the
// endpoint is away.
func TestATrialEnds(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		e := after(s, time.Millisecond)
		var told notices
		g := reach.NewGuard(east, reach.Config{}, s, told.seen)
		rows := reach.Rows(callingRows{e: e}, g)
		e.turn(refuses)
		for range 5 {
			_, _ = rows.Expired(context.Background())
		}
		e.turn(deaf)
		_ = s.Sleep(context.Background(), time.Second)
		began := s.Now()
		short, cancel := s.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		_, err := rows.Expired(short)
		if took := s.Now().Sub(began); err == nil || took != reach.DefaultSilence || g.State() != reach.Open {
			t.Errorf("%v after %s, and the breaker is %v", err, took, g.State())
		}
	})
}
