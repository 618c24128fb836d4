package readings

import (
	"cmp"
	"slices"
)

// Row says where a reading stands in its request: Index counts the readings of the request from 0; Line counts the lines of a text format
// from 1 and is 0 for others.
type Row struct{ Index, Line int }

// Rows says of each reading of a batch where it stood. It holds an entry only where the count jumps, because a reading was left out or
// another line began. The zero value is ready.
type Rows struct {
	jumps []jump
	shift int // of the last jump: the index less the place in the batch
	line  int // of the last jump
}

// jump is the row of the reading at a place in the batch. Those after it are of the same line, and their indexes count on from it.
type jump struct{ at, index, line uint32 }

// keptJumps is how many jumps keep their memory from request to request.
const keptJumps = 1 << 16

// Reset forgets everything.
func (r *Rows) Reset() {
	if r.jumps = r.jumps[:0]; cap(r.jumps) > keptJumps {
		r.jumps = nil
	}
	r.shift, r.line = 0, 0
}

// Note says the row of the reading at a place in the batch. The places rise by one, from 0.
func (r *Rows) Note(at, index, line int) {
	if index-at != r.shift || line != r.line {
		r.jump(at, index, line)
	}
}

func (r *Rows) jump(at, index, line int) {
	if len(r.jumps) == cap(r.jumps) {
		r.jumps = slices.Grow(r.jumps, max(64, cap(r.jumps))) // append alone would copy a long request several times more
	}
	r.jumps = append(r.jumps, jump{uint32(at), uint32(index), uint32(line)})
	r.shift, r.line = index-at, line
}

// Of is the row of the reading at a place in the batch.
func (r *Rows) Of(at int) Row {
	i, found := slices.BinarySearchFunc(r.jumps, uint32(at), func(j jump, at uint32) int { return cmp.Compare(j.at, at) })
	if !found {
		i--
	}
	if i < 0 {
		return Row{Index: at}
	}
	j := r.jumps[i]
	return Row{Index: int(j.index) + at - int(j.at), Line: int(j.line)}
}
