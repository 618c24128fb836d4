package history

import "fmt"

// Join puts the histories of several processes of one clock together, by time; each keeps its own order. Of one
// instant, what begins stands before what ends, so that nothing counts as over that may not have been. Operations are
// numbered anew. It fails where a part has what no history may have.
func Join(parts ...*History) (*History, error) {
	out := &History{}
	heads := make([][]Record, len(parts))
	numbers := make([]map[uint64]uint64, len(parts))
	for i, h := range parts {
		heads[i], numbers[i] = h.Records(), map[uint64]uint64{}
		if i == 0 {
			out.Header = h.Header
		}
	}
	var ops uint64
	for {
		i := first(heads)
		if i < 0 {
			return out, nil
		}
		r := heads[i][0]
		heads[i] = heads[i][1:]
		if r.Type == Invoke {
			ops++
			numbers[i][r.Op] = ops
		}
		if r.Op > 0 {
			r.Op = numbers[i][r.Op]
		}
		if err := out.Add(r); err != nil { // Begin takes what a file would be refused for
			return nil, fmt.Errorf("history: %s of operation %d: %w", r.Type, r.Op, err)
		}
	}
}

// first is which list has the record that comes first; negative: all are empty.
func first(heads [][]Record) int {
	best := -1
	for i, h := range heads {
		if len(h) == 0 {
			continue
		}
		if best < 0 || earlier(&h[0], &heads[best][0]) {
			best = i
		}
	}
	return best
}

func earlier(a, b *Record) bool {
	if c := a.At.Compare(b.At); c != 0 {
		return c < 0
	}
	return !ends(a.Type) && ends(b.Type)
}

func ends(t Type) bool { return t == OK || t == Fail || t == Info }
