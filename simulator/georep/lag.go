package georep

import (
	"fmt"
	"math"
	"time"
)

// Lag is a model of replication lag. One of this package is a value: it is the same for the same arguments, and safe
// for concurrent use.
type Lag interface {
	// Delay is the lag of a write committed at that time; u is uniform in [0,1).
	Delay(at time.Time, u float64) time.Duration
	String() string // as ParseLag takes it
}

// anchored is a lag that counts from a time: a burst, a trace. Without one it counts from the beginning of 1970.
type anchored interface{ from(start time.Time) Lag }

// none is no lag.
type none struct{}

func (none) Delay(time.Time, float64) time.Duration { return 0 }

func (none) String() string { return "none" }

// constant is always the same lag.
type constant struct{ lag time.Duration }

func (c constant) Delay(time.Time, float64) time.Duration { return c.lag }

func (c constant) String() string { return "constant " + short(c.lag) }

// uniform is any lag from the least to the greatest, each as likely.
type uniform struct{ least, greatest time.Duration }

func (l uniform) Delay(_ time.Time, u float64) time.Duration {
	return bounded(float64(l.least)+u*float64(l.greatest-l.least), l.greatest)
}

func (l uniform) String() string { return "uniform " + short(l.least) + " " + short(l.greatest) }

// logNormal has lags whose logarithms are normal: most near the median, few far above.
type logNormal struct {
	median time.Duration
	sigma  float64
	most   time.Duration // 0 is without bound
}

func (l logNormal) Delay(_ time.Time, u float64) time.Duration {
	if l.sigma == 0 { // at u = 0 it would be 0 times infinity
		return l.median
	}
	normal := math.Sqrt2 * math.Erfinv(2*u-1) // the quantile of the standard normal distribution
	return bounded(float64(l.median)*math.Exp(l.sigma*normal), l.most)
}

func (l logNormal) String() string {
	return fmt.Sprintf("log-normal median %s sigma %v%s", short(l.median), l.sigma, upTo(l.most))
}

// pareto has a long tail: a lag of at least x has the probability (least/x)^alpha.
type pareto struct {
	least time.Duration
	alpha float64
	most  time.Duration // 0 is without bound
}

func (l pareto) Delay(_ time.Time, u float64) time.Duration {
	if l.least == 0 { // the power may be infinite
		return 0
	}
	return bounded(float64(l.least)*math.Pow(1-u, -1/l.alpha), l.most)
}

func (l pareto) String() string {
	return fmt.Sprintf("pareto min %s alpha %v%s", short(l.least), l.alpha, upTo(l.most))
}

// bursts has one lag in the first part of every period and another in the rest.
type bursts struct {
	every, length time.Duration
	in, out       time.Duration
	start         time.Time
}

func (l bursts) from(start time.Time) Lag { l.start = start; return l }

func (l bursts) Delay(at time.Time, _ float64) time.Duration {
	if since(l.start, at)%l.every < l.length {
		return l.in
	}
	return l.out
}

func (l bursts) String() string {
	return fmt.Sprintf("bursts every %s for %s lag %s else %s", short(l.every), short(l.length), short(l.in),
		short(l.out))
}

// since is how long after the start a time is, never below zero.
func since(start, at time.Time) time.Duration {
	if start.IsZero() {
		start = time.Unix(0, 0)
	}
	return max(at.Sub(start), 0)
}

// bounded makes a duration of nanoseconds, at most the bound (0: 146 years, which is for ever here and does not
// overflow).
func bounded(ns float64, most time.Duration) time.Duration {
	if most == 0 {
		most = 1 << 62
	}
	if !(ns < float64(most)) {
		return most
	}
	return time.Duration(ns)
}

func upTo(most time.Duration) string {
	if most == 0 {
		return ""
	}
	return " max " + short(most)
}
