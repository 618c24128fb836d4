package bounds

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// Floor reads a shard's floor; zero for a shard without one.
func Floor(ctx context.Context, rows chunks.Reader, s telemetry.Shard) (telemetry.Stamp, chunks.Row, error) {
	row, err := rows.Get(ctx, chunks.ShardKey(s))
	if fault.Is(err, fault.NotFound) {
		return 0, chunks.Row{Key: chunks.ShardKey(s)}, nil
	}
	if err != nil {
		return 0, row, err
	}
	st, err := telemetry.DecodeShardState(row.Value)
	if err != nil {
		return 0, row, fault.Wrap(fault.Corrupt, "floor", err)
	}
	return st.Floor, row, nil
}

// Registered lists the shards that a journal knows.
func Registered(ctx context.Context, d journal.Directory) (all []journal.Registered, err error) {
	for r, err := range d.Shards(ctx) {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
