package bounds

import (
	"time"

	"tidemark/domain/telemetry"
)

// Retention is how long readings are kept, 0 for ever: as a tenant has it, or as all the others do.
type Retention struct {
	General time.Duration
	Of      map[telemetry.Tenant]time.Duration
}

// For is how long a tenant's readings are kept.
func (r Retention) For(t telemetry.Tenant) time.Duration {
	if keep, ok := r.Of[t]; ok {
		return keep
	}
	return r.General
}
