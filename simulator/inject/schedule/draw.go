package schedule

import (
	"math/rand/v2"
	"time"

	"tidemark/simulator/inject"
)

// tries is how often a fault is drawn before it is left out because it is not promised.
const tries = 4

// Draw draws a schedule of what there is, within what is promised. The same seed and mix give the same schedule, byte
// for byte. It may have fewer faults than the mix says, where no more are promised, or a kind of them is of something
// that there is not; and more, because an unplanned failover comes with the order that makes the account geo-redundant
// again, and with half of the failovers the region that they leave is out.
func Draw(rng *rand.Rand, m Mix, within Envelope) Schedule {
	d := drawer{rng: rng, mix: m, within: within}
	var s Schedule
	for i := range m.Faults {
		kinds := d.mix.kinds()
		if i == 0 {
			kinds = d.mix.deep()
		}
		for range tries {
			more := d.entries(kinds)
			if len(more) == 0 {
				continue
			}
			if next := append(s[:len(s):len(s)], more...); within.Check(next) == nil {
				s = next
				break
			}
		}
	}
	return s.Sorted()
}

// entries draws a fault of one of some kinds, and what comes with it.
func (d *drawer) entries(kinds []*float64) Schedule {
	if d.within.Healed <= time.Millisecond {
		return nil
	}
	at := d.upTo(d.within.Healed - time.Millisecond)
	f := d.fault(kinds)
	switch f := f.(type) {
	case nil:
		return nil
	case inject.Failover:
		return d.failover(at, f)
	}
	e := Entry{At: at, Fault: f}
	if f.Lasts() {
		e.For = d.length(at)
	}
	if _, is := f.(inject.Rule); is { // the more calls it meets the more it can do
		e.For = d.within.Healed - e.At
		if d.rng.IntN(2) == 0 {
			e.For = max(time.Millisecond, d.upTo(e.For))
		}
	}
	return Schedule{e}
}

// failover draws what happens around a failover: perhaps the region that it leaves is out from a little before on, and
// an unplanned one is followed by the order that makes the account geo-redundant again.
func (d *drawer) failover(at time.Duration, f inject.Failover) Schedule {
	s := Schedule{{At: at, Fault: f}}
	if d.rng.IntN(2) == 0 && f.Kind == inject.Unplanned {
		from := max(0, at-d.span(30*time.Second))
		s = append(s, Entry{At: from, For: d.length(from),
			Fault: inject.RegionOut{Region: d.primary(f.Account), How: d.how()}})
	}
	if back := at + 5*time.Second + d.span(time.Minute); f.Kind == inject.Unplanned && back < d.within.Healed {
		s = append(s, Entry{At: back, Fault: inject.Reenable{Account: f.Account}})
	}
	return s
}

// primary is the region in which an account began.
func (d *drawer) primary(account string) string {
	for _, a := range d.within.Topology.Accounts {
		if a.Name == account {
			return a.Primary
		}
	}
	return ""
}
