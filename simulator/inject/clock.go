package inject

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/inject/internal/words"
)

// Shape is how a clock is wrong.
type Shape string

// The shapes. Offset: it is ahead by so much. Drift: it gains so much in every second. Swing: it goes ahead and behind
// by so much, once in a period. When one of these ends the clock is right again. Jump: it is set ahead by so much at a
// moment, and stays so until everything has healed. A value below zero is behind.
const (
	Offset Shape = "offset"
	Drift  Shape = "drift"
	Swing  Shape = "swing"
	Jump   Shape = "jump"
)

var shapes = []Shape{Offset, Drift, Swing, Jump}

// Clock is a clock that is wrong: that of a region's storage, or of a process. Several of different shapes add up.
type Clock struct {
	Of     string // a region, or a process
	Shape  Shape
	By     time.Duration // of a drift in every second
	Period time.Duration // of a swing
}

// MaxClock is the most that a clock is wrong by, either way; a drift gains at most a second in every second.
const MaxClock = 24 * time.Hour

// Ahead is how far the clock is ahead when the fault has held for that long.
func (f Clock) Ahead(since time.Duration) time.Duration {
	switch f.Shape {
	case Drift:
		return time.Duration(float64(f.By) * since.Seconds())
	case Swing:
		return time.Duration(float64(f.By) * math.Sin(2*math.Pi*since.Seconds()/f.Period.Seconds()))
	}
	return f.By
}

// String is as in "clock east offset: 5m0s", "clock east drift: 200µs/s" and "clock east/node-1 swing: 2s every 1m0s".
func (f Clock) String() string {
	text := f.Thing() + ": " + f.By.String()
	switch f.Shape {
	case Drift:
		text += perSecond
	case Swing:
		text += " " + everyKey + " " + f.Period.String()
	}
	return text
}

const perSecond = "/s"

// Thing is the clock and the shape.
func (f Clock) Thing() string { return named(clockKind, f.Of, string(f.Shape)) }

// Lasts is false of a jump.
func (f Clock) Lasts() bool { return f.Shape != Jump }

// Validate looks at the shape and its values.
func (f Clock) Validate() error {
	most := MaxClock
	if f.Shape == Drift {
		most = time.Second
	}
	switch {
	case f.Of == "":
		return invalid(f, errors.New("the name of the clock's region or process is missing"))
	case !slices.Contains(shapes, f.Shape):
		return invalid(f, words.Unknown("fault of a clock", string(f.Shape), shapes))
	case f.By < -most || f.By > most:
		return invalid(f, fmt.Errorf("%v is more than a clock is wrong by; give from -%v to %v", f.By, most, most))
	case f.Shape == Swing && f.Period <= 0:
		return invalid(f, errors.New("a swing has a period; write as in: swing: 2s every 1m"))
	case f.Shape != Swing && f.Period != 0:
		return invalid(f, fmt.Errorf("a period belongs to a swing, not to %s", f.Shape))
	}
	return nil
}

// readClock reads "clock NAME SHAPE: TIME", with "/s" after a drift's time and "every TIME" after a swing's.
func readClock(p *phrase) (Fault, error) {
	f := Clock{Of: p.name, Shape: Shape(p.verb)}
	if !slices.Contains(shapes, f.Shape) {
		return nil, words.Unknown("fault of a clock", p.verb, shapes)
	}
	if err := p.only(); err != nil {
		return nil, err
	}
	var err error
	if f.Shape == Drift {
		word := p.word()
		gain, ok := strings.CutSuffix(word, perSecond)
		if f.By, err = time.ParseDuration(gain); err != nil || !ok {
			return nil, fmt.Errorf("drift %q: write what the clock gains in every second, as in: drift: 200µs/s", word)
		}
		return f, nil
	}
	if f.By, err = p.time(); err != nil {
		return nil, err
	}
	if f.Shape == Swing {
		if !p.value.Take(everyKey) {
			return nil, errors.New("a swing has a period; write as in: swing: 2s every 1m")
		}
		f.Period, err = p.value.Time("the period")
	}
	return f, err
}
