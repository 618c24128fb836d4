package region_test

import (
	"testing"
	"time"

	"tidemark/domain/region"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestStatesAreFrozen(t *testing.T) {
	for want, state := range map[string]region.State{"unavailable": 0, "single": 1, "live": 2, "bootstrap": 3} {
		if got := state.String(); got != want {
			t.Errorf("state %d is %q, want %q", state, got, want)
		}
	}
	if region.Unavailable != 0 || region.Single != 1 || region.Live != 2 || region.Bootstrap != 3 {
		t.Errorf("the numbers moved")
	}
	if got := region.State(9).String(); got != "unavailable" {
		t.Errorf("a state nobody knows is %q: it must never look like one with a tidemark", got)
	}
}

func TestTheZeroTidemarkSaysNothing(t *testing.T) {
	var zero region.Tidemark
	if zero.Known() || zero.Covers(time.Time{}, 0) || zero.Covers(noon, -time.Hour) {
		t.Errorf("the zero tidemark says something: %+v", zero)
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		what      string
		state     region.State
		committed time.Time
		margin    time.Duration
		want      bool
	}{
		{"well before", region.Live, noon.Add(-time.Minute), 2 * time.Second, true},
		{"just before the margin", region.Live, noon.Add(-2*time.Second - 1), 2 * time.Second, true},
		{"at the margin", region.Live, noon.Add(-2 * time.Second), 2 * time.Second, false},
		{"within the margin", region.Live, noon.Add(-time.Second), 2 * time.Second, false},
		{"at the tidemark", region.Live, noon, 0, false},
		{"just before the tidemark, without a margin", region.Live, noon.Add(-1), 0, true},
		{"after the tidemark", region.Live, noon.Add(time.Hour), 2 * time.Second, false},
		{"a single account", region.Single, noon.Add(-time.Minute), 2 * time.Second, true},
		{"bootstrap", region.Bootstrap, noon.Add(-time.Hour), 0, false},
		{"unavailable", region.Unavailable, noon.Add(-time.Hour), 0, false},
		{"another zone's clock face", region.Live, noon.Add(-time.Minute).In(time.FixedZone("far", 13*3600)),
			time.Second, true},
	} {
		mark := region.Tidemark{At: noon, State: c.state}
		if got := mark.Covers(c.committed, c.margin); got != c.want {
			t.Errorf("%s: covers %v = %v, want %v", c.what, c.committed, got, c.want)
		}
		if mark.Covers(c.committed, c.margin) && !mark.Known() {
			t.Errorf("%s: covers although it is not known", c.what)
		}
	}
}

// A later tidemark and a smaller margin never cover less: evidence that held goes on holding.
func TestCoversIsMonotonic(t *testing.T) {
	for before := -5; before <= 5; before++ {
		committed := noon.Add(time.Duration(before) * time.Second)
		covered := false
		for at := -10; at <= 10; at++ {
			mark := region.Tidemark{At: noon.Add(time.Duration(at) * time.Second), State: region.Live}
			now := mark.Covers(committed, 2*time.Second)
			if covered && !now {
				t.Errorf("committed at %v: covered by an earlier tidemark and not by %v", committed, mark.At)
			}
			if now && !mark.Covers(committed, time.Second) {
				t.Errorf("committed at %v: a smaller margin covers less", committed)
			}
			covered = now
		}
	}
}
