package check

import (
	"testing"
	"time"

	"tidemark/simulator/history"
)

// TestWhatIsInNoBlockIsLost: an acknowledgement that names no block acknowledges nothing.
func TestWhatIsInNoBlockIsLost(t *testing.T) {
	h := &history.History{}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for stamp := range history.Stamp(2) {
		op := h.Begin(now, history.Op{Process: "c", Node: "n", Call: history.Call{Kind: history.Write, Tenant: "t",
			Readings: []history.Column{{Source: "s", Metric: "m", Times: []int64{1}, Values: []float64{1}}}}})
		h.End(now, op, history.Done, history.Answer{Durability: history.One, Origin: history.Origin{Stamp: stamp}}, "")
	}
	o := Usual
	o.Placed = true
	if found := All(h, o); len(found) != 1 || found[0].Rule != Lost {
		t.Errorf("one write of two is in no block: %v", found)
	}
}
