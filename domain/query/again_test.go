package query_test

import (
	"context"
	"fmt"
	"testing"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// TestAnEndpointThatGoesUnderWay: a question whose endpoint goes away at any of its rows is answered all the same, once
// it has been opened; while nothing answers it is refused after one more try at most.
func TestAnEndpointThatGoesUnderWay(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		s := of("roof", "temp")
		h.Write(ctx, s, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		h.Settle(ctx)
		calls, fails := 0, func(int) bool { return false }
		h.Rows.SetFault(func(string) memory.Fault {
			if calls++; fails(calls) {
				return memory.FaultFail
			}
			return memory.FaultNone
		})
		asks := func() error {
			calls = 0
			q := query.New(h.Reader(readpath.Config{}, memory.NewCache(h.Sched, 1<<20))) // nothing is cached
			page, err := q.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
				To: telemetry.MaxTime, Limit: 100})
			if err == nil && len(page.Times) != 10 {
				err = fmt.Errorf("%d readings", len(page.Times))
			}
			return err
		}
		h.Must(asks())
		all, opens := calls, 3 // the floor, the horizon and the years that are gone are read first
		for at := 1; at <= all; at++ {
			fails = func(call int) bool { return call == at }
			if err := asks(); (err == nil) != (at > opens) {
				t.Errorf("call %d of %d fails: %v", at, all, err)
			}
		}
		fails = func(int) bool { return true }
		if err := asks(); !fault.Is(err, fault.Unavailable) || calls > opens {
			t.Errorf("nothing answers: %v after %d calls", err, calls)
		}
		fails = func(call int) bool { return call > opens }
		if err := asks(); !fault.Is(err, fault.Unavailable) || calls > 2*all {
			t.Errorf("nothing answers after the first rows: %v after %d calls, of %d", err, calls, all)
		}
	})
}
