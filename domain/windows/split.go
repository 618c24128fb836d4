package windows

import (
	"context"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
)

// Split divides a chunk among the windows of the next size, in one batch; a chunk that does not exist becomes an
// empty parent. Only a split that certainly happened lets its children be written: a child under a parent that is
// whole would never be read.
func (s *Series) Split(ctx context.Context, row chunks.Row, c *telemetry.Chunk) (bool, error) {
	parent, children := telemetry.SplitChunk(c)
	value, err := chunkcodec.Encode(nil, parent)
	if err != nil {
		return false, fault.Wrap(fault.Internal, "windows.split", err)
	}
	changes := []chunks.Change{{Key: row.Key, If: row.Version, Value: value}}
	if row.Version != "" {
		rollup, err := s.rollup(ctx, c.Window)
		if err != nil {
			return false, err
		}
		if rollup.Version != "" {
			changes = append(changes, chunks.Change{Key: rollup.Key, If: rollup.Version, Delete: true})
		}
	}
	done, err := s.withChildren(ctx, c.Window, changes, children, nil)
	if done || err != nil || planted.On(planted.SplitFailsOnLeftovers) {
		return done, err
	}
	left, err := s.leftovers(ctx, c.Window)
	if err != nil || len(left) == 0 {
		return false, err
	}
	return s.withChildren(ctx, c.Window, changes, children, left)
}

// withChildren makes a split: changes of the parent's rows, and the children in place of what is left of others.
func (s *Series) withChildren(ctx context.Context, w telemetry.Window, changes []chunks.Change,
	children []*telemetry.Chunk,
	left []chunks.Row) (bool, error) {
	changes = slices.Clone(changes)
	for _, child := range children {
		row, rollup := s.keys(child.Window)
		pair, err := s.pair(among(left, row), among(left, rollup), child)
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
	return s.apply(ctx, w, changes)
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
func (s *Series) leftovers(ctx context.Context, w telemetry.Window) ([]chunks.Row, error) {
	var out []chunks.Row
	first, _ := w.Child(w.Start())
	for _, child := range telemetry.Windows(first.Size, w.Start(), w.End()) {
		row, rollup := s.keys(child)
		for _, key := range []chunks.Key{row, rollup} {
			got, err := s.Rows.Get(ctx, key)
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

func (s *Series) keys(w telemetry.Window) (chunk, rollup chunks.Key) {
	return chunks.ChunkKey(s.Tenant, s.Series, w), chunks.RollupKey(s.Tenant, s.Series, w)
}
