package compaction

import (
	"context"
	"slices"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
)

// split divides a chunk among the windows of the next size, in one batch; a chunk that does not exist becomes an
// empty parent. Only a split that certainly happened lets its children be written: a child under a parent that is
// whole would never be read.
func (f *folder) split(ctx context.Context, row chunks.Row, c *telemetry.Chunk) (bool, error) {
	parent, children := telemetry.SplitChunk(c)
	value, err := chunkcodec.Encode(nil, parent)
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
	done, err := f.withChildren(ctx, c.Window, changes, children, nil)
	if done || err != nil || planted.On(planted.SplitFailsOnLeftovers) {
		return done, err
	}
	left, err := f.leftovers(ctx, c.Window)
	if err != nil || len(left) == 0 {
		return false, err
	}
	return f.withChildren(ctx, c.Window, changes, children, left)
}

// withChildren makes a split: changes of the parent's rows, and the children in place of what is left of others.
func (f *folder) withChildren(ctx context.Context, w telemetry.Window, changes []chunks.Change,
	children []*telemetry.Chunk,
	left []chunks.Row) (bool, error) {
	changes = slices.Clone(changes)
	for _, child := range children {
		row, rollup := f.keys(child.Window)
		pair, err := f.pair(among(left, row), among(left, rollup), child)
		if err != nil {
			return false, err
		}
		changes = append(changes, pair...)
	}
	for _, row := range left {
		if !slices.ContainsFunc(changes, func(c chunks.Change) bool { return c.Key == row.Key }) {
			changes = append(changes, chunks.Change{Key: row.Key, If: row.Version, Delete: true})
		}
	}
	return f.apply(ctx, w, changes)
}

// among is the row of a key, or one that does not exist.
func among(rows []chunks.Row, key chunks.Key) chunks.Row {
	for _, row := range rows {
		if row.Key == key {
			return row
		}
	}
	return chunks.Row{Key: key}
}

// leftovers are the rows below a window that is whole. A failover undid its split, and whoever had read the split
// before wrote them after. Nothing counts on them, because whoever reads them reads the window first.
func (f *folder) leftovers(ctx context.Context, w telemetry.Window) ([]chunks.Row, error) {
	var out []chunks.Row
	first, _ := w.Child(w.Start())
	for _, child := range telemetry.Windows(first.Size, w.Start(), w.End()) {
		row, rollup := f.keys(child)
		for _, key := range []chunks.Key{row, rollup} {
			got, err := f.pass.account.Rows.Get(ctx, key)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, got)
		}
	}
	return out, nil
}

func (f *folder) keys(w telemetry.Window) (chunk, rollup chunks.Key) {
	tenant := f.pass.shard.Tenant
	return chunks.ChunkKey(tenant, f.series, w), chunks.RollupKey(tenant, f.series, w)
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
	value, err := chunkcodec.Encode(nil, c)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compaction.encode", err)
	}
	sums, err := analytics.EncodeRollup(nil, analytics.RollupOf(c))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compaction.encode", err)
	}
	key := chunks.RollupKey(f.pass.shard.Tenant, f.series, c.Window)
	return []chunks.Change{{Key: row.Key, If: row.Version, Value: value}, {Key: key, If: rollup.Version, Value: sums}},
		nil
}
