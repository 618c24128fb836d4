package aztable

import (
	"context"
	"iter"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Pages of a read are sized by what the rows before them weighed: the service ends a page at 1,000 rows, and nothing
// but us keeps a page of 1,000 blocks of a megabyte from the wire.
const (
	firstPage = 4
	pageBytes = 4 << 20
	maxPage   = 1000
)

// Read implements journal.Journal. It goes on by key after every page, so a page can have a size of its own and a
// switch to another endpoint would do no harm.
func (j *Journal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	const op = "journal.read"
	return func(yield func(journal.Entry, error) bool) {
		p, err := j.place(ctx, op, s)
		if err != nil {
			yield(journal.Entry{}, err)
			return
		}
		if after >= maxNumber {
			return
		}
		r := reader{place: p, op: op, from: p.block(after+1, 0), top: firstPage}
		for !r.done {
			entries, err := r.next(ctx)
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(journal.Entry{}, azkit.Classify(ctx, op, azkit.Read, err))
				return
			}
		}
	}
}

// Heads implements journal.Journal: a projection of the first rows, which leaves the values where they are.
func (j *Journal) Heads(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Head, error] {
	const op = "journal.heads"
	return func(yield func(journal.Head, error) bool) {
		p, err := j.place(ctx, op, s)
		if err != nil {
			yield(journal.Head{}, err)
			return
		}
		if after >= maxNumber {
			return
		}
		keys := p.blocksFrom(p.block(after+1, 0))
		for pg, err := range p.Query(ctx, op, p.Partition, keys, maxPage, propParts, propVoid, propStamp) {
			if err != nil {
				if err = p.client.absent(ctx, op, err); err != nil {
					yield(journal.Head{}, err)
				}
				return
			}
			for _, e := range pg.Rows {
				h, first, err := p.head(op, e)
				if (first || err != nil) && !yield(h, err) || err != nil {
					return
				}
			}
		}
	}
}

// head reads a row of a block; first is false of a second part, which says nothing.
func (p place) head(op string, e entity.Entity) (h journal.Head, first bool, err error) {
	n, part, err := p.blockNumber(op, e.RK)
	if err != nil || part != 0 {
		return h, false, err
	}
	h, _, err = headOf(op, e, n)
	return h, true, err
}

// blocksFrom is the rows of the stream's blocks from a key on.
func (p place) blocksFrom(key string) azkit.Filter {
	return azkit.And(azkit.RowKey.AtLeast(key), azkit.RowKey.Below(p.block(maxNumber, 9)))
}

// reader reads a stream page by page.
type reader struct {
	place
	op   string
	from string // the key to go on from
	top  int32
	done bool
}

// next reads until there is a page with rows, or the end. What it gives beside an error is good.
func (r *reader) next(ctx context.Context) ([]journal.Entry, error) {
	for pg, err := range r.Query(ctx, r.op, r.Partition, r.blocksFrom(r.from), r.top) {
		if err != nil {
			r.done = true
			return nil, r.client.absent(ctx, r.op, err)
		}
		r.done = pg.Last
		if len(pg.Rows) > 0 {
			return r.entries(ctx, pg.Rows)
		}
	}
	r.done = true
	return nil, nil
}

// entries joins the rows of a page and moves the reader on. The second part of a block that the page cut in two is
// got by its key.
func (r *reader) entries(ctx context.Context, rows []entity.Entity) ([]journal.Entry, error) {
	var out []journal.Entry
	weight := 0
	for i := 0; i < len(rows); i++ {
		n, part, err := r.blockNumber(r.op, rows[i].RK)
		if err != nil {
			return out, err
		}
		r.from = r.block(n+1, 0)
		if part != 0 {
			continue // its first part was swept, or stored after the query had passed it
		}
		e, parts, err := entryOf(r.op, rows[i], n)
		if err != nil {
			return out, err
		}
		if parts == 2 && i+1 < len(rows) && rows[i+1].RK == r.block(n, 1) {
			i++
			rest, err := rows[i].Value(r.op)
			if err != nil {
				return out, err
			}
			e.Block = append(e.Block, rest...)
		} else if parts == 2 {
			e, _, err = r.readBlock(ctx, r.op, n)
			if tables.RowMissing(err) || tables.Missing(err) {
				continue // swept
			}
			if err != nil {
				return out, err
			}
		}
		weight += len(e.Block)
		out = append(out, e)
	}
	r.top = int32(min(maxPage, max(firstPage, len(rows)*pageBytes/max(weight, 1))))
	return out, nil
}
