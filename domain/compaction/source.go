package compaction

import (
	"context"

	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// source brings what the catalogue says of a source up to date with the blocks that name it, or finds in it the
// evidence that it is.
//
// Of a split source that is the parts that the blocks touch. The split row is no evidence and needs none: a part was
// made in one batch with the split row, or with the part before it, which has said ever since where it ends. So a
// version of a part below the tidemark proves the way to it.
func (p *pass) source(ctx context.Context, t touching) error {
	src, err := catalogue.Open(ctx, p.shard.Tenant, t.source, p.accounts.Get, p.accounts.Get)
	if err != nil {
		return err
	}
	s := &folding{pass: p, src: src, refs: t.refs}
	for at, more := s.next(sourcerow.Place{}); more; {
		part, err := src.Part(ctx, at)
		if err != nil {
			return err
		}
		rest, err := s.part(ctx, part)
		if err != nil {
			return err
		}
		if s.again = rest != nil; s.again {
			at = *rest
			continue
		}
		if part.Source.To == (sourcerow.Place{}) {
			break
		}
		at, more = s.next(part.Source.To)
	}
	p.understood(t.source)
	return s.nameParts(ctx)
}

// folding is a source whose rows are brought up to date.
type folding struct {
	pass  *pass
	src   *catalogue.Source
	refs  []ref
	again bool              // the row was written a moment ago, with what fits into one batch
	made  []sourcerow.Place // where parts begin that were made
	begun []sourcerow.Place // the same of a batch under way
}

// next is the first place at or behind one that a block says something of; of a metric also all of its deletions, for
// the sake of its chunks.
func (s *folding) next(from sourcerow.Place) (at sourcerow.Place, more bool) {
	for _, r := range s.refs {
		p, ok := sourcerow.NextPlace(s.pass.blocks[r.block].View, s.src.Name(), from)
		if ok && (!more || p.Compare(at) < 0) {
			at, more = p, true
		}
	}
	return at, more
}

// part brings one row up to date. If all that is new is more than one batch takes, rest is where the next begins.
func (s *folding) part(ctx context.Context, part catalogue.Part) (rest *sourcerow.Place, err error) {
	p, row, cat := s.pass, part.Row, part.Source
	present := row.Version != ""
	settled := present && (p.settled(row) || planted.On(planted.CatalogueUnsettled))
	var fresh []int
	for _, r := range s.refs {
		v := p.blocks[r.block].View
		included, err := cat.Includes(v)
		switch {
		case err != nil:
			return nil, fault.Wrap(fault.Corrupt, "compaction.source", err)
		case !included:
			fresh = append(fresh, r.block)
		case !settled && cat.Touches(v):
			p.says(awaits, p.when(row), r.block)
		}
	}
	for _, b := range fresh {
		if _, err := cat.Merge(p.blocks[b].View); err != nil {
			return nil, fault.Wrap(fault.Corrupt, "compaction.source", err)
		}
	}
	if !s.again { // else it was part of what is remembered
		p.remember(cat)
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	if present && !s.again && !p.rewritable(row) {
		p.says(toRewrite, p.when(row), fresh...)
		return nil, nil
	}
	return s.write(ctx, part, fresh)
}

// write swaps a row for what was merged into it, cut into parts if it has grown too long.
func (s *folding) write(ctx context.Context, part catalogue.Part, fresh []int) (rest *sourcerow.Place, err error) {
	p := s.pass
	s.begun = nil
	change, err := part.Change()
	changes := []chunks.Change{change}
	if err == nil && len(change.Value) > p.s.cfg.SourceBytes {
		changes, rest, err = s.cut(part)
	}
	if err != nil {
		return nil, err
	}
	done, err := p.swap(ctx, changes...)
	p.wroteFor(done, fresh...)
	if err != nil || !done {
		return nil, err
	}
	s.made = append(s.made, s.begun...)
	s.src.Learn(s.begun...)
	if len(changes) > 1 && part.Source.Form == sourcerow.Whole {
		err = s.src.Reopen(ctx)
	}
	return rest, err
}

// cut divides a row among parts, in one batch: the source's row becomes a split row, a part keeps its beginning. If
// not all fit, the last holds of what stands from its beginning on only what the row held before, and rest is there.
func (s *folding) cut(part catalogue.Part) (changes []chunks.Change, rest *sourcerow.Place, err error) {
	before := &sourcerow.Row{Tenant: part.Source.Tenant, Source: part.Source.Source}
	if part.Row.Version != "" {
		if before, err = sourcerow.Decode(part.Row.Value); err != nil {
			return nil, nil, fault.Wrap(fault.Corrupt, "compaction.cut", err)
		}
	}
	head := &sourcerow.Row{Tenant: part.Source.Tenant, Source: part.Source.Source, Form: sourcerow.Split}
	room := chunks.MaxApplyBytes - sourcerow.MaxPartsBytes - len(part.Row.Value)
	for _, piece := range sourcerow.Cut(part.Source, s.pass.s.cfg.SourceBytes) {
		if room < sourcerow.MaxBytes || len(changes) == chunks.MaxChanges-2 {
			at := piece.From
			piece, rest = before.Between(at, before.To), &at
		}
		value, err := sourcerow.Encode(nil, piece)
		if err != nil {
			return nil, nil, fault.Wrap(fault.Internal, "compaction.cut", err)
		}
		room -= len(value)
		changes = append(changes, s.change(part, piece.From, value))
		head.NameParts(false, piece.From)
		if rest != nil {
			break
		}
	}
	if part.Source.Form == sourcerow.Whole {
		value, err := sourcerow.Encode(nil, head)
		changes = append(changes, chunks.Change{Key: part.Row.Key, If: part.Row.Version, Value: value})
		return changes, rest, fault.Wrap(fault.Internal, "compaction.cut", err)
	}
	s.begun = head.Parts
	return changes, rest, nil
}

// change is what puts a part in its place: that of the part that is cut, or a new one.
func (s *folding) change(of catalogue.Part, from sourcerow.Place, value []byte) chunks.Change {
	if of.Source.Form == sourcerow.Part && from == of.Source.From {
		return chunks.Change{Key: of.Row.Key, If: of.Row.Version, Value: value}
	}
	return chunks.Change{Key: chunks.SourcePartKey(s.pass.shard.Tenant, s.src.Name(), from), Value: value}
}

// nameParts writes into the split row where new parts begin, so that they are found at once. It is a hint: losing a
// race is no harm.
func (s *folding) nameParts(ctx context.Context) error {
	passed := s.src.Passed()
	if len(s.made) == 0 && len(passed) == 0 {
		return nil
	}
	if err := s.src.Reopen(ctx); err != nil {
		return err
	}
	head := s.src.Head()
	if head.Source.Form != sourcerow.Split {
		return nil
	}
	changed := head.Source.NameParts(true, passed...)
	if !head.Source.NameParts(false, s.made...) && !changed {
		return nil
	}
	change, err := head.Change()
	if err == nil {
		_, err = s.pass.swap(ctx, change)
	}
	return err
}
