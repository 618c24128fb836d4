package georep

import (
	"testing"
	"time"
)

// drawnClock is a clock that is off, gains or loses, and is set at moments.
type drawnClock struct {
	off   time.Duration
	gains float64 // seconds in a second
	set   []jump  // rising
}

type jump struct{ at, by time.Duration }

func (c drawnClock) show(now time.Time) time.Time {
	if now.IsZero() {
		return now
	}
	past := now.Sub(begin)
	shown := now.Add(c.off + time.Duration(c.gains*float64(past)))
	for _, j := range c.set {
		if past >= j.at {
			shown = shown.Add(j.by)
		}
	}
	return shown
}

// clocks draws the clocks of the two regions; in half of the schedules they are right.
func (s *schedule) clocks() map[Region]drawnClock {
	all := map[Region]drawnClock{"east": {}, "west": {}}
	if s.IntN(2) == 0 {
		return all
	}
	spans := []time.Duration{0, Resolution, 300 * time.Millisecond, time.Second, 20 * time.Second, 10 * time.Minute}
	span := func() time.Duration {
		d := spans[s.IntN(len(spans))]
		if s.IntN(2) == 0 {
			return -d
		}
		return d
	}
	for _, r := range []Region{"east", "west"} {
		c := drawnClock{off: span()}
		if s.IntN(3) == 0 {
			c.gains = []float64{-0.2, -0.001, 0.001, 0.2}[s.IntN(4)]
		}
		for range s.IntN(3) {
			c.set = append(c.set, jump{time.Duration(s.Int64N(int64(2 * time.Minute))), span()})
		}
		all[r] = c
	}
	return all
}

// see is what every call does: the clock of the primary shows at least what it shows now.
func (m *model) see(now time.Time) {
	if at := m.clocks[m.primary].show(now); at.After(m.shown[m.primary]) {
		m.shown[m.primary] = at
	}
}

// clock is what the clock of the primary shows.
func (m *model) clock() time.Time { return m.shown[m.primary] }

// promote has the stamps go by another region's clock. What was said of Last Sync Times holds no more: its clock may be
// behind.
func (m *model) promote(to Region, now time.Time) {
	m.primary = to
	m.see(now)
	clear(m.lastSync)
	clear(m.frozen)
	m.refreeze()
}

// TestARegionStampsByItsOwnClock has the clock of the new primary five minutes behind that of the old one.
func TestARegionStampsByItsOwnClock(t *testing.T) {
	a, err := New(Options{Primary: "east", Secondary: "west", Clock: func(r Region, now time.Time) time.Time {
		return drawnClock{off: map[Region]time.Duration{"west": -5 * time.Minute}[r]}.show(now)
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := Partition{Service: Table, Container: "readings", Key: "a"}
	write := func(now time.Time) Entry {
		ticket, err := a.Arrive(now, Table)
		if err != nil {
			t.Fatal(err)
		}
		return a.Commit(now, ticket, p, 1, 1)
	}
	east := write(at(0))
	if e, ok := a.Next(at(time.Second)); ok {
		a.Applied(at(time.Second), e.Seq)
	}
	before := a.Stats(at(2*time.Second), Table).LastSync
	if err := a.Failover(at(2*time.Second), Planned); err != nil {
		t.Fatal(err)
	}
	a.Step(at(2 * time.Second))
	if after := a.Stats(at(3*time.Second), Table).LastSync; !after.Equal(before.Add(time.Second - 5*time.Minute)) {
		t.Errorf("the Last Sync Time is %v after a failover to a clock that is 5m0s behind, and was %v", after, before)
	}
	west := write(at(5 * time.Minute)) // its clock shows what the other's did at the first write
	if !west.At.Equal(east.At.Add(Resolution)) {
		t.Errorf("west stamps %v, at the time by its clock of the stamp %v of east", west.At, east.At)
	}
	if got := a.Stats(at(6*time.Minute), Table).LastSync; got.After(west.At) {
		t.Errorf("the Last Sync Time is %v, and the secondary lacks a write stamped %v", got, west.At)
	}
}
