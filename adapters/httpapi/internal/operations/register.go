package operations

import "tidemark/adapters/httpapi/internal/route"

// Register registers the status, the probes and, if there are tasks, their operations.
func (h *Handlers) Register(t *route.Table) {
	if h.Tasks != nil {
		h.registerTasks(t)
	}
	h.registerStatus(t)
	h.registerHealth(t)
}
