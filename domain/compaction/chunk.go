package compaction

import (
	"context"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// split divides a chunk among the windows of the next size, in one batch; a chunk that does not exist becomes an empty parent. Only a split
// that certainly happened lets its children be written: a child under a parent that is whole would never be read.
func (f *folder) split(ctx context.Context, row chunks.Row, c *telemetry.Chunk) (bool, error) {
	parent, children := telemetry.SplitChunk(c)
	value, err := telemetry.EncodeChunk(nil, parent)
	if err != nil {
		return false, fault.Wrap(fault.Internal, "compaction.split", err)
	}
	changes := []chunks.Change{{Key: row.Key, If: row.Version, Value: value}}
	if row.Version != "" {
		rollup, err := f.rollup(ctx, c.Window)
		if err != nil {
			return false, err
		}
		if rollup.Version != "" {
			changes = append(changes, chunks.Change{Key: rollup.Key, If: rollup.Version, Delete: true})
		}
	}
	for _, child := range children {
		pair, err := f.pair(chunks.Row{Key: chunks.ChunkKey(f.pass.shard.Tenant, f.series, child.Window)}, chunks.Row{}, child)
		if err != nil {
			return false, err
		}
		changes = append(changes, pair...)
	}
	return f.apply(ctx, c.Window, changes)
}

// write swaps a chunk and its rollup, and reports whether it certainly did.
func (f *folder) write(ctx context.Context, row chunks.Row, c *telemetry.Chunk) (done bool, err error) {
	rollup := chunks.Row{}
	if row.Version != "" {
		if rollup, err = f.rollup(ctx, c.Window); err != nil {
			return false, err
		}
	}
	pair, err := f.pair(row, rollup, c)
	if err != nil {
		return false, err
	}
	return f.apply(ctx, c.Window, pair)
}

// apply swaps rows of a window, and once more after making the tables of its year if they were not there.
func (f *folder) apply(ctx context.Context, w telemetry.Window, changes []chunks.Change) (done bool, err error) {
	done, err = f.pass.apply(ctx, changes...)
	if !fault.Is(err, fault.NotFound) {
		return done, err
	}
	if err := f.pass.account.Rows.Prepare(ctx, telemetry.YearOf(w.Start())); err != nil {
		return false, err
	}
	return f.pass.apply(ctx, changes...)
}

func (f *folder) rollup(ctx context.Context, w telemetry.Window) (chunks.Row, error) {
	key := chunks.RollupKey(f.pass.shard.Tenant, f.series, w)
	row, err := f.pass.account.Rows.Get(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return chunks.Row{Key: key}, nil
	}
	return row, err
}

// pair is the two changes that write a chunk and its rollup.
func (f *folder) pair(row, rollup chunks.Row, c *telemetry.Chunk) ([]chunks.Change, error) {
	value, err := telemetry.EncodeChunk(nil, c)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compaction.encode", err)
	}
	sums, err := analytics.EncodeRollup(nil, analytics.RollupOf(c))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compaction.encode", err)
	}
	key := chunks.RollupKey(f.pass.shard.Tenant, f.series, c.Window)
	return []chunks.Change{{Key: row.Key, If: row.Version, Value: value}, {Key: key, If: rollup.Version, Value: sums}}, nil
}
