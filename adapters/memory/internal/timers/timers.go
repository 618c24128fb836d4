// Package timers is what happens at instants of virtual time: a heap, the earliest first.
package timers

import (
	"cmp"
	"container/heap"
	"time"
)

// Timer is something that happens at an instant.
type Timer struct {
	At    time.Duration // since the start
	Tie   uint64        // the seed's order of one instant
	Seq   uint64
	Fire  func()
	index int // in the heap, -1 outside
}

// Heap is the timers that have not fired. The zero value has none; guarding it is its owner's.
type Heap struct{ all order }

// Add takes a timer.
func (h *Heap) Add(t *Timer) { heap.Push(&h.all, t) }

// Drop takes a timer back; one that fired or was dropped is left alone.
func (h *Heap) Drop(t *Timer) {
	if t.index >= 0 {
		heap.Remove(&h.all, t.index)
	}
}

// First is the next timer, nil if there is none.
func (h *Heap) First() *Timer {
	if len(h.all) == 0 {
		return nil
	}
	return h.all[0]
}

// Due takes the next timer out if its instant has come, and is nil otherwise.
func (h *Heap) Due(now time.Duration) *Timer {
	if t := h.First(); t == nil || t.At > now {
		return nil
	}
	return heap.Pop(&h.all).(*Timer)
}

// order is a container/heap.
type order []*Timer

func (o order) Len() int { return len(o) }

func (o order) Less(i, j int) bool {
	a, b := o[i], o[j]
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Tie, b.Tie), cmp.Compare(a.Seq, b.Seq)) < 0
}

func (o order) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].index, o[j].index = i, j
}

// Push is heap.Interface's.
func (o *order) Push(x any) {
	t := x.(*Timer)
	t.index = len(*o)
	*o = append(*o, t)
}

// Pop is heap.Interface's.
func (o *order) Pop() any {
	last := len(*o) - 1
	t := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	t.index = -1
	return t
}
