// Package catalogue finds the rows in which the account keeps what is known of a source: the whole in one row, or, of
// a source that was split, the part that holds a place.
//
// A split is one batch: the source's row becomes a split row, and parts take its place; a part that grows is cut into
// itself and parts behind it in one batch, too. A part never moves and never goes: its range only gets shorter, and
// where it ends the next begins. So whoever finds a part that ends before what is asked for goes on at its end, and
// the list in the split row is a hint where to begin: it may be old, and in a source with very many parts it is
// incomplete.
//
// Nothing that is absent counts as empty. A failover brings the rows of a partition back to an earlier moment, all to
// the same, and so parts can be missing that a remembered row still names. Then the part before is asked, which holds
// everything again; and if there is none, or a part that was just read says that there must be another, the source's
// row is read again from the account.
package catalogue

import (
	"context"
	"iter"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// Get reads a row; fault.NotFound if it does not exist.
type Get func(ctx context.Context, k chunks.Key) (chunks.Row, error)

// Part is a row of a source, whole or a part, as it was read. The Version of its row is "" if the source has none
// yet; then it is the empty whole.
type Part struct {
	Row    chunks.Row
	Source *sourcerow.Row
}

// Change is what writes the part as it is now, if its row has not changed since it was read.
func (p Part) Change() (chunks.Change, error) {
	value, err := sourcerow.Encode(nil, p.Source)
	change := chunks.Change{Key: p.Row.Key, If: p.Row.Version, Value: value}
	return change, fault.Wrap(fault.Internal, "catalogue.encode", err)
}

// Source finds the rows of one source. It is for one question or one pass, and for one caller at a time.
type Source struct {
	tenant telemetry.Tenant
	name   telemetry.Source
	get    Get // of rows that may have been remembered, until one was found missing
	fresh  Get
	head   Part // the source's row
	passed []sourcerow.Place
	ended  sourcerow.Place // where the part that was found last ends
}

// Open reads a source's row. get may give rows that were remembered, fresh gives those that the account has.
func Open(ctx context.Context, t telemetry.Tenant, name telemetry.Source, get, fresh Get) (*Source, error) {
	s := &Source{tenant: t, name: name, get: get, fresh: fresh}
	return s, s.readHead(ctx)
}

// Of begins with a source's row that was just read from the account.
func Of(row chunks.Row, get, fresh Get) (*Source, error) {
	cat, err := decode(row)
	if err != nil {
		return nil, err
	}
	return &Source{tenant: cat.Tenant, name: cat.Source, get: get, fresh: fresh, head: Part{row, cat}}, nil
}

// None is a source of which the account has no row.
func None(t telemetry.Tenant, name telemetry.Source) *Source {
	return &Source{tenant: t, name: name, head: none(t, name)}
}

func none(t telemetry.Tenant, name telemetry.Source) Part {
	return Part{chunks.Row{Key: chunks.SourceKey(t, name)}, &sourcerow.Row{Tenant: t, Source: name}}
}

// Name is the source.
func (s *Source) Name() telemetry.Source { return s.name }

// Head is the source's row as it was read last: the whole, or a split row.
func (s *Source) Head() Part { return s.head }

// Passed is the places where parts begin that were found beside the list of the split row.
func (s *Source) Passed() []sourcerow.Place { return s.passed }

// Learn takes over where parts begin that were made since the source's row was read.
func (s *Source) Learn(from ...sourcerow.Place) {
	if s.head.Source.Form == sourcerow.Split {
		s.head.Source.NameParts(false, from...)
	}
}

// Reopen reads the source's row again, and from now on only what the account has.
func (s *Source) Reopen(ctx context.Context) error {
	s.get = s.fresh
	return s.readHead(ctx)
}

func (s *Source) readHead(ctx context.Context) error {
	row, err := s.get(ctx, chunks.SourceKey(s.tenant, s.name))
	if fault.Is(err, fault.NotFound) {
		s.head = none(s.tenant, s.name)
		return nil
	}
	if err != nil {
		return err
	}
	cat, err := decode(row)
	s.head = Part{row, cat}
	return err
}

func decode(row chunks.Row) (*sourcerow.Row, error) {
	cat, err := sourcerow.Decode(row.Value)
	return cat, fault.Wrap(fault.Corrupt, "catalogue.source", err)
}

// Part is the row that holds a place: the whole, or a part. fault.Unavailable while the account changes under the
// reader.
func (s *Source) Part(ctx context.Context, at sourcerow.Place) (Part, error) {
	p, found, err := s.find(ctx, at)
	if err != nil || found {
		return p, err
	}
	if err := s.Reopen(ctx); err != nil {
		return Part{}, err
	}
	p, found, err = s.find(ctx, at)
	if err == nil && !found {
		err = &fault.Error{Kind: fault.Unavailable, Op: "catalogue.part", RetryAfter: time.Second,
			Message: "the storage went back to an earlier moment while it was read: ask again"}
	}
	return p, err
}

// find is Part with the source's row that is known; not found where a part is missing that has to exist if that row
// is what it was.
func (s *Source) find(ctx context.Context, at sourcerow.Place) (p Part, found bool, err error) {
	if s.head.Source.Form == sourcerow.Whole {
		return s.head, true, nil
	}
	p, found, err = s.begin(ctx, at)
	for err == nil && found && !p.Source.Holds(at) {
		p, found, err = s.next(ctx, p.Source.To)
	}
	if found {
		s.ended = p.Source.To
	}
	return p, found, err
}

// begin is the part to begin with in looking for a place: the next, if the part that was found last ends there.
func (s *Source) begin(ctx context.Context, at sourcerow.Place) (Part, bool, error) {
	if at == s.ended && at != (sourcerow.Place{}) {
		if p, found, err := s.next(ctx, at); err != nil || found {
			return p, found, err
		}
	}
	return s.before(ctx, at)
}

// next reads the part that begins where another ends, and notes it if it is not listed.
func (s *Source) next(ctx context.Context, at sourcerow.Place) (Part, bool, error) {
	p, found, err := s.read(ctx, at)
	if _, listed := slices.BinarySearchFunc(s.head.Source.Parts, at, sourcerow.Place.Compare); found && !listed {
		s.passed = append(s.passed, at)
		s.head.Source.NameParts(true, at)
	}
	return p, found, err
}

// before is the last listed part that begins at or before a place and is there.
func (s *Source) before(ctx context.Context, at sourcerow.Place) (Part, bool, error) {
	parts := s.head.Source.Parts
	n, exactly := slices.BinarySearchFunc(parts, at, sourcerow.Place.Compare)
	if exactly {
		n++
	}
	for n--; n >= 0; n-- {
		if p, found, err := s.read(ctx, parts[n]); err != nil || found {
			return p, found, err
		}
	}
	return s.read(ctx, sourcerow.Place{})
}

// read reads the part that begins at a place.
func (s *Source) read(ctx context.Context, from sourcerow.Place) (Part, bool, error) {
	row, err := s.get(ctx, chunks.SourcePartKey(s.tenant, s.name, from))
	if fault.Is(err, fault.NotFound) {
		return Part{}, false, nil
	}
	if err != nil {
		return Part{}, false, err
	}
	cat, err := decode(row)
	if err == nil && (cat.Form != sourcerow.Part || cat.From != from || cat.Source != s.name) {
		err = fault.New(fault.Corrupt, "catalogue.part", "the row of another part stands at %q", row.Key.Row)
	}
	return Part{row, cat}, err == nil, err
}

// Parts yields the rows that hold what stands from a place on, in order. Each begins at or before the place that the
// one before ended at; what it holds before that was yielded already.
func (s *Source) Parts(ctx context.Context, from sourcerow.Place) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		for {
			p, err := s.Part(ctx, from)
			if !yield(p, err) || err != nil || p.Source.To == (sourcerow.Place{}) {
				return
			}
			from = p.Source.To
		}
	}
}

// Metric is the row of a metric, joined from the parts that hold it, and whether there is one.
func (s *Source) Metric(ctx context.Context, name telemetry.Metric) (m sourcerow.MetricRow, known bool, err error) {
	for from := sourcerow.PlaceOf(name); ; {
		p, err := s.Part(ctx, from)
		if err != nil {
			return m, known, err
		}
		if row, ok := p.Source.Between(from, p.Source.To).Metric(name); ok && !known {
			m, known = *row, true
		} else if ok {
			m = m.With(*row)
		}
		if to := p.Source.To; to == (sourcerow.Place{}) || to.Compare(sourcerow.After(name)) >= 0 || !to.Within() {
			return m, known, nil
		}
		from = p.Source.To
	}
}
