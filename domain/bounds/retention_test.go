package bounds_test

import (
	"testing"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
)

// A tenant's own retention is over the general one, also where it is for ever.
func TestRetention(t *testing.T) {
	r := bounds.Retention{General: time.Hour,
		Of: map[telemetry.Tenant]time.Duration{"long": 2 * time.Hour, "short": time.Minute, "ever": 0}}
	for tenant, want := range map[telemetry.Tenant]time.Duration{"": time.Hour, "other": time.Hour,
		"long": 2 * time.Hour, "short": time.Minute, "ever": 0} {
		if got := r.For(tenant); got != want {
			t.Errorf("%q keeps %s", tenant, got)
		}
	}
	if got := (bounds.Retention{}).For("a"); got != 0 {
		t.Errorf("without any it is kept %s", got)
	}
}
