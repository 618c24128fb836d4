package readings

import (
	"fmt"
	"time"

	"tidemark/domain/fault"
)

// Precision is the unit of a time given as a number.
type Precision uint8

// The precisions. Zero is nanoseconds. Unsaid is nanoseconds too, as line protocol has it, where nobody said that
// they are: see Doubts.
const (
	Nanosecond Precision = iota
	Microsecond
	Millisecond
	Second
	Minute
	Hour
	Unsaid
)

var precisions = [...]struct {
	name  string
	nanos int64
}{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"", 1}}

// Nanos is the unit in nanoseconds.
func (p Precision) Nanos() int64 { return precisions[p].nanos }

// String is "ns", "us", "ms", "s", "m" or "h", and "" for Unsaid.
func (p Precision) String() string { return precisions[p].name }

// ParsePrecision reads the precision parameter of a request: ns, n, us, u, µs, µ, ms, s, m or h; "" is Unsaid.
// Anything else is fault.Invalid.
func ParsePrecision(s string) (Precision, error) {
	switch s {
	case "":
		return Unsaid, nil
	case "ns", "n":
		return Nanosecond, nil
	case "us", "u", "µs", "µ":
		return Microsecond, nil
	case "ms":
		return Millisecond, nil
	case "s":
		return Second, nil
	case "m":
		return Minute, nil
	case "h":
		return Hour, nil
	}
	return 0, fault.New(fault.Invalid, "readings.precision", "precision %.20q is unknown; use ns, us, ms, s, m or h", s)
}

// year is the first of January 1971 in seconds: today's seconds, milliseconds and microseconds are all before it when
// they are taken for nanoseconds.
const year = 365 * 24 * 3600

// Doubts reports whether a number, which is this time in nanoseconds, was hardly meant so: nobody named its unit, and
// it lies before 1971. Zero is the same moment in every unit.
func (p Precision) Doubts(ns int64) bool { return p == Unsaid && ns < year*1e9 && ns != 0 }

// Doubt is the reason to refuse a number that Doubts is true of. written is the number as it was sent.
func Doubt(written string, ns int64) string {
	unit, name, at := "", "", time.Time{}
	switch {
	case ns < year:
		return written + " has no unit, and as nanoseconds it lies before 1971: " +
			"name the precision (precision=s, ms or us), or say precision=ns if nanoseconds are meant"
	case ns < year*1e3:
		unit, name, at = "seconds", "s", time.Unix(ns, 0)
	case ns < year*1e6:
		unit, name, at = "milliseconds", "ms", time.UnixMilli(ns)
	default:
		unit, name, at = "microseconds", "us", time.UnixMicro(ns)
	}
	return fmt.Sprintf("%s looks like Unix %s, of %s: name the precision (precision=%s); "+
		"if it really is 1970, send seconds or RFC 3339", written, unit, at.UTC().Format(time.DateOnly), name)
}

// The years of which numbers are taken for times of another unit, in nanoseconds: 2000 to 2099. Numbers of a unit that
// is a thousand times smaller, or a million times, make days of January and February 1970 of them.
const (
	eraBegin = 946_684_800e9
	eraEnd   = 4_102_444_800e9
)

// larger is the larger unit of which a number, which is this time as one of p, would be one of the years 2000 to
// 2099, and the time it would be. ok is false where there is none, and for units above milliseconds: what is a
// thousand times too large is out of range by itself.
func (p Precision) larger(ns int64) (unit Precision, at int64, ok bool) {
	if p > Millisecond || ns <= 0 {
		return 0, 0, false
	}
	n := ns / p.Nanos()
	for unit = p + 1; unit <= Second; unit++ {
		if at := n * unit.Nanos(); n <= eraEnd/unit.Nanos() && at >= eraBegin && at < eraEnd {
			return unit, at, true
		}
	}
	return 0, 0, false
}

// words are the names of the units that larger gives, for people.
var words = map[Precision]string{Nanosecond: "nanoseconds", Microsecond: "microseconds", Millisecond: "milliseconds",
	Second: "seconds"}

// Misnamed is the reason to refuse a request whose times all are numbers of this precision, which somebody named, or
// "". It is one where every time lies in the first weeks of 1970 and would be one of the years 2000 to 2099 in the
// same larger unit. One other time tells that the precision is right: data that begin in 1970 go on after it. What
// really is of these weeks alone is sent in seconds, or as RFC 3339.
func (p Precision) Misnamed(times []int64) string {
	if len(times) == 0 {
		return ""
	}
	unit, at, ok := p.larger(times[0])
	if !ok {
		return ""
	}
	for _, ns := range times[1:] {
		if u, _, ok := p.larger(ns); !ok || u != unit {
			return ""
		}
	}
	what, is := "the time lies", "it is"
	if len(times) > 1 {
		what, is = "every time lies", "the first is"
	}
	return fmt.Sprintf("in %s (precision=%s) %s in the first weeks of 1970; in %s %s of %s: "+
		"send precision=%s; if it really is 1970, send seconds or RFC 3339", words[p], p, what, words[unit], is,
		time.Unix(0, at).UTC().Format(time.DateOnly), unit)
}
