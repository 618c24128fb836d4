package questions

import "tidemark/adapters/httpapi/internal/route"

// Register registers the questions.
func (h *Handlers) Register(t *route.Table) {
	h.registerReadings(t)
	h.registerAggregates(t)
	h.registerLatest(t)
	h.registerSeries(t)
	h.registerSources(t)
}
