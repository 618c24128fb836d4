package readings

import (
	"sort"

	"tidemark/simulator/history"
)

// sight is that an answer showed a slot, with the latest of all up to it: that which began last, and that which began
// last of those that showed something else. There is one for each reading of each answer: it is kept small.
type sight struct {
	end           int32
	first, second glimpse
}

// glimpse is what an answer that began at a place showed: the first version of that value, or nothing.
type glimpse struct {
	begin int32 // 0: there is none
	what  int32
}

const nothing int32 = -1

// sights are those of a slot, by End.
type sights []sight

// look notes that a complete answer showed something. No answer that is judged later began before the horizon: it asks
// for nothing that was over by then, but for the last.
func (s *sights) look(op *history.Op, what int32, horizon int32) {
	g := glimpse{int32(op.Begin), what}
	n := sight{end: int32(op.End), first: g}
	if len((*s)) > 0 {
		old := &(*s)[len((*s))-1]
		n.first, n.second = old.first, old.second
		switch {
		case what == old.first.what:
			n.first.begin = max(n.first.begin, g.begin)
		case g.begin > old.first.begin:
			n.first, n.second = g, old.first
		case g.begin > old.second.begin:
			n.second = g
		}
	}
	if k := len((*s)); k > 0 && (*s)[k-1].end < horizon && n.end < horizon {
		(*s)[k-1] = n
		return
	}
	*s = append(*s, n)
}

// before is the sights of answers that were over at a place.
func (s sights) before(place int) sight {
	n := len(s)
	for range 4 { // most often it is one of the last
		if n == 0 {
			return sight{}
		}
		if s[n-1].end < int32(place) {
			return s[n-1]
		}
		n--
	}
	n = sort.Search(n, func(i int) bool { return s[i].end >= int32(place) })
	if n == 0 {
		return sight{}
	}
	return s[n-1]
}

// other is the last sight of something else.
func (g *sight) other(than int32) glimpse {
	if g.first.what != than {
		return g.first
	}
	return g.second
}

// same is the place where the last answer began that is known to have shown it, or 0.
func (g *sight) same(as int32) int {
	switch as {
	case g.first.what:
		return int(g.first.begin)
	case g.second.what:
		return int(g.second.begin)
	}
	return 0
}
