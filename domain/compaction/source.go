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
	changed, settled := false, !absent && p.settled(row)
	for _, r := range t.refs {
		v := p.blocks[r.block].View
		included, err := cat.Includes(v)
		if err != nil {
			return fault.Wrap(fault.Corrupt, "compaction.source", err)
		}
		if !included || !settled {
			p.unproven(r.block)
		}
		changed = changed || !included
	}
	if !changed {
		return nil
	}
	for _, r := range t.refs {
		if _, err := cat.Merge(p.blocks[r.block].View); err != nil {
			return fault.Wrap(fault.Corrupt, "compaction.source", err)
		}
	}
	if !absent && !p.s.rewritable(p.tide, row) {
		return nil
	}
	value, err := telemetry.EncodeSource(nil, cat)
	if err != nil {
		return fault.Wrap(fault.Internal, "compaction.source", err)
	}
	_, err = p.apply(ctx, chunks.Change{Key: row.Key, If: row.Version, Value: value})
	return err
}
