package path

import (
	"slices"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/inject"
)

// Faulty is a ground of which faults say how it is: inject.RegionOut, Cut and Distance. Without any every way is open
// and takes no time. It is safe for concurrent use.
type Faulty struct {
	s sched.Scheduler

	mu      sync.Mutex
	faults  []inject.Fault // those that hold, in the order in which they began
	changed sched.Event
}

var _ Ground = (*Faulty)(nil)

// NewFaulty makes one without faults.
func NewFaulty(s sched.Scheduler) *Faulty { return &Faulty{s: s, changed: s.NewEvent()} }

// Begin has a fault hold. One of another kind is ignored.
func (g *Faulty) Begin(f inject.Fault) {
	g.change(func() { g.faults = append(g.faults, f) })
}

// End ends one that holds.
func (g *Faulty) End(f inject.Fault) {
	g.change(func() {
		if i := slices.Index(g.faults, f); i >= 0 {
			g.faults = slices.Delete(g.faults, i, i+1)
		}
	})
}

func (g *Faulty) change(do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do()
	g.changed.Set()
	g.changed = g.s.NewEvent()
}

// Changed implements Ground.
func (g *Faulty) Changed() sched.Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

// Legs implements Ground. Of several cuts the worst holds: silence before a refusal, a refusal before a torn
// connection, that before a 503.
func (g *Faulty) Legs(from, to, service string) (request, answer Leg) {
	g.mu.Lock()
	defer g.mu.Unlock()
	request.Delay, answer.Delay = g.between(from, to), g.between(to, from)
	for _, f := range g.faults {
		switch f := f.(type) {
		case inject.RegionOut:
			if f.Service != "" && f.Service != service || f.Region != to && (f.Region != from || f.Service != "") {
				continue
			}
			request.cut(f.How, f)
			answer.cut(f.How, f)
		case inject.Cut:
			if f.Service != "" && f.Service != service {
				continue
			}
			if covers(f, from, to) {
				request.cut(f.How, f)
			}
			if covers(f, to, from) {
				answer.cut(f.How, f)
			}
		}
	}
	return request, answer
}

func covers(f inject.Cut, from, to string) bool {
	return (f.From == "" || f.From == from) && (f.To == "" || f.To == to)
}

// between is how far it is one way: as it was said last, the same both ways unless both were. The caller holds mu.
func (g *Faulty) between(from, to string) time.Duration {
	var back time.Duration
	for _, f := range slices.Backward(g.faults) {
		d, ok := f.(inject.Distance)
		switch {
		case ok && d.From == from && d.To == to:
			return d.OneWay
		case ok && d.From == to && d.To == from && back == 0:
			back = d.OneWay
		}
	}
	return back
}

func (l *Leg) cut(how inject.How, f inject.Fault) {
	if how.Worse(l.How) {
		l.How, l.Why = how, f.String()
	}
}
