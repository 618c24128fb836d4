package compaction_test

import (
	"context"
	"testing"

	"tidemark/domain/compaction"
	shared "tidemark/domain/internal/house"
)

var shard, series = shared.Shard, shared.Series

// house has what tests of compaction alone do in it.
type house struct{ *shared.House }

func in(t *testing.T, cfg compaction.Config, body func(ctx context.Context, h *house)) {
	t.Helper()
	shared.In(t, cfg, func(ctx context.Context, h *shared.House) { body(ctx, &house{h}) })
}
