// Package trace is the history of a schedule: a hash of all of it, and its end in words.
package trace

import (
	"fmt"
	"time"
)

// length is how many scheduling points a Trace remembers.
const length = 4096

// Trace is what a scheduler did so far. The zero value is nothing; guarding it is its owner's.
type Trace struct {
	hash  uint64
	count int
	last  []step // a ring once it is full
}

type step struct {
	at    time.Duration
	id    int
	name  string
	point string
}

// Lines is the end of it, at most 4,096 scheduling points: when, who, and from which point it went on.
func (t *Trace) Lines() []string {
	n := min(t.count, length)
	lines := make([]string, 0, n)
	for i := t.count - n; i < t.count; i++ {
		e := t.last[i%length]
		lines = append(lines, fmt.Sprintf("%12v #%d %s %s", e.at, e.id, e.name, e.point))
	}
	return lines
}

// Hash stands for all of it: equal histories have equal hashes.
func (t *Trace) Hash() uint64 { return t.hash }

// Step notes that an actor goes on from a point.
func (t *Trace) Step(now time.Duration, id int, name, point string) {
	e := step{at: now, id: id, name: name, point: point}
	if t.count < length {
		t.last = append(t.last, e)
	} else {
		t.last[t.count%length] = e
	}
	t.count++
	t.mix(uint64(now))
	t.mix(uint64(id))
}

// Named notes the name of an actor that begins.
func (t *Trace) Named(name string) {
	for i := range len(name) {
		t.mix(uint64(name[i]))
	}
}

// mix is one round of FNV-1a on a word, with the upper half folded in.
func (t *Trace) mix(v uint64) {
	t.hash = (t.hash ^ v) * 0x100000001b3
	t.hash ^= t.hash >> 29
}
