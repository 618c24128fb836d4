package embedded_test

import (
	"testing"
	"time"

	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/queue/queuetest"
)

func TestJournal(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{
		Second: true,
		New: func(t journaltest.T) journaltest.Fixture {
			s := openProof(t, time.Now)
			return journaltest.Fixture{Journal: s.Journal(), Directory: s.Directory(), SecondJournal: s.Journal(), SecondDirectory: s.Directory()}
		},
	})
}

func TestRows(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{
		Second: true,
		New: func(t chunkstest.T) chunkstest.Fixture {
			s := openProof(t, time.Now)
			return chunkstest.Fixture{Store: s.Rows(), Second: s.Rows(), Now: time.Now, Resolution: time.Microsecond}
		},
	})
}

func TestQueue(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{
		Second: true,
		New: func(t queuetest.T) queuetest.Fixture {
			clock := &hand{t: start}
			s := openProof(t, clock.now)
			return queuetest.Fixture{Queue: s.Queue("q"), Second: s.Queue("q"), Pass: clock.add, Now: clock.now}
		},
	})
}
