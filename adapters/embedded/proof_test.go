package embedded_test

import (
	"sync"
	"testing"
	"time"

	"tidemark/adapters/embedded"
	"tidemark/domain/fault"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/queue/queuetest"
	"tidemark/ports/storageaccount/storageaccounttest"
)

// trouble lets one transaction of a store fail: before it happens, or after.
type trouble struct {
	mu   sync.Mutex
	next journaltest.Fault
	skip int
	late map[string]int // how many transactions of an operation come before the one that counts
	seen int            // of these, since it was armed
}

func disturb(s *embedded.Store) *trouble {
	// it looks at the clock and whether there is something first
	d := &trouble{late: map[string]int{"queue.receive": 2}}
	s.Disturb(d.call)
	return d
}

func (d *trouble) arm(f journaltest.Fault, skip int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next, d.skip, d.seen = f, skip, 0
}

func (d *trouble) one(f journaltest.Fault) { d.arm(f, 0) }

func (d *trouble) call(op string, call func() error) error {
	d.mu.Lock()
	struck := d.next
	switch {
	case struck != 0 && d.seen < d.late[op]:
		d.seen++
		struck = 0
	case struck != 0 && d.skip > 0:
		d.skip--
		struck = 0
	default:
		d.next = 0
	}
	d.mu.Unlock()
	if struck == 0 {
		return call()
	}
	if struck == journaltest.Applied {
		_ = call() // its answer is lost, whatever it was
	}
	if op == "account.tidemark" { // whoever only asks has nothing that may have happened
		return fault.New(fault.Unavailable, op, "injected: %v", struck)
	}
	return fault.New(struck.Kind(), op, "injected: %v", struck)
}

func TestJournal(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{
		Second: true, Faults: true,
		New: func(t journaltest.T) journaltest.Fixture {
			s := openProof(t, time.Now)
			return journaltest.Fixture{Journal: s.Journal(), Directory: s.Directory(), SecondJournal: s.Journal(),
				SecondDirectory: s.Directory(),
				Arm:             disturb(s).arm}
		},
	})
}

// TestJournalOfBackgroundWork mixes both: what one does, the other sees.
func TestJournalOfBackgroundWork(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{
		Second: true, Faults: true,
		New: func(t journaltest.T) journaltest.Fixture {
			s := openProof(t, time.Now)
			b := s.Background()
			return journaltest.Fixture{Journal: b.Journal(), Directory: b.Directory(),
				SecondJournal: s.Journal(), SecondDirectory: s.Directory(), Arm: disturb(s).arm}
		},
	})
}

func TestRows(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{
		Second: true, Faults: true,
		New: func(t chunkstest.T) chunkstest.Fixture {
			s := openProof(t, time.Now)
			return chunkstest.Fixture{Store: s.Rows(), Second: s.Rows(), Now: time.Now, Resolution: time.Microsecond,
				Arm: disturb(s).one}
		},
	})
}

func TestQueue(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{
		Second: true, Faults: true,
		New: func(t queuetest.T) queuetest.Fixture {
			clock := &hand{t: start}
			s := openProof(t, clock.now)
			return queuetest.Fixture{Queue: s.Queue("q"), Second: s.Queue("q"), Pass: clock.add, Now: clock.now,
				Arm: disturb(s).one}
		},
	})
}

func TestAccount(t *testing.T) {
	storageaccounttest.Run(t, storageaccounttest.Harness{
		Faults: true,
		New: func(t storageaccounttest.T) storageaccounttest.Fixture {
			clock := &hand{t: start}
			s := openProof(t, clock.now)
			return storageaccounttest.Fixture{Account: s.Account(), Rows: s.Rows(), Pass: clock.add, Now: clock.now,
				Arm: disturb(s).one}
		},
	})
}

func TestAccountOfBackgroundWork(t *testing.T) {
	storageaccounttest.Run(t, storageaccounttest.Harness{
		Faults: true,
		New: func(t storageaccounttest.T) storageaccounttest.Fixture {
			clock := &hand{t: start}
			s := openProof(t, clock.now)
			return storageaccounttest.Fixture{Account: s.Background().Account(), Rows: s.Rows(),
				Pass: clock.add, Now: clock.now, Arm: disturb(s).one}
		},
	})
}
