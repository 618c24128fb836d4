package compose

import (
	"testing"
	"time"
)

// comes waits until something is so that a node does by itself and tells nobody of: a test looks until it sees it. What
// a minute does not bring about ends the test with what was seen.
func comes(t testing.TB, what string, look func() (seen any, so bool)) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		seen, so := look()
		if so {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s; seen: %v", what, seen)
		}
	}
}

// dropped is the line by which /metrics says that blocks have left the journal.
const dropped = `tidemark_storage_seconds_count{op="journal.drop",result="ok",side="background"}`
