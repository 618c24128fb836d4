package ingest

import (
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// TestACallerThatGivesUpWhileItsPieceIsPutBack gives up between the moment in which a piece that did not fit into its
// block is in the queue again and the one in which the writer looks at it: there is no wait between the two in which
// virtual time could do it.
func TestACallerThatGivesUpWhileItsPieceIsPutBack(t *testing.T) {
	sched := memory.NewSched(1)
	s := New(Config{}, Sites{}, sched, nil, nil, Observer{})
	w := &shardWriter{s: s.core, wake: sched.NewEvent()}
	for range 2 {
		w.add(&pending{batch: new(telemetry.Batch), size: 10, series: 1, done: sched.NewEvent()}, time.Time{})
	}
	block := w.take()
	s.mu.Lock()
	w.putBack(block[1:])
	s.mu.Unlock()
	s.abandon(block[1], false)
	w.closed(block, nil)
	if len(w.queue) != 0 || w.bytes != 0 || !fault.Is(block[1].err, fault.Unavailable) || block[0].stage != closed {
		t.Errorf("%d in the queue with %d bytes; the one that gave up is told %v", len(w.queue), w.bytes, block[1].err)
	}
}
