package memory

import (
	"cmp"
	"container/heap"
	"time"
)

// timer is something that happens at an instant of virtual time.
type timer struct {
	at    time.Duration // since start
	tie   uint64        // the seed's order of one instant
	seq   uint64
	index int // in the heap, -1 outside
	fire  func()
}

// timerHeap is a container/heap: the earliest first.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.tie, b.tie), cmp.Compare(a.seq, b.seq)) < 0
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is heap.Interface's.
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop is heap.Interface's.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}

// addTimer lets fire happen after d, under s.mu. s.mu is held.
func (s *Sched) addTimer(d time.Duration, fire func()) *timer {
	s.lastSeq++
	t := &timer{at: s.now + d, tie: s.rng.Uint64(), seq: s.lastSeq, fire: fire}
	heap.Push(&s.timers, t)
	return t
}

// dropTimer takes a timer back; one that fired or was dropped is left alone. s.mu is held.
func (s *Sched) dropTimer(t *timer) {
	if t.index >= 0 {
		heap.Remove(&s.timers, t.index)
	}
}

// fireTimers fires all timers of the present instant. s.mu is held, and free while what hangs on ended contexts is
// called.
func (s *Sched) fireTimers() {
	for len(s.timers) > 0 && s.timers[0].at <= s.now {
		t := heap.Pop(&s.timers).(*timer)
		t.fire()
	}
	s.unlockAndRun()
	s.mu.Lock()
}
