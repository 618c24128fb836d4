package memory_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/ports/chunks"
	"tidemark/ports/chunks/chunkstest"
)

func TestSecondaryProof(t *testing.T) {
	chunkstest.RunSecondary(t, func(chunkstest.T) chunkstest.Replicated {
		s := goruntime.New()
		rows := memory.NewRows(s)
		rows.KeepHistory(time.Hour)
		var arrived time.Time
		return chunkstest.Replicated{Store: rows,
			Secondary: rows.Secondary(func(chunks.Partition) time.Time { return arrived }),
			Arrive:    func() { arrived = s.Now().Add(1) }}
	})
}
