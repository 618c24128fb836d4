package schedule

import (
	"math/rand/v2"
	"time"

	"tidemark/simulator/inject"
)

// drawer draws faults.
type drawer struct {
	rng    *rand.Rand
	mix    Mix
	within Envelope
}

// one draws a name; "" if there is none.
func (d *drawer) one(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[d.rng.IntN(len(names))]
}

// perhaps draws a name, or half of the time "", which is all.
func (d *drawer) perhaps(names []string) string {
	if d.rng.IntN(2) == 0 {
		return ""
	}
	return d.one(names)
}

// hows are how paths fail.
var hows = []inject.How{inject.Refuse, inject.Silent, inject.Torn, inject.Busy}

// how draws how a path fails.
func (d *drawer) how() inject.How { return hows[d.rng.IntN(len(hows))] }

// upTo draws a time from 0 up to a bound, in milliseconds.
func (d *drawer) upTo(most time.Duration) time.Duration {
	return time.Duration(d.rng.Int64N(int64(most)/int64(time.Millisecond)+1)) * time.Millisecond
}

// span draws how long something is, up to a bound: every order of magnitude down to a thousandth as likely.
func (d *drawer) span(most time.Duration) time.Duration {
	return max(time.Millisecond,
		time.Duration(scale(d.rng, float64(most)/1000, float64(most))).Truncate(time.Millisecond))
}

// length draws how long a fault lasts: it ends before everything is healed.
func (d *drawer) length(at time.Duration) time.Duration {
	most := min(d.mix.Long, d.within.Healed-at)
	if d.rng.IntN(2) == 0 {
		return max(time.Millisecond, d.upTo(most))
	}
	least := float64(most) / 50 // what is over at once is seldom met by anything
	return max(time.Millisecond, time.Duration(scale(d.rng, least, float64(most))).Truncate(time.Millisecond))
}
