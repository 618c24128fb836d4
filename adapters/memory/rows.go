package memory

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// scanPage is how many rows one step of a scan sees at the same moment. It is small, so that schedules find what
// happens in between.
const scanPage = 64

// Rows is the memory twin of the geo-redundant account's tables (chunks.Store). It is strict where a real account is:
// a table that was not prepared refuses changes with fault.NotFound, an expired one too. It is safe for concurrent
// use.
type Rows struct {
	storage
	base       bool           // Catalogue, State and Tasks exist
	years      map[int32]bool // chunk tables that exist
	expired    int32          // every year before it is gone for good
	hasExpired bool
	partitions map[chunks.Partition]*partition
	versions   uint64 // never reused, so that a row made again is never taken for the one that was deleted

	keep    time.Duration // for how long changes can be taken back
	history []undo        // in the order of the changes
}

var _ chunks.Store = (*Rows)(nil)

// partition keeps the rows of one partition; order is their names, rising.
type partition struct {
	order []string
	rows  map[string]record
}

type record struct {
	value     []byte
	version   chunks.Version
	committed time.Time
}

// NewRows makes an account without tables.
func NewRows(s sched.Scheduler) *Rows {
	return &Rows{storage: storage{sched: s}, years: map[int32]bool{}, partitions: map[chunks.Partition]*partition{}}
}

// Get implements chunks.Store.
func (r *Rows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	const op = "chunks.get"
	var row chunks.Row
	err := r.read(ctx, op, func() error {
		rec, ok := r.find(k)
		if !ok {
			return fault.New(fault.NotFound, op, "there is no such row")
		}
		row = rec.row(k)
		return nil
	})
	if err != nil {
		return chunks.Row{}, err
	}
	return row, nil
}

// Scan implements chunks.Store. A fault strikes after the first row: a scan that fails has often given something
// already.
func (r *Rows) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "chunks.scan"
	return func(yield func(chunks.Row, error) bool) {
		struck := r.faultOf(op)
		size := scanPage
		if struck != FaultNone {
			size = 1
		}
		from, more := of.From, true
		for first := true; more; first = false {
			if err := r.point(ctx, op); err != nil {
				yield(chunks.Row{}, err)
				return
			}
			if err := struck.Reading(op); err != nil && !first {
				yield(chunks.Row{}, err)
				return
			}
			var page []chunks.Row
			page, more = r.page(of, from, size)
			more = more || (first && struck != FaultNone)
			for _, row := range page {
				if !yield(row, nil) {
					return
				}
				from = row.Key.Row + "\x00" // the least string above it
			}
		}
	}
}

// page is up to size rows of a range, from a row on, and whether there are more.
func (r *Rows) page(of chunks.Range, from string, size int) ([]chunks.Row, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.partitions[of.Partition]
	if p == nil {
		return nil, false
	}
	start, _ := slices.BinarySearch(p.order, from)
	end := len(p.order)
	if of.To != "" {
		end, _ = slices.BinarySearch(p.order, of.To)
	}
	if start >= end {
		return nil, false
	}
	names := p.order[start:min(end, start+size)]
	page := make([]chunks.Row, len(names))
	for i, name := range names {
		page[i] = p.rows[name].row(chunks.Key{Partition: of.Partition, Row: name})
	}
	return page, start+size < end
}

func (r *Rows) partitionOf(of chunks.Partition) *partition {
	p := r.partitions[of]
	if p == nil {
		p = &partition{rows: map[string]record{}}
		r.partitions[of] = p
	}
	return p
}

func (p *partition) put(row string, rec record) {
	if _, existed := p.rows[row]; !existed {
		at, _ := slices.BinarySearch(p.order, row)
		p.order = slices.Insert(p.order, at, row)
	}
	p.rows[row] = rec
}

func (p *partition) remove(row string) {
	if _, existed := p.rows[row]; existed {
		at, _ := slices.BinarySearch(p.order, row)
		p.order = slices.Delete(p.order, at, at+1)
		delete(p.rows, row)
	}
}

func (r *Rows) find(k chunks.Key) (record, bool) {
	p := r.partitions[k.Partition]
	if p == nil {
		return record{}, false
	}
	rec, ok := p.rows[k.Row]
	return rec, ok
}

func (rec record) row(k chunks.Key) chunks.Row {
	return chunks.Row{Key: k, Value: bytes.Clone(rec.value), Version: rec.version, Committed: rec.committed}
}

func (r *Rows) nextVersion() chunks.Version {
	r.versions++
	return chunks.Version("v" + strconv.FormatUint(r.versions, 36))
}
