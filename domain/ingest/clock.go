package ingest

import (
	"time"

	"tidemark/domain/telemetry"
)

// hybrid is the node's clock corrected by the storage's, and the stamps made of it. Answers of the storage carry its clock to the
// second: an answer that says By means that the storage's clock stood in [By, By+1s] when it answered.
type hybrid struct {
	stamps telemetry.Clock
	offset time.Duration // added to the node's clock
}

func (h *hybrid) now(node time.Time) time.Time { return node.Add(h.offset) }

// correct takes an answer of the storage that arrived just now. Only what the answer disproves is corrected.
func (h *hybrid) correct(node, by time.Time) {
	if by.IsZero() {
		return
	}
	now := h.now(node)
	const resolution, travel = time.Second, time.Second
	switch {
	case now.Before(by):
		h.offset += by.Sub(now)
	case now.After(by.Add(resolution + travel)):
		h.offset -= now.Sub(by.Add(resolution + travel))
	}
}
