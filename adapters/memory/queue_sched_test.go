package memory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// TestQueueUnderEverySchedule lets workers that sometimes take longer than their lease, and whose answers get lost,
// empty a queue. Every message is worked on at least once, and two workers never both finish one.
func TestQueueUnderEverySchedule(t *testing.T) {
	first := testSeed(t)
	for i := range uint64(100) {
		seed := first + i
		s := memory.NewSched(seed)
		q := memory.NewQueue(s)
		asked := 0
		q.SetFault(func(op string) memory.Fault {
			if asked++; asked%11 != 0 || op == "queue.send" {
				return memory.FaultNone
			}
			return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost}[asked/11%3]
		})
		err := s.Run(func() {
			if err := work(s, q); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// work sends messages and lets workers finish them all.
func work(s sched.Scheduler, q queue.Queue) error {
	ctx := context.Background()
	const messages = 20
	for i := range messages {
		if err := q.Send(ctx, fmt.Appendf(nil, "%d", i), 0); err != nil {
			return err
		}
	}
	worked, finished := map[string]int{}, map[string]int{}
	err := sched.Each(ctx, s, 4, 0, func(ctx context.Context, worker int) error {
		for round := 0; len(worked) < messages || left(ctx, q) > 0; round++ {
			if round > 1000 {
				return fmt.Errorf("worked on %d of %d messages, and no end", len(worked), messages)
			}
			ds, err := q.Receive(ctx, 3, 5*time.Second)
			if err != nil && !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Indeterminate) {
				return err
			}
			for _, d := range ds {
				worked[string(d.Body)]++
				if err := s.Sleep(ctx, time.Duration(1+(round+worker)%4)*time.Second); err != nil {
					return err
				}
				if q.Delete(ctx, d) == nil {
					finished[string(d.Body)]++
				}
			}
			if err := s.Sleep(ctx, time.Second); err != nil {
				return err
			}
		}
		return nil
	})
	for body, n := range finished {
		if n != 1 {
			return fmt.Errorf("message %s was finished %d times", body, n)
		}
	}
	return err
}

// left is how many messages there are; some, when the queue cannot be asked.
func left(ctx context.Context, q queue.Queue) int {
	n, err := q.Length(ctx)
	if err != nil {
		return 1
	}
	return n
}
