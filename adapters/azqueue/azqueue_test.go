package azqueue_test

import (
	"testing"
	"time"

	"tidemark/adapters/azqueue"
	"tidemark/adapters/internal/azkit/azkittest"
	"tidemark/ports/queue/queuetest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// open makes a client of its own for a queue, its transport faulty on demand.
func open(t testing.TB, s *azurite.Server, a azurite.Account) (*azqueue.Queue, *azkittest.Transport) {
	t.Helper()
	f := &azkittest.Transport{}
	q, err := azqueue.Open(azqueue.Config{
		URL: s.QueueURL(a.Name), Account: a.Name, Key: a.Key, Name: "work",
		TryTimeout: 20 * time.Second, // the machine is shared and Azurite is slow
		Wrap:       f.Wrap,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q, f
}

func TestQueue(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{
		Faults: true, Second: true, Slow: true,
		New: func(queuetest.T) queuetest.Fixture {
			s, a := azuritetest.Account(t)
			one, f := open(t, s, a)
			two, _ := open(t, s, a)
			return queuetest.Fixture{
				Queue: one, Second: two, Pass: time.Sleep, Now: time.Now, Resolution: time.Second,
				Arm: func(kind queuetest.Fault) { f.Arm(kind, 0) },
			}
		},
	})
}
