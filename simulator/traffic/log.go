package traffic

import (
	"errors"
	"sync"
	"time"

	"tidemark/simulator/history"
)

// Log notes what clients ask and are told, as it happens. It is safe for concurrent use, and holds its lock for no
// longer than it takes to note something: a scheduler of virtual time may run its clients.
type Log struct {
	now func() time.Time

	mu sync.Mutex
	h  *history.History
}

// NewLog notes into a history, by a clock. The history belongs to the log until all clients have ended, but where one
// actor runs at a time: there it can be read and added to at any moment.
func NewLog(h *history.History, now func() time.Time) *Log { return &Log{h: h, now: now} }

// Begin notes that an operation begins.
func (l *Log) Begin(op history.Op) *history.Op {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.h.Begin(l.now(), op)
}

// End notes how an operation ended. One that has ended already stays as it is.
func (l *Log) End(op *history.Op, a history.Answer, err error) {
	outcome, why := history.Done, ""
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		outcome, why = history.Refused, err.Error()
	case err != nil:
		outcome, why = history.Unknown, err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h.End(l.now(), op, outcome, a, why)
}

// Enter notes that a phase begins, and gives its place: what began after it has a greater one.
func (l *Log) Enter(phase string) (place int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h.Enter(l.now(), phase)
	return l.h.Phases[len(l.h.Phases)-1].Place
}

// Note notes what is left to be done.
func (l *Log) Note(left history.Left) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h.Note(l.now(), left)
}

// Tell notes an event of the truth stream, now.
func (l *Log) Tell(e history.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h.Tell(l.now(), e)
}

// Count adds up what of says of the operations so far; those under way are among them.
func (l *Log) Count(of func(*history.Op) int) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, op := range l.h.Ops {
		n += of(op)
	}
	return n
}

// History is a copy of what was noted so far: clients may go on.
func (l *Log) History() *history.History {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, err := history.Join(l.h)
	if err != nil {
		panic(err) // a client noted what no history has
	}
	return h
}
