// Package windows reads and writes the rows of a series' windows in an account: a chunk with its rollup, or the marker
// of a window that was split. It knows nothing of blocks: what goes into a chunk is said by whoever folds or purges.
package windows

import (
	"context"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
)

// Series is the rows of one series.
type Series struct {
	Rows   chunks.Store
	Tenant telemetry.Tenant
	Series telemetry.Series
	Wrote  func(rows int) // hears how many rows were certainly written; nil: nobody does
}

// Read gets a chunk; one that does not exist is empty, with a floor: that of its shard.
func (s *Series) Read(ctx context.Context, w telemetry.Window,
	floor telemetry.Stamp) (chunks.Row, *telemetry.Chunk, error) {
	key := chunks.ChunkKey(s.Tenant, s.Series, w)
	row, err := s.Rows.Get(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return chunks.Row{Key: key}, &telemetry.Chunk{Tenant: s.Tenant, Series: s.Series, Window: w, Floor: floor}, nil
	}
	if err != nil {
		return row, nil, err
	}
	c, err := chunkcodec.Decode(row.Value)
	if err != nil {
		return row, nil, fault.Wrap(fault.Corrupt, "windows.read", err)
	}
	return row, c, nil
}

// Write swaps a chunk and its rollup, and reports whether it certainly did.
func (s *Series) Write(ctx context.Context, row chunks.Row, c *telemetry.Chunk) (done bool, err error) {
	rollup := chunks.Row{}
	if row.Version != "" {
		if rollup, err = s.rollup(ctx, c.Window); err != nil {
			return false, err
		}
	}
	pair, err := s.pair(row, rollup, c)
	if err != nil {
		return false, err
	}
	return s.apply(ctx, c.Window, pair)
}

// apply swaps rows of a window, and once more after making the tables of its year if they were not there.
func (s *Series) apply(ctx context.Context, w telemetry.Window, changes []chunks.Change) (done bool, err error) {
	done, err = chunks.Swap(ctx, s.Rows, changes...)
	if fault.Is(err, fault.NotFound) {
		if err := s.Rows.Prepare(ctx, telemetry.YearOf(w.Start())); err != nil {
			return false, err
		}
		done, err = chunks.Swap(ctx, s.Rows, changes...)
	}
	if done && s.Wrote != nil {
		s.Wrote(len(changes))
	}
	return done, err
}

func (s *Series) rollup(ctx context.Context, w telemetry.Window) (chunks.Row, error) {
	key := chunks.RollupKey(s.Tenant, s.Series, w)
	row, err := s.Rows.Get(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return chunks.Row{Key: key}, nil
	}
	return row, err
}

// pair is the two changes that write a chunk and its rollup.
func (s *Series) pair(row, rollup chunks.Row, c *telemetry.Chunk) ([]chunks.Change, error) {
	value, err := chunkcodec.Encode(nil, c)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "windows.encode", err)
	}
	sums, err := analytics.EncodeRollup(nil, analytics.RollupOf(c))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "windows.encode", err)
	}
	key := chunks.RollupKey(s.Tenant, s.Series, c.Window)
	return []chunks.Change{{Key: row.Key, If: row.Version, Value: value}, {Key: key, If: rollup.Version, Value: sums}},
		nil
}
