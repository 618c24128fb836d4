package stage

import (
	"sync"

	"tidemark/ports/internal/proof"
)

// Armed is a fault that strikes one storage call. It is safe for concurrent use.
type Armed struct {
	mu    sync.Mutex
	fault proof.Fault
	skip  int
}

// Arm has the call after so many others suffer a fault; zero disarms. It is a Fixture's Arm.
func (a *Armed) Arm(f proof.Fault, skip int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault, a.skip = f, skip
}

// Strike is what the call that begins now suffers.
func (a *Armed) Strike() proof.Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.fault
	if f == 0 {
		return f
	}
	if a.skip--; a.skip >= 0 {
		return 0
	}
	a.fault = 0
	return f
}
