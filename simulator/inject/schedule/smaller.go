package schedule

import (
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/delay"
)

// smaller are the steps that make an entry smaller, each tried again as long as what failed still fails. False: it is
// as small as the step makes it.
var smaller = []func(Entry) (Entry, bool){
	halved(func(e *Entry) *time.Duration { return &e.For }, time.Millisecond),
	rounded(func(e *Entry) *time.Duration { return &e.For }, time.Second, false),
	rounded(func(e *Entry) *time.Duration { return &e.At }, 10*time.Second, false),
	rounded(func(e *Entry) *time.Duration { return &e.At }, 10*time.Second, true),
	rounded(func(e *Entry) *time.Duration { return &e.At }, time.Second, false),
	rounded(func(e *Entry) *time.Duration { return &e.At }, time.Second, true),
	once, lessOften, plainDelay, shorterDelay, lessWrong, plainLag,
}

// halved halves a time down to a least one. A time of 0 says something else, and stays.
func halved(of func(*Entry) *time.Duration, least time.Duration) func(Entry) (Entry, bool) {
	return func(e Entry) (Entry, bool) {
		d := of(&e)
		half := (*d / 2).Truncate(least)
		if half.Abs() < least {
			return e, false
		}
		*d = half
		return e, true
	}
}

// rounded makes a time a multiple of a unit: the one before, or the one after.
func rounded(of func(*Entry) *time.Duration, unit time.Duration, up bool) func(Entry) (Entry, bool) {
	return func(e Entry) (Entry, bool) {
		d := of(&e)
		round := d.Truncate(unit)
		if up {
			round += unit
		}
		if *d%unit == 0 || round == 0 && d == &e.For {
			return e, false
		}
		*d = round
		return e, true
	}
}

// once lets a rule hurt one call.
func once(e Entry) (Entry, bool) {
	r, ok := e.Fault.(inject.Rule)
	if !ok || r.Times == 1 || r.Every == 0 && r.Nth != 0 || r.Action == inject.Throttle {
		return e, false
	}
	r.Times = 1
	e.Fault = r
	return e, true
}

// lessOften halves a rule's probability.
func lessOften(e Entry) (Entry, bool) {
	r, ok := e.Fault.(inject.Rule)
	if !ok || r.Probability < 0.01 {
		return e, false
	}
	r.Probability /= 2
	e.Fault = r
	return e, true
}

// plainDelay makes a rule's delay its median.
func plainDelay(e Entry) (Entry, bool) {
	r, ok := e.Fault.(inject.Rule)
	if _, plain := r.Delay.(delay.Constant); !ok || plain || r.Delay == nil {
		return e, false
	}
	r.Delay = delay.Constant{Of: r.Delay.At(0.5).Round(time.Millisecond)}
	e.Fault = r
	return e, true
}

// shorterDelay halves a rule's constant delay.
func shorterDelay(e Entry) (Entry, bool) {
	r, ok := e.Fault.(inject.Rule)
	held, plain := r.Delay.(delay.Constant)
	if !ok || !plain || held.Of < 2*time.Millisecond {
		return e, false
	}
	r.Delay = delay.Constant{Of: (held.Of / 2).Truncate(time.Millisecond)}
	e.Fault = r
	return e, true
}

// lessWrong halves how far a clock, the statistics or a distance are off.
func lessWrong(e Entry) (Entry, bool) {
	switch f := e.Fault.(type) {
	case inject.Clock:
		f.By /= 2
		e.Fault = f
		return e, f.By.Abs() >= time.Microsecond
	case inject.LastSync:
		f.By = (f.By / 2).Truncate(time.Millisecond)
		e.Fault = f
		return e, f.By > 0
	case inject.Distance:
		f.OneWay = (f.OneWay / 2).Truncate(time.Millisecond)
		e.Fault = f
		return e, f.OneWay > 0
	}
	return e, false
}

// lags are those that a lag is made to, the plainest first.
var lags = []string{"constant 1s", "constant 10s", "constant 1m"}

// plainLag makes a lag a constant one, of a second if that is enough.
func plainLag(e Entry) (Entry, bool) {
	f, ok := e.Fault.(inject.Lag)
	if !ok {
		return e, false
	}
	for _, model := range lags {
		if f.Model == model {
			return e, false
		}
	}
	lag, err := georep.ParseLag(f.Model)
	if err != nil {
		return e, false
	}
	median := lag.Delay(time.Time{}, 0.5)
	f.Model = lags[0]
	if median > 5*time.Second {
		f.Model = lags[1]
	}
	if median > 30*time.Second {
		f.Model = lags[2]
	}
	e.Fault = f
	return e, true
}
