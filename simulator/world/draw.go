package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// moment is some time of the schedule; half of the time one soon after the lull, when what the account has got last
// has not replicated yet and the journal no longer has what came before.
func (r *run) moment() time.Duration {
	if r.plan.Lull > 0 && r.w.Rand.IntN(2) == 0 {
		return r.plan.For/3 + r.plan.Lull + time.Duration(r.w.Rand.Int64N(int64(2*r.plan.Lag)))
	}
	return time.Duration(r.w.Rand.Int64N(int64(r.plan.For)))
}

// plant draws the faults of the plan, unless there are some already.
func (r *run) plant() error {
	drawn, err := r.drawn(r.plan)
	if r.faults == nil {
		r.faults = drawn
	}
	r.clocks = slices.DeleteFunc(slices.Clone(r.faults), func(e schedule.Entry) bool {
		_, is := e.Fault.(inject.Clock)
		return !is
	})
	return err
}

// drawn is the schedule of a plan: from a drawn mix, or with so many of each fault as the plan says. It is drawn even
// if another is performed, so that all that is drawn after it stays the same.
func (r *run) drawn(p Plan) (schedule.Schedule, error) {
	if p.Drawn {
		e := schedule.Promised(topology(p), p.For)
		m := schedule.DrawMix(r.w.Rand, p.For)
		m.Disks = 0 // memory has none
		drawn := schedule.Draw(r.w.Rand, m, e)
		if !p.Second {
			return drawn, nil
		}
		more, err := trouble(r.west, p.For)
		alone := r.west.IntN(3) > 0 // what is done and undone all the time loses nothing
		if all := append(drawn, more...).Sorted(); err == nil && !alone && e.Check(all) == nil {
			return all, nil
		}
		return more, err
	}
	var lines []string
	at := func(most time.Duration) time.Duration {
		return time.Duration(r.w.Rand.Int64N(int64(most))).Truncate(time.Millisecond)
	}
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for range p.Kills {
		add("at %v process %s restart", at(p.For), p.nodeName(r.w.Rand.IntN(p.Nodes)))
	}
	for range p.Freezes {
		from := at(p.For - time.Second)
		add("at %v for %v process %s freeze", from, min(p.For-from, at(3*time.Minute)+time.Millisecond),
			p.nodeName(r.w.Rand.IntN(p.Nodes)))
	}
	r.failoverEntries(p, at, add)
	if p.Tideless > 0 {
		add("at %v for %v account geo last-sync-time: unavailable", at(p.For/4), p.Tideless)
	}
	r.disturb(p, add)
	return schedule.Parse(strings.Join(lines, "\n"))
}

// failoverEntries are unplanned ones, each with the order that makes the account redundant again.
func (r *run) failoverEntries(p Plan, at func(time.Duration) time.Duration, add func(string, ...any)) {
	if p.Lag > 0 {
		add("at 0s for %v account geo lag: uniform 0s %v", p.For, p.Lag)
	}
	begun := time.Duration(0)
	for range p.Failovers {
		begun += r.moment() / time.Duration(p.Failovers)
		if begun >= p.For {
			return
		}
		add("at %v account geo failover: unplanned", begun.Truncate(time.Millisecond))
		begun += outage + at(time.Minute)
		if begun < p.For {
			add("at %v account geo reenable", begun.Truncate(time.Millisecond))
		}
	}
}

// disturb has a share of the calls to storages fail, half of them after they were carried out, and another share of
// the appends be held on their way, and arrive although their senders have given up.
func (r *run) disturb(p Plan, add func(string, ...any)) {
	for _, of := range []struct {
		text  string
		share float64
	}{
		{"hold uniform 0s 90s if operation=journal.append", p.HoldRate},
		{"status 503 ServerBusy if (service=table or service=queue)", p.FaultRate / 4},
		{"reset if (service=table or service=queue)", p.FaultRate / 4},
		{"reset after commit if (service=table or service=queue)", p.FaultRate / 2},
	} {
		if of.share > 0 {
			add("at 0s for %v %s p=%v", p.For, of.text, of.share)
		}
	}
}
