package readings

import (
	"slices"
	"sort"
)

// Row says where a reading stands in its request: Index counts the readings of the request from 0; Line counts the
// lines of a text format from 1 and is 0 for others.
type Row struct{ Index, Line int }

// Rows says of each reading of a batch where it stood. It holds an entry only where the count jumps, because a
// reading was left out or another line began. The zero value is ready.
type Rows struct{ jumps []jump }

// jump is the row of the reading at a place in the batch. Those after it are of the same line, and their indexes
// count on from it.
type jump struct{ at, index, line uint32 }

// keptJumps is how many jumps keep their memory from request to request.
const keptJumps = 1 << 16

// Reset forgets everything.
func (r *Rows) Reset() {
	if r.jumps = r.jumps[:0]; cap(r.jumps) > keptJumps {
		r.jumps = nil
	}
}

// Line says that a line begins with the reading that is added next, at a place in the batch: those after it are of
// the same line, and their indexes count on. Of several calls for one place the last counts.
func (r *Rows) Line(at, index, line int) {
	if len(r.jumps) == cap(r.jumps) {
		r.grow()
	}
	r.jumps = append(r.jumps, jump{uint32(at), uint32(index), uint32(line)})
}

// grow doubles the room: append alone copies a long request several times more.
func (r *Rows) grow() { r.jumps = slices.Grow(r.jumps, max(64, cap(r.jumps))) }

// Skip says that readings were left out: the next one has this index and is of the same line.
func (r *Rows) Skip(at, index int) {
	n := len(r.jumps)
	switch {
	case n == 0:
		r.Line(at, index, 0)
	case int(r.jumps[n-1].at) == at:
		r.jumps[n-1].index = uint32(index)
	default:
		r.Line(at, index, int(r.jumps[n-1].line))
	}
}

// Of is the row of the reading at a place in the batch.
func (r *Rows) Of(at int) Row {
	i := sort.Search(len(r.jumps), func(i int) bool { return int(r.jumps[i].at) > at })
	if i == 0 {
		return Row{Index: at}
	}
	j := r.jumps[i-1]
	return Row{Index: int(j.index) + at - int(j.at), Line: int(j.line)}
}
