package writes

import "tidemark/adapters/httpapi/internal/route"

// Register registers the writes.
func (h *Handlers) Register(t *route.Table) {
	h.registerWrite(t)
	h.registerDeletions(t)
	h.registerLabels(t)
}
