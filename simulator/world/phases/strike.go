package phases

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/inject"
)

// Strike is a fault that waits for a phase and begins with it, at whichever moment that is.
type Strike struct {
	Hit
	after time.Duration // it waits from then on, of the schedule's time
	nth   int           // which of the phases from then on it meets
	long  time.Duration
	far   time.Duration // of a hold, a delay or a distance
	how   inject.How
}

// throttle strikes the calls that follow the first: it has to last.
const throttle = "throttle"

// aimed are the kinds of faults that strike: those that are over soon, or befall one part of what there is. The others
// last, and meet everything that happens often.
var aimed = slices.DeleteFunc(Kinds(), func(kind string) bool {
	return slices.Contains([]string{Lag, Pause, Failover, Reenable, LastSync, Clock}, kind)
})

// often are the phases that are struck, those that are rare and soon over more often.
var often = []Phase{Writing, Writing, Birth, Birth, Ending, Ending, Ending, Copying, Copying, Copying, Copying,
	Folding, Folding, Asking, Failing, Failing}

// DrawStrikes draws some for a schedule of a length, a quarter of the time none.
func DrawStrikes(rng *rand.Rand, length time.Duration) (all []Strike) {
	if rng.IntN(4) == 0 {
		return nil
	}
	upTo := func(most time.Duration) time.Duration {
		return time.Duration(rng.Int64N(int64(most))).Truncate(time.Millisecond)
	}
	for range 4 + rng.IntN(10) {
		h := Hit{Fault: aimed[rng.IntN(len(aimed))], Phase: often[rng.IntN(len(often))]}
		after := upTo(length / 2)
		if h.Phase == Copying { // which ends where a region is lost
			after /= 2
		}
		all = append(all, Strike{Hit: h, after: after, nth: 1 + rng.IntN(4), long: 100*time.Millisecond +
			upTo(4*time.Second), far: 50*time.Millisecond + upTo(2*time.Second),
			how: []inject.How{inject.Refuse, inject.Silent, inject.Torn, inject.Busy}[rng.IntN(4)]})
	}
	return all
}

// Provoked is the text of faults that have those phases happen for which some wait: a journal of these accounts misses
// appends, again and again, so that there is something to copy; the account fails over.
func Provoked(rng *rand.Rand, all []Strike, length time.Duration, journals []string) string {
	waits := func(p Phase) bool { return slices.ContainsFunc(all, func(s Strike) bool { return s.Phase == p }) }
	var text strings.Builder
	if waits(Copying) {
		for at := time.Second; at < length-20*time.Second; at += 20 * time.Second {
			fmt.Fprintf(&text, "at %v for 6s reset if operation=journal.append account=%s p=0.6\n", at,
				journals[rng.IntN(len(journals))])
		}
	}
	if waits(Failing) {
		at := length/4 + time.Duration(rng.Int64N(int64(length/4))).Truncate(time.Millisecond)
		fmt.Fprintf(&text, "at %v account geo failover: unplanned\nat %v account geo reenable\n", at, at+length/3)
	}
	return text.String()
}

// Comes counts a call that begins when so much time of the schedule has passed, if it is of the phase, and reports
// whether this is the one that is struck.
func (s *Strike) Comes(of []Phase, past time.Duration) bool {
	if !slices.Contains(of, s.Phase) || past < s.after {
		return false
	}
	s.nth--
	return s.nth <= 0
}

// Long is how long a fault that lasts does, at most for so long.
func (s *Strike) Long(most time.Duration) time.Duration {
	long := s.long
	if s.Hit.Fault == throttle {
		long *= 5
	}
	return min(long, most)
}

// At is the fault that strikes a call of a process of that name.
func (s *Strike) At(process string, c inject.Call) (inject.Fault, error) {
	switch kind := s.Hit.Fault; kind {
	case RegionOut:
		return inject.RegionOut{Region: c.To, How: s.how}, nil
	case Cut:
		return inject.Cut{From: c.From, To: c.To, How: s.how}, nil
	case Distance:
		return inject.Distance{From: c.From, To: c.To, OneWay: s.far}, nil
	case string(inject.Kill), string(inject.Restart), string(inject.Freeze):
		return inject.Process{Name: process, Order: inject.Order(kind)}, nil
	}
	return inject.ParseRule(s.rule() + " if " + s.scope(c))
}

// rule is what a rule does.
func (s *Strike) rule() string {
	action, after := strings.CutSuffix(s.Hit.Fault, " after")
	switch action {
	case "hold", "delay":
		action += fmt.Sprintf(" constant %v", s.far)
	case "status":
		action += " 503 ServerBusy"
	case throttle:
		action += " 0.2/s burst 1"
	}
	if after {
		action += " after commit"
	}
	return action
}

// scope is which calls a rule is for: those of the operation, or of a throttle, which lets the first pass, all.
func (s *Strike) scope(c inject.Call) string {
	switch {
	case c.Account == "":
		return "operation=" + c.Operation
	case s.Hit.Fault == throttle:
		return "account=" + c.Account
	}
	return "operation=" + c.Operation + " account=" + c.Account
}
