package region_test

import (
	"testing"

	"tidemark/domain/region"
)

// TestWhatFollowsFromHealth is every health.
func TestWhatFollowsFromHealth(t *testing.T) {
	for state := region.Unavailable; state <= region.Bootstrap; state++ {
		tide := region.Tidemark{At: noon, State: state}
		for _, journal := range []bool{false, true} {
			for _, primary := range []bool{false, true} {
				h := region.Health{Journal: journal, Primary: primary, Tidemark: tide}
				mode := map[bool]string{false: "unavailable", true: "normal"}[journal]
				flow := "paused"
				if primary {
					flow = map[bool]string{false: "growing", true: "settling"}[tide.Known()]
				}
				if h.Mode().String() != mode || h.Flow().String() != flow {
					t.Errorf("%+v is %s and %s, want %s and %s", h, h.Mode(), h.Flow(), mode, flow)
				}
			}
		}
	}
}

// TestNoHealthIsNoPromise: what nobody knows is never taken for good.
func TestNoHealthIsNoPromise(t *testing.T) {
	var zero region.Health
	if zero.Mode() != region.Away || zero.Flow() != region.Paused || region.Mode(9).String() != "unavailable" ||
		region.Flow(9).String() != "growing" {
		t.Errorf("the zero health is %s and %s", zero.Mode(), zero.Flow())
	}
}
