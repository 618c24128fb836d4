package history

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// Writer writes records as they come, a line each in one call of the underlying Write, so that what a process had
// written when it was killed can be read. It has no clock: times are the caller's.
type Writer struct {
	mu  sync.Locker
	out io.Writer
	err error
}

// NewWriter writes the header. The lock makes records of several callers follow one another; nil is a mutex. On a
// scheduler of virtual time, where one actor runs at a time, a lock that does nothing will do.
func NewWriter(out io.Writer, h Header, lock sync.Locker) (*Writer, error) {
	if lock == nil {
		lock = &sync.Mutex{}
	}
	w := &Writer{mu: lock, out: out}
	h.History = Version
	w.line(h)
	return w, w.err
}

// Write writes a record. The first error stands: later records are not written, and get the same error.
func (w *Writer) Write(r Record) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.line(r)
	}
	return w.err
}

func (w *Writer) line(v any) {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = w.out.Write(append(b, '\n'))
	}
	if err != nil {
		w.err = fmt.Errorf("history: %w", err)
	}
}
