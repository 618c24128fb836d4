package region_test

import (
	"testing"

	"tidemark/domain/region"
)

// TestWords holds the words that clients and dashboards read, and that what nobody knows is never taken for good.
func TestWords(t *testing.T) {
	for want, mode := range map[string]region.Mode{"unavailable": 0, "read-only": 1, "exposed": 2, "normal": 3} {
		if got := mode.String(); got != want {
			t.Errorf("mode %d is %q, want %q", mode, got, want)
		}
	}
	for want, flow := range map[string]region.Flow{"growing": 0, "settling": 1, "paused": 2, "rebuilding": 3} {
		if got := flow.String(); got != want {
			t.Errorf("flow %d is %q, want %q", flow, got, want)
		}
	}
	for want, health := range map[string]region.Health{"unknown": 0, "lost": 1, "returning": 2, "well": 3} {
		if got := health.String(); got != want {
			t.Errorf("health %d is %q, want %q", health, got, want)
		}
	}
	if got := region.Mode(9).String(); got != "unavailable" {
		t.Errorf("a mode nobody knows is %q", got)
	}
	if got := region.Flow(9).String(); got != "growing" {
		t.Errorf("a flow nobody knows is %q", got)
	}
	if got := region.Health(9).String() + region.Role(9).String() + region.Outcome(9).String(); got !=
		"unknownnonenone" {
		t.Errorf("what nobody knows is %q", got)
	}
	if got := region.JournalOf("east").String() + ", " + region.PrimaryOf("").String(); got != "journal east, primary" {
		t.Errorf("endpoints are %q", got)
	}
}

// TestTheZeroReachIsNoPromise: nothing is configured, nothing is known.
func TestTheZeroReachIsNoPromise(t *testing.T) {
	var zero region.Reach
	for range 3 {
		if zero.Mode() != region.Away || zero.Flow() != region.Paused || zero.Steady(region.JournalOf("east")) ||
			zero.Health(region.JournalOf("east")) != region.Unknown || !zero.Next().IsZero() ||
			zero.Tidemark("acct").Known() {
			t.Fatalf("the zero reach is %v", zero)
		}
		zero, _ = zero.Step(region.Called{At: region.JournalOf("east"), Outcome: region.Answered}, noon)
	}
}
