package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/gateway/internal/tables"
)

// place is a partition of a table, as clients name it.
type place struct{ table, pk string }

// written is a write that its writer knows to be done, or, in a failover, does not know about.
type written struct {
	place
	stamp  time.Time // of the ETag that the writer got; of a deletion alone, which has none, of the truth stream
	ops    []rowOp
	clears bool // it deletes the table; pk is ""
	whole  bool // it makes or deletes the table

	began, ended time.Time // of the call
}

// rowOp is what a write does to one row. Fields have their type annotations beside them, as on the wire.
type rowOp struct {
	kind   string // put, merge, delete
	rk     string
	fields map[string]any
}

// rowState is a version of a row.
type rowState struct {
	stamp  time.Time
	fields map[string]any
}

// state is what a partition has, by RowKey.
type state map[string]rowState

// do does a write.
func (s state) do(w written) {
	if w.clears {
		clear(s)
	}
	for _, op := range w.ops {
		old := s[op.rk]
		switch op.kind {
		case "delete":
			delete(s, op.rk)
			continue
		case "put":
			old.fields = nil
		}
		fields := maps.Clone(old.fields)
		if fields == nil {
			fields = map[string]any{}
		}
		for name := range op.fields {
			delete(fields, name+"@odata.type")
		}
		maps.Copy(fields, op.fields)
		s[op.rk] = rowState{stamp: w.stamp, fields: fields}
	}
}

// text is a row as one line: equal rows have equal lines.
func (v rowState) text(rk string) string {
	fields, _ := json.Marshal(v.fields) // sorted by name; values are of JSON
	return rk + " " + tables.StampText(v.stamp) + " " + string(fields)
}

// sum does not depend on the order of rows.
func (s state) sum() uint64 {
	var sum uint64
	for rk, v := range s {
		h := fnv.New64a()
		_, _ = h.Write([]byte(v.text(rk))) // never fails
		sum += h.Sum64()
	}
	return sum
}

// lines are the rows, sorted.
func (s state) lines() []string {
	lines := make([]string, 0, len(s))
	for rk, v := range s {
		lines = append(lines, v.text(rk))
	}
	slices.Sort(lines)
	return lines
}

// plainTypes need no annotation: JSON has them.
var plainTypes = []any{"Edm.String", "Edm.Int32", "Edm.Double", "Edm.Boolean"}

// parseRow takes a row apart as a client got it; stored is as a store has it, with its carrier. A Timestamp that the
// ETag does not belong to is an error.
func parseRow(raw []byte, stored bool) (pk, rk string, v rowState, err error) {
	v.fields = map[string]any{}
	if err = json.NewDecoder(bytes.NewReader(raw)).Decode(&v.fields); err != nil {
		return "", "", v, err
	}
	take := func(name string) string {
		text, _ := v.fields[name].(string)
		delete(v.fields, name)
		return text
	}
	pk, rk = take("PartitionKey"), take("RowKey")
	stamp, etag, carrier := take("Timestamp"), take("odata.etag"), take(tables.Carrier)
	if stored {
		stamp, etag = carrier, ""
	} else if carrier != "" {
		return pk, rk, v, fmt.Errorf("row %s/%s shows its carrier", pk, rk)
	}
	if v.stamp, err = tables.ParseStampText(stamp); err != nil {
		return pk, rk, v, err
	}
	if etag != "" && etag != tables.ETag(v.stamp) {
		return pk, rk, v, fmt.Errorf("row %s/%s has Timestamp %s and ETag %s", pk, rk, stamp, etag)
	}
	for name, value := range v.fields {
		if strings.HasPrefix(name, "odata.") || strings.HasSuffix(name, "@odata.type") &&
			slices.Contains(plainTypes, value) || name == "Timestamp@odata.type" {
			delete(v.fields, name)
		}
	}
	return pk, rk, v, nil
}

// sight is a partition as a reader saw it.
type sight struct {
	place
	reader   int
	endpoint string // primary, secondary
	// every write stamped before it has to be there: the Last Sync Time, or the last acknowledged at the primary
	floor time.Time
	sum   uint64
	lines []string
}

// past is all states that a partition was in.
type past struct {
	writes []written        // by stamp
	at     map[uint64][]int // sum of a state: after how many writes it was so, rising
	last   state
}

// pasts gives each partition's. Writes to a table as a whole are in the past of every partition of it.
func pasts(places []place, writes []written) map[place]*past {
	all := make(map[place]*past, len(places))
	for _, p := range places {
		h := &past{at: map[uint64][]int{}, last: state{}}
		for _, w := range writes {
			if w.place == p || w.clears && w.table == p.table {
				h.writes = append(h.writes, w)
			}
		}
		slices.SortFunc(h.writes, func(a, b written) int { return a.stamp.Compare(b.stamp) })
		h.at[h.last.sum()] = []int{0}
		for i, w := range h.writes {
			h.last.do(w)
			sum := h.last.sum()
			h.at[sum] = append(h.at[sum], i+1)
		}
		all[p] = h
	}
	return all
}

// before is how many writes are stamped before a time.
func (h *past) before(at time.Time) int {
	n, _ := slices.BinarySearchFunc(h.writes, at, func(w written, at time.Time) int { return w.stamp.Compare(at) })
	return n
}

// checkSights holds every sight against the past: it shows a state in which the partition was, not one before what
// the reader saw there last, and not one before the floor. Sights are in the order in which each reader had them.
func checkSights(all map[place]*past, sights []sight) (wrong []string) {
	type view struct {
		place
		reader   int
		endpoint string
	}
	seen := map[view]int{}
	for _, s := range sights {
		h := all[s.place]
		of := view{s.place, s.reader, s.endpoint}
		floor := h.before(s.floor)
		matching := h.at[s.sum]
		least := max(floor, seen[of])
		i, _ := slices.BinarySearch(matching, least)
		switch {
		case len(matching) == 0:
			wrong = append(wrong, fmt.Sprintf("out of order: the %s shows %v as it never was: %s", s.endpoint, s.place,
				h.nearest(s)))
		case i < len(matching):
			seen[of] = matching[i]
		case matching[len(matching)-1] < floor:
			missing := h.writes[matching[len(matching)-1]]
			wrong = append(wrong, fmt.Sprintf("missing: the %s shows %v without the write stamped %s, and all "+
				"before %s were to be there",
				s.endpoint, s.place, tables.StampText(missing.stamp), tables.StampText(s.floor)))
		default:
			wrong = append(wrong, fmt.Sprintf("backwards: the %s shows %v as it was after %d writes, and had shown "+
				"it after %d", s.endpoint, s.place, matching[len(matching)-1], seen[of]))
		}
	}
	return wrong
}

// nearest says how a sight differs from the state that its newest row belongs to.
func (h *past) nearest(s sight) string {
	newest := ""
	for _, line := range s.lines {
		newest = max(newest, strings.Fields(line)[1])
	}
	st, n := state{}, 0
	for ; n < len(h.writes) && tables.StampText(h.writes[n].stamp) <= newest; n++ {
		st.do(h.writes[n])
	}
	was := st.lines()
	drop := func(from, of []string) []string {
		return slices.DeleteFunc(slices.Clone(from), func(line string) bool { return slices.Contains(of, line) })
	}
	return fmt.Sprintf("after %d of %d writes the rows %q were there instead of %q", n, len(h.writes),
		drop(was, s.lines), drop(s.lines, was))
}
