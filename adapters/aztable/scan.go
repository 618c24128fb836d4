package aztable

import (
	"context"
	"iter"
	"slices"
	"strings"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/ports/chunks"
)

// Scan implements chunks.Store. Keys that were shortened are not in the order of their names: rows that share the
// part that is kept of a long key are gathered and sorted before they are yielded.
func (r *Rows) Scan(ctx context.Context, in chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "rows.scan"
	return func(yield func(chunks.Row, error) bool) {
		t, p, err := r.tableOf(op, in.Partition)
		if err != nil {
			yield(chunks.Row{}, err)
			return
		}
		s := scan{in: in, op: op, yield: yield}
		for pg, err := range t.Query(ctx, op, p, keyRange(in), maxPage) {
			if tables.Missing(err) {
				return
			}
			if err != nil {
				if !s.flush() {
					return
				}
				yield(chunks.Row{}, azkit.Classify(ctx, op, azkit.Read, err))
				return
			}
			for _, e := range pg.Rows {
				if !s.take(e) {
					return
				}
			}
		}
		s.flush()
	}
}

// keyRange holds at least the rows of a range.
func keyRange(in chunks.Range) azkit.Filter {
	from := azkit.RowKey.AtLeast(azkit.From(in.From))
	if in.To == "" {
		return from
	}
	return azkit.And(from, azkit.RowKey.Below(azkit.To(in.To)))
}

// scan yields rows in the order of their names.
type scan struct {
	in    chunks.Range
	op    string
	yield func(chunks.Row, error) bool

	prefix string       // of the group that is being gathered
	group  []chunks.Row // gathered
}

// take takes the next row in the order of keys. It is false when the consumer, or an error, has ended the scan.
func (s *scan) take(e entity.Entity) bool {
	row, err := chunkOf(s.op, e, s.in.Partition)
	if err != nil {
		s.yield(chunks.Row{}, err)
		return false
	}
	prefix, ok := azkit.Group(e.RK)
	if !ok || prefix != s.prefix {
		if !s.flush() {
			return false
		}
	}
	if row.Key.Row < s.in.From || (s.in.To != "" && row.Key.Row >= s.in.To) {
		return true
	}
	if !ok {
		return s.yield(row, nil)
	}
	s.prefix = prefix
	s.group = append(s.group, row)
	return true
}

func (s *scan) flush() bool {
	group := s.group
	s.group, s.prefix = nil, ""
	slices.SortFunc(group, func(a, b chunks.Row) int { return strings.Compare(a.Key.Row, b.Key.Row) })
	for _, row := range group {
		if !s.yield(row, nil) {
			return false
		}
	}
	return true
}
