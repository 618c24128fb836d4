package edge

import (
	"math/rand/v2"
	"testing"
	"time"
)

// wave is an origin that is down for a share of each period, until an end.
func wave(period, down, end time.Duration) weather {
	return func(begin time.Duration) (time.Duration, bool) { return 0, begin >= end || begin%period >= down }
}

// Issue 3, line 9: no flapping under a 10 s square wave, whether 10 s is its period or its half. A site may leave
// once and come back once, after the wave.
func TestNoFlappingUnderASquareWave(t *testing.T) {
	s := DefaultSettings()
	random := rand.New(rand.NewPCG(seedOf(t), 3))
	const waving = 30 * time.Minute
	left := 0
	for range schedules() / 3 {
		// Beside 10 s and 20 s, all periods that divide the 120 s of a window: doc.go says why.
		for _, period := range []time.Duration{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60, 120} {
			period *= time.Second
			down := time.Duration(random.Int64N(int64(period)))
			at := switches(lived(t, s, random, waving+10*time.Minute, wave(period, down, waving)))
			left += len(at)
			if len(at) > 2 || len(at)%2 != 0 {
				t.Fatalf("down %v of every %v: switches at %v", down, period, at)
			}
			if len(at) == 2 && (at[0] > 4*s.Interval || at[1] < waving) {
				t.Fatalf("down %v of every %v: left and came back at %v", down, period, at)
			}
		}
	}
	if left == 0 {
		t.Error("no wave moved any site: this test sees nothing")
	}
}

// What the rules do not prevent: docs/edge.md has this table. An origin's health changes at most once with each of
// its probes.
func TestWhereTheRulesFlap(t *testing.T) {
	s := DefaultSettings()
	random := rand.New(rand.NewPCG(seedOf(t), 4))
	const hours = 4
	most := map[time.Duration]int{}
	for _, period := range []time.Duration{10, 11, 14, 20, 25, 28, 31, 40, 45, 50, 59, 60, 61, 75, 80, 90, 100, 120,
		150, 180, 240, 300, 600} {
		period *= time.Second
		sum, flapping := 0, 0
		const sites = 60
		for range sites {
			n := len(switches(lived(t, s, random, hours*time.Hour, wave(period, period/2, hours*time.Hour))))
			sum += n
			most[period] = max(most[period], n)
			if n > 2 {
				flapping++
			}
		}
		t.Logf("period %-6v mean %5.1f, most %5.1f switches a site and hour; %d of %d sites flap",
			period, float64(sum)/sites/hours, float64(most[period])/hours, flapping, sites)
		if limit := int(hours * time.Hour / s.Interval); most[period] > limit {
			t.Errorf("period %v: %d switches in %d probes", period, most[period], limit)
		}
	}
	// The documentation claims both.
	for _, period := range []time.Duration{10, 20, 40, 60, 120} {
		if most[period*time.Second] > 1 {
			t.Errorf("a wave of %d s, which divides a window of 120 s, flaps", period)
		}
	}
	if most[50*time.Second] <= 2 || most[150*time.Second] <= 2 {
		t.Error("waves of 50 s and 150 s do not flap: docs/edge.md says they do")
	}
	if most[28*time.Second] <= 2 {
		t.Error("a wave of 28 s does not beat with the probes: docs/edge.md says it does")
	}
}
