package memory_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/ports/queue/queuetest"
)

func TestQueueProof(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{Faults: true, Second: true, New: func(queuetest.T) queuetest.Fixture {
		s := goruntime.New()
		q := memory.NewQueue(s)
		hook := &once{}
		q.SetFault(hook.next)
		var skew time.Duration
		return queuetest.Fixture{
			Queue: q, Second: q,
			Arm:  func(f queuetest.Fault) { hook.arm(shapes[f]) },
			Pass: func(d time.Duration) { skew += d; q.SetSkew(skew) },
			Now:  func() time.Time { return s.Now().Add(skew) },
		}
	}})
}
