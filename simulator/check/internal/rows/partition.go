package rows

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	"tidemark/simulator/history"
)

// place is a partition of a table, or the table as a whole.
type place struct {
	table, key string
	whole      bool
}

func (p place) String() string {
	if p.whole {
		return "table " + p.table
	}
	return "partition " + strconv.Quote(p.key) + " of table " + p.table
}

// write is one write of a place that was done, with its stamp in Unix nanoseconds.
type write struct {
	place
	op    *history.Op
	stamp int64
	reign int // in which it was done
	lost  int // the failover that lists it, from 1; 0: none does
}

func (w *write) rows() []history.Row { return w.op.Call.Rows }

// clears reports whether it deletes the table.
func (w *write) clears() bool {
	return w.whole && slices.ContainsFunc(w.rows(), func(r history.Row) bool { return r.Do == history.DropTable })
}

// state is what a partition has, by RowKey. Equal states have equal sums.
type state struct {
	rows map[string]kept
	sum  uint64
}

type kept struct {
	stamp  int64
	fields map[string]any
	sum    uint64
}

func newState() state { return state{rows: map[string]kept{}} }

func (s *state) set(key string, k kept) {
	h := fnv.New64a()
	// came from JSON; sorted by name
	text, _ := json.Marshal(k.fields)
	_, _ = h.Write(append(strconv.AppendInt([]byte(key+"\x00"), k.stamp, 10), text...)) // never fails
	k.sum = h.Sum64()
	s.sum += k.sum - s.rows[key].sum
	s.rows[key] = k
}

func (s *state) remove(key string) {
	s.sum -= s.rows[key].sum
	delete(s.rows, key)
}

// do does a write.
func (s *state) do(w *write) {
	if w.clears() {
		*s = newState()
	}
	for _, op := range w.rows() {
		switch op.Do {
		case history.DeleteRow:
			s.remove(op.Key)
		case history.Put:
			s.set(op.Key, kept{stamp: w.stamp, fields: merged(nil, op.Fields)})
		case history.Merge:
			s.set(op.Key, kept{stamp: w.stamp, fields: merged(s.rows[op.Key].fields, op.Fields)})
		}
	}
}

// merged is fields with others over them. A field that comes without its type loses the old one.
func merged(old, over map[string]any) map[string]any {
	out := maps.Clone(old)
	if out == nil {
		out = map[string]any{}
	}
	for name := range over {
		delete(out, name+"@odata.type")
	}
	maps.Copy(out, over)
	return out
}

// past is all states that a partition was in.
type past struct {
	writes []*write         // in the order of reigns, and of stamps
	at     map[uint64][]int // sum of a state: after how many writes it was so, rising
}

func inOrderOf(a, b *write) int {
	return cmp.Or(cmp.Compare(a.reign, b.reign), cmp.Compare(a.stamp, b.stamp))
}

func newPast(writes []*write) *past {
	p := &past{writes: writes, at: map[uint64][]int{}}
	slices.SortFunc(writes, inOrderOf)
	s := newState()
	p.at[s.sum] = []int{0}
	for i, w := range writes {
		s.do(w)
		p.at[s.sum] = append(p.at[s.sum], i+1)
	}
	return p
}

// after is the state after so many writes.
func (p *past) after(n int) state {
	s := newState()
	for _, w := range p.writes[:n] {
		s.do(w)
	}
	return s
}

// before is how many writes are of earlier reigns, or stamped before a time of this one.
func (p *past) before(reign int, stamp int64) int {
	n, _ := slices.BinarySearchFunc(p.writes, &write{reign: reign, stamp: stamp}, inOrderOf)
	return n
}
