package schedule

import (
	"math"
	"math/rand/v2"
	"time"
)

// Mix says what is drawn, and how much of it. A mix is drawn from a seed itself, each knob often off and sometimes
// extreme, because a fault is found by what is left out as well: where everything always happens, nothing runs long
// enough undisturbed. (Groce and others: Swarm testing, ISSTA 2012; TigerBeetle's simulator does the same.)
type Mix struct {
	Faults int // how many are drawn; what is not promised is drawn again a few times, then left out

	// How often each kind of fault is drawn, against the others. 0 is never.
	Calls, Regions, Cuts, Distances, Processes, Disks, Lags, Pauses, Failovers, Statistics, Clocks float64

	// The same of what happens to calls.
	LoseRequest, LoseAnswer, Hold, DelayRequest, DelayAnswer, Status, Hang, Throttle float64

	Often    float64       // the most likely that a rule hurts a call that it is for
	Long     time.Duration // the longest that a fault lasts
	Held     time.Duration // the longest that a call is held or delayed
	Lag      time.Duration // the longest usual lag of replication
	Distance time.Duration // the farthest that two places are apart
	Clock    time.Duration // the most that a clock is wrong by
}

// kinds are the knobs that say which faults are drawn.
func (m *Mix) kinds() []*float64 {
	return []*float64{&m.Calls, &m.Regions, &m.Cuts, &m.Distances, &m.Processes, &m.Disks, &m.Lags, &m.Pauses,
		&m.Failovers, &m.Statistics, &m.Clocks}
}

// deep are the knobs of faults that take a whole part away: a region, a process, an account. Every schedule has one.
func (m *Mix) deep() []*float64 {
	return []*float64{&m.Regions, &m.Processes, &m.Lags, &m.Pauses, &m.Failovers}
}

// actions are the knobs that say what happens to calls.
func (m *Mix) actions() []*float64 {
	return []*float64{&m.LoseRequest, &m.LoseAnswer, &m.Hold, &m.DelayRequest, &m.DelayAnswer, &m.Status, &m.Hang,
		&m.Throttle}
}

// DrawMix draws a mix for schedules that are healed at some time.
func DrawMix(rng *rand.Rand, healed time.Duration) Mix {
	var m Mix
	knobs(rng, m.kinds())
	knobs(rng, m.actions())
	oneIsOn(rng, m.deep())
	m.Calls *= 3 // there are more of them to find out about
	m.Faults = 3 + rng.IntN(6)
	if rng.IntN(8) == 0 {
		m.Faults = 1 + rng.IntN(40)
	}
	m.Often = scale(rng, 0.005, 1)
	m.Long = time.Duration(scale(rng, float64(healed)/100, float64(healed)))
	m.Held = time.Duration(scale(rng, float64(10*time.Millisecond), float64(2*time.Minute)))
	m.Lag = time.Duration(scale(rng, float64(100*time.Millisecond), float64(10*time.Minute)))
	m.Distance = time.Duration(scale(rng, float64(time.Millisecond), float64(5*time.Second)))
	m.Clock = time.Duration(scale(rng, float64(10*time.Millisecond), float64(10*time.Minute)))
	return m
}

// knobs turns each: half of them off, a tenth to ten times what is usual. One is on.
func knobs(rng *rand.Rand, all []*float64) {
	for _, knob := range all {
		switch x := rng.IntN(10); {
		case x < 5:
			*knob = 0
		case x < 9:
			*knob = 0.1 + rng.Float64()
		default:
			*knob = 10
		}
	}
	oneIsOn(rng, all)
}

// oneIsOn turns one on where all are off.
func oneIsOn(rng *rand.Rand, all []*float64) {
	for _, knob := range all {
		if *knob > 0 {
			return
		}
	}
	*all[rng.IntN(len(all))] = 1
}

// scale draws a size: every order of magnitude as likely, and a tenth of the time the most.
func scale(rng *rand.Rand, least, most float64) float64 {
	if rng.IntN(10) == 0 {
		return most
	}
	return least * math.Pow(most/least, rng.Float64())
}

// pick draws one of the weights; -1 if all are 0.
func pick(rng *rand.Rand, weights []*float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += *w
	}
	x := rng.Float64() * sum
	for i, w := range weights {
		if x -= *w; x < 0 {
			return i
		}
	}
	return -1
}
