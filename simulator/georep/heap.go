package georep

// heap is a binary heap whose items know their place, so that any of them can be removed or moved. before has to be a
// strict total order: then the order of what comes out does not depend on the order of what went in.
type heap[T any] struct {
	items  []T
	before func(a, b T) bool
	place  func(T) *int // where an item keeps its index plus one; 0 is not in the heap
}

func (h *heap[T]) first() (T, bool) {
	if len(h.items) == 0 {
		var none T
		return none, false
	}
	return h.items[0], true
}

func (h *heap[T]) push(x T) {
	h.items = append(h.items, x)
	*h.place(x) = len(h.items)
	h.up(len(h.items) - 1)
}

// remove takes an item out; one that is not in is left alone.
func (h *heap[T]) remove(x T) {
	i := *h.place(x) - 1
	if i < 0 {
		return
	}
	last := len(h.items) - 1
	h.swap(i, last)
	var none T
	h.items[last] = none
	h.items = h.items[:last]
	*h.place(x) = 0
	if i < last {
		h.fix(h.items[i])
	}
}

// fix puts an item that has changed where it belongs.
func (h *heap[T]) fix(x T) {
	if i := *h.place(x) - 1; i >= 0 {
		h.up(i)
		h.down(*h.place(x) - 1)
	}
}

func (h *heap[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(h.items[i], h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *heap[T]) down(i int) {
	for {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(h.items) && h.before(h.items[child], h.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h *heap[T]) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	*h.place(h.items[i]), *h.place(h.items[j]) = i+1, j+1
}
