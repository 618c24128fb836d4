package memory

import (
	"context"
	"iter"
	"math"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// Secondary is the memory twin of the account's secondary endpoint (chunks.Reader): of each partition what its rows
// were at some moment. It goes back as far as KeepHistory says. It has faults of its own, and is safe for concurrent
// use.
type Secondary struct {
	storage
	of     *Rows
	moment func(chunks.Partition) time.Time
}

var _ chunks.Reader = (*Secondary)(nil)

// Secondary is the rows as they had arrived at a moment, by the storage's clock, which may be another for each
// partition and moves on: what was changed at it or later is not there. A year that was expired is gone there too.
func (r *Rows) Secondary(moment func(chunks.Partition) time.Time) *Secondary {
	return &Secondary{storage{sched: r.sched}, r, moment}
}

// Get implements chunks.Reader.
func (s *Secondary) Get(ctx context.Context, k chunks.Key) (row chunks.Row, err error) {
	const op = "secondary.get"
	err = s.read(ctx, op, func() error {
		rec, ok := s.rows(k.Partition)[k.Row]
		if !ok {
			return fault.New(fault.NotFound, op, "there is no such row")
		}
		row = rec.row(k)
		return nil
	})
	return row, err
}

// Scan implements chunks.Reader: each page is as of one moment.
func (s *Secondary) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(yield func(chunks.Row, error) bool) {
		for from, more := of.From, true; more; {
			var page []chunks.Row
			err := s.read(ctx, "secondary.scan", func() error {
				page, more = s.page(of, from)
				return nil
			})
			if err != nil {
				yield(chunks.Row{}, err)
				return
			}
			for _, row := range page {
				if !yield(row, nil) {
					return
				}
				from = row.Key.Row + "\x00" // the least string above it
			}
		}
	}
}

// Expired implements chunks.Reader.
func (s *Secondary) Expired(ctx context.Context) (before int32, err error) {
	before = math.MinInt32
	err = s.read(ctx, "secondary.expired", func() error {
		s.of.mu.Lock()
		defer s.of.mu.Unlock()
		if s.of.hasExpired {
			before = s.of.expired
		}
		return nil
	})
	return before, err
}

// rows are a partition's rows as they have arrived.
func (s *Secondary) rows(p chunks.Partition) map[string]record {
	moment := s.moment(p)
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	out := map[string]record{}
	if now := s.of.partitions[p]; now != nil {
		for name, rec := range now.rows {
			out[name] = rec
		}
	}
	for _, u := range slices.Backward(s.of.history) {
		switch {
		case u.key.Partition != p || u.made || u.at.Before(moment):
		case u.existed:
			out[u.key.Row] = u.before
		default:
			delete(out, u.key.Row)
		}
	}
	return out
}

// page is some rows of a range, from a row on, and whether there are more.
func (s *Secondary) page(of chunks.Range, from string) (page []chunks.Row, more bool) {
	rows := s.rows(of.Partition)
	var names []string
	for name := range rows {
		if name >= from && (of.To == "" || name < of.To) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if more = len(names) > scanPage; more {
		names = names[:scanPage]
	}
	for _, name := range names {
		page = append(page, rows[name].row(chunks.Key{Partition: of.Partition, Row: name}))
	}
	return page, more
}
