package compaction

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// source brings a source's catalogue row up to date with the blocks that name it, or finds in it the evidence that it is.
func (p *pass) source(ctx context.Context, t touching) error {
	tenant := p.shard.Tenant
	row, err := p.account.Rows.Get(ctx, chunks.SourceKey(tenant, t.source))
	absent := fault.Is(err, fault.NotFound)
	if err != nil && !absent {
		return err
	}
	cat := &telemetry.SourceRow{Tenant: tenant, Source: t.source}
	if absent {
		row.Key = chunks.SourceKey(tenant, t.source)
	} else if cat, err = telemetry.DecodeSource(row.Value); err != nil {
		return fault.Wrap(fault.Corrupt, "compaction.source", err)
	}
	p.remember(cat)
	settled := !absent && p.settled(row)
	var fresh []int
	for _, r := range t.refs {
		v := p.blocks[r.block].View
		included, err := cat.Includes(v)
		switch {
		case err != nil:
			return fault.Wrap(fault.Corrupt, "compaction.source", err)
		case !included:
			fresh = append(fresh, r.block)
		case !settled:
			p.waits(row.Committed, false, r.block)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	for _, r := range t.refs {
		if _, err := cat.Merge(p.blocks[r.block].View); err != nil {
			return fault.Wrap(fault.Corrupt, "compaction.source", err)
		}
	}
	if !absent && !p.s.rewritable(p.tide, row) {
		p.waits(row.Committed, true, fresh...)
		return nil
	}
	value, err := telemetry.EncodeSource(nil, cat)
	if err != nil {
		return fault.Wrap(fault.Internal, "compaction.source", err)
	}
	done, err := p.apply(ctx, chunks.Change{Key: row.Key, If: row.Version, Value: value})
	p.wroteFor(done, fresh...)
	return err
}
