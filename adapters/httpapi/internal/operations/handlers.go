// Package operations is what operators see: the status, the probes, and background work that failed.
package operations

import "tidemark/adapters/httpapi/service"

// Handlers show operators how the service is and what of its work failed, and drive that again.
type Handlers struct {
	Status    service.Status
	Tasks     service.Tasks // nil without its operations
	CursorKey []byte
}
