package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

const healed = 5 * time.Minute

// drawn is the schedule of a seed, with the seed's own mix.
func drawn(seed uint64) schedule.Schedule {
	rng := rand.New(rand.NewPCG(seed, 1))
	return schedule.Draw(rng, schedule.DrawMix(rng, healed), schedule.Promised(here, healed))
}

// TestWhatIsDrawnIsPromised over thousands of seeds, in several envelopes; and that enough is drawn of everything.
func TestWhatIsDrawnIsPromised(t *testing.T) {
	wide := schedule.Promised(here, healed)
	wide.Out, wide.Lost, wide.Clock = 2, 1, 24*time.Hour
	none := schedule.Envelope{Topology: here, Healed: healed}
	small := schedule.Promised(schedule.Topology{Regions: []string{"one"}}, time.Second)
	for name, within := range map[string]schedule.Envelope{"promised": schedule.Promised(here, healed), "wide": wide,
		"none": none, "small": small, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]int{}
			faults, empty, deep := 0, 0, 0
			seeds := 3000
			if name != "promised" {
				seeds = 700
			}
			for seed := range uint64(seeds) {
				rng := rand.New(rand.NewPCG(seed, 2))
				s := schedule.Draw(rng, schedule.DrawMix(rng, healed), within)
				if err := within.Check(s); err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, s)
				}
				faults += len(s)
				if len(s) == 0 {
					empty++
				}
				if slices.ContainsFunc(s, takesAPartAway) {
					deep++
				}
				for _, e := range s {
					seen[fmt.Sprintf("%T", e.Fault)]++
					if r, ok := e.Fault.(inject.Rule); ok {
						seen[string(r.Action)+map[bool]string{true: " after"}[r.After]]++
					}
				}
			}
			if name != "promised" {
				return
			}
			for _, kind := range strings.Fields("Rule RegionOut Cut Distance Process Disk Lag Pause Failover " +
				"Reenable " +
				"LastSync Clock") {
				if n := seen["inject."+kind]; n < seeds/20 {
					t.Errorf("only %d of the kind %s in %d schedules", n, kind, seeds)
				}
			}
			for _, action := range []string{"reset", "reset after", "hold", "delay", "delay after", "status",
				"status after",
				"hang", "hang after", "throttle"} {
				if seen[action] < seeds/30 {
					t.Errorf("only %d rules to %s in %d schedules", seen[action], action, seeds)
				}
			}
			if empty > seeds/100 || faults < 4*seeds || deep < 95*seeds/100 {
				t.Errorf("of %d schedules %d are empty, %d have a region, an account or a process that suffers; %d "+
					"faults "+
					"in all", seeds, empty, deep, faults)
			}
		})
	}
}

// takesAPartAway says whether a fault is of a region, an account or a process as a whole.
func takesAPartAway(e schedule.Entry) bool {
	switch e.Fault.(type) {
	case inject.RegionOut, inject.Process, inject.Lag, inject.Pause, inject.Failover:
		return true
	}
	return false
}

// TestTheSameSeedDrawsTheSame, byte for byte, and another something else.
func TestTheSameSeedDrawsTheSame(t *testing.T) {
	var first strings.Builder
	for seed := range uint64(1000) {
		s := drawn(seed)
		if again := drawn(seed); again.String() != s.String() {
			t.Fatalf("seed %d: once\n%s\nand once\n%s", seed, s, again)
		}
		if seed > 0 && len(s) > 0 && s.String() == drawn(seed-1).String() {
			t.Errorf("seeds %d and %d draw the same", seed-1, seed)
		}
		if seed < 12 {
			fmt.Fprintf(&first, "# seed %d\n%s\n", seed, s)
		}
	}
	golden(t, "drawn.schedules", first.String())
}

// TestMixesAreSwarms: each knob is off about half of the time, and each pair of knobs is on and off together.
func TestMixesAreSwarms(t *testing.T) {
	const mixes = 2000
	both, neither, extreme, many := 0, 0, 0, 0
	for seed := range uint64(mixes) {
		m := schedule.DrawMix(rand.New(rand.NewPCG(seed, 3)), healed)
		switch {
		case m.Failovers > 0 && m.Clocks > 0:
			both++
		case m.Failovers == 0 && m.Clocks == 0:
			neither++
		}
		if m.Failovers == 10 {
			extreme++
		}
		if m.Faults > 8 {
			many++
		}
		if m.Often <= 0 || m.Often > 1 || m.Long <= 0 || m.Long > healed || m.Held <= 0 || m.Faults < 1 {
			t.Fatalf("seed %d: %+v", seed, m)
		}
	}
	for what, n := range map[string][2]int{"both": {both, mixes / 4}, "neither": {neither, mixes / 4},
		"extreme": {extreme, mixes / 10}, "many": {many, mixes / 10}} {
		if n[0] < n[1]*7/10 || n[0] > n[1]*13/10 {
			t.Errorf("%s: %d of %d, want about %d", what, n[0], mixes, n[1])
		}
	}
}

// TestTheEnvelopeRefuses what is not promised, and takes what is just within it.
func TestTheEnvelopeRefuses(t *testing.T) {
	within := schedule.Promised(here, healed)
	for _, c := range []struct{ lines, want string }{
		{"at 0s for 5m region east out: hang", ""},
		{"at 0s for 5m0.001s region east out: hang", "does not end before"},
		{"at 0s region east out: hang", "does not end before"},
		{"at 0s for 1s region north out", "unknown region"},
		{"at 5m process east/node-1 restart", "happens when everything is healed"},
		{"at 4m59s process east/node-1 restart", ""},
		{"at 0s for 1m clock east offset: 10m", ""},
		{"at 0s for 1m clock east offset: -10m0.001s", "the clock of east"},
		{"at 0s for 1m clock east offset: 6m; at 1m for 1m clock east offset: 6m", ""},
		{"at 0s for 1m clock east offset: 6m; at 59s clock east jump: 6m", "the clock of east"},
		{"at 0s for 1m clock east offset: 6m; at 59s clock west jump: 6m", ""},
		{"at 0s for 5m clock east drift: 1s/s; at 10s clock east jump: 5m", ""},
		{"at 0s for 5m clock east drift: 1s/s; at 10s clock east jump: 5m1s", "the clock of east"},
		{"at 0s for 1m clock east swing: 5m every 10s; at 10s for 1s clock east offset: -6m", "the clock of east"},
		{"at 0s for 1m region east out; at 1m for 1m region west out", ""},
		{"at 0s for 1m region east out; at 59s for 1m region west out", `["east" "west"] are out at 59s`},
		{"at 0s for 1m region east out; at 59s for 1m region west out service=redis", ""},
		{"at 0s for 1m region east out; at 59s for 1m network cut to=west service=table", "are out at 59s"},
		{"at 0s for 1m region east out; at 59s for 1m network cut from=west: hang", "are out at 59s"},
		{"at 0s for 1m region east out; at 59s for 1m network cut from=east to=west", ""},
		{"at 0s for 1m region east out; at 59s for 1m process west/azurite freeze", "are out at 59s"},
		{"at 0s for 1m region east out; at 59s for 1m disk west/azurite full", "are out at 59s"},
		{"at 0s for 1m process east/azurite kill", "the stores of"},
		{"at 0s process east/azurite restart", "the stores of"},
		{"at 0s disk east/azurite wiped", "the stores of"},
		{"at 0s disk east/node-1 wiped; at 0s for 1s process east/redis kill", ""},
		{"at 0s account tidemark failover: unplanned; at 1m30s account tidemark failover: planned", ""},
		{"at 0s account tidemark failover: unplanned; at 1m29s account tidemark failover: planned", "pass between"},
		{"at 0s account tidemark failover: planned; at 2m account tidemark failover: planned; at 4m " +
			"account tidemark failover: planned", "failover 3 of account tidemark"},
	} {
		s := read(t, strings.Split(c.lines, "; ")...)
		err := within.Check(s)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.lines, err, c.want)
		}
	}
	within.Lost = 1
	for _, c := range []struct{ lines, want string }{
		{"at 0s disk east/azurite wiped", ""},
		{"at 0s disk east/azurite wiped; at 1m process east/azurite restart", ""},
		{"at 0s disk east/azurite wiped; at 4m process west/azurite restart", "the stores of"},
		{"at 0s disk east/azurite wiped; at 1m30s account tidemark failover: unplanned", ""},
		{"at 0s disk east/azurite wiped; at 1m29s account tidemark failover: unplanned", "pass between"},
		{"at 1m account tidemark failover: unplanned; at 2m disk east/azurite wiped", "pass between"},
		{"at 0s disk east/azurite wiped; at 1m29s account tidemark failover: planned", ""},
	} {
		err := within.Check(read(t, strings.Split(c.lines, "; ")...))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("with a store that may be lost: %s: %v, want %q", c.lines, err, c.want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	within := schedule.Promised(here, healed)
	for seed := uint64(0); b.Loop(); seed++ {
		rng := rand.New(rand.NewPCG(seed, 1))
		_ = schedule.Draw(rng, schedule.DrawMix(rng, healed), within)
	}
}
