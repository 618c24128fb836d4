package ingest

import (
	"testing"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// TestWhenABlockWasStored is what the journal says, or by its clock when the answer came.
func TestWhenABlockWasStored(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h := hybrid{storages: []correction{{offset: time.Hour}, {offset: time.Minute}}}
	if got := h.by(1, journal.Stored{By: noon.Add(-time.Second), Now: noon}, noon); !got.Equal(noon.Add(-time.Second)) {
		t.Errorf("it was stored by %v", got)
	}
	if got := h.by(1, journal.Stored{}, noon); !got.Equal(noon.Add(time.Minute)) {
		t.Errorf("a journal that does not say when stored it by %v", got)
	}
}

// TestARequestOfTwoBlocksWasStoredWithTheLater, whichever comes first.
func TestARequestOfTwoBlocksWasStoredWithTheLater(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a := Receipt{Blocks: make([]telemetry.Position, 1), By: noon}
	b := Receipt{Blocks: make([]telemetry.Position, 1), By: noon.Add(time.Second)}
	if ab, ba := a.With(b), b.With(a); !ab.By.Equal(b.By) || !ba.By.Equal(b.By) {
		t.Errorf("it was stored by %v, or by %v", ab.By, ba.By)
	}
}
