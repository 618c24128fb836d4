package memory

import (
	"fmt"
	"time"
)

// traceLength is how many scheduling points Trace remembers.
const traceLength = 4096

// trace is the history of a schedule: a hash of all of it, and its end in words.
type trace struct {
	hash  uint64
	count int
	last  []traceStep // a ring once it is full
}

type traceStep struct {
	at    time.Duration
	id    int
	name  string
	point string
}

// Trace is the end of the schedule, at most 4,096 scheduling points: when, who, and from which point it went on.
func (s *Sched) Trace() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.trace
	n := min(t.count, traceLength)
	lines := make([]string, 0, n)
	for i := t.count - n; i < t.count; i++ {
		e := t.last[i%traceLength]
		lines = append(lines, fmt.Sprintf("%12v #%d %s %s", e.at, e.id, e.name, e.point))
	}
	return lines
}

// Hash stands for the whole schedule since NewSched: equal histories have equal hashes.
func (s *Sched) Hash() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trace.hash
}

func (t *trace) step(now time.Duration, a *actor) {
	e := traceStep{at: now, id: a.id, name: a.name, point: a.point}
	if t.count < traceLength {
		t.last = append(t.last, e)
	} else {
		t.last[t.count%traceLength] = e
	}
	t.count++
	t.mix(uint64(now))
	t.mix(uint64(a.id))
}

func (t *trace) named(name string) {
	for i := range len(name) {
		t.mix(uint64(name[i]))
	}
}

// mix is one round of FNV-1a on a word, with the upper half folded in.
func (t *trace) mix(v uint64) {
	t.hash = (t.hash ^ v) * 0x100000001b3
	t.hash ^= t.hash >> 29
}
