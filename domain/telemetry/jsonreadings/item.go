package jsonreadings

import (
	"math"
	"strconv"

	"tidemark/domain/telemetry/internal/decode"
)

// field is a set of the fields that objects have.
type field uint16

const (
	hasSource field = 1 << iota
	hasMetric
	hasTime
	hasValue
	hasUnit
	hasTimes
	hasValues
	hasLabels

	readingFields = hasSource | hasMetric | hasTime | hasValue | hasUnit
	seriesFields  = hasSource | hasMetric | hasUnit | hasTimes | hasValues
	sourceFields  = hasSource | hasLabels
)

var fieldNames = [...]string{"source", "metric", "time", "value", "unit", "times", "values", "labels"}

// fieldOf is the field with a name, 0 if there is none.
func fieldOf(key []byte) field {
	switch string(key) {
	case "source":
		return hasSource
	case "metric":
		return hasMetric
	case "time":
		return hasTime
	case "value":
		return hasValue
	case "unit":
		return hasUnit
	case "times":
		return hasTimes
	case "values":
		return hasValues
	case "labels":
		return hasLabels
	}
	return 0
}

// missing names the first field of want that is not in f.
func (f field) missing(want field) string {
	for i, name := range fieldNames {
		if bit := field(1) << i; want&bit != 0 && f&bit == 0 {
			return name
		}
	}
	return ""
}

// item is the reading, series or source being read. Its names lie in data or scratch.
type item struct {
	source, metric, unit []byte
	time                 int64
	value                float64
	seen                 field
	reason               string // why it is refused; the first counts
}

// refuse notes why the item is rejected. Its JSON is read to the end all the same.
func (i *item) refuse(reason string) {
	if i.reason == "" {
		i.reason = reason
	}
}

// enter begins an item: what stands at pos has to be an object. If it is not, the item is refused and passed.
func (d *Decoder) enter(what string, depth int) (object, ok bool) {
	d.item = item{}
	d.scratch = d.scratch[:0]
	k := kindOf[d.peek()]
	if k == kindObject || k == kindNone {
		return true, true
	}
	d.item.refuse("it is " + k.String() + "; " + what + " is an object")
	return false, d.skip(depth)
}

// claim looks up a member's name among the fields allowed. When it is none of them, or was there before, the item is
// refused.
func (d *Decoder) claim(key []byte, allowed field) (field, bool) {
	f := fieldOf(key)
	switch {
	case f&allowed == 0:
		if d.item.reason == "" {
			d.item.refuse("unknown field " + decode.Excerpt(key) + "; leave it out")
		}
		return 0, false
	case d.item.seen&f != 0:
		d.item.refuse("field " + string(key) + " is given twice; give it once")
		return 0, false
	}
	d.item.seen |= f
	return f, true
}

// parseReading reads a reading that stands at a depth into item.
func (d *Decoder) parseReading(depth int) bool {
	if object, ok := d.enter("a reading", depth); !object {
		return ok
	}
	return d.object(depth, func(key []byte) bool {
		f, ok := d.claim(key, readingFields)
		if !ok {
			return d.skip(depth + 1)
		}
		return d.readField(f, depth+1)
	})
}

// readField reads the value of a field that is no array or object.
func (d *Decoder) readField(f field, depth int) bool {
	k := kindOf[d.peek()]
	if k == kindObject || k == kindArray {
		d.item.refuse("field " + field(0).missing(f) + " is " + k.String())
		return d.skip(depth)
	}
	b, k, ok := d.scalar()
	if !ok {
		return false
	}
	var reason string
	switch f {
	case hasTime:
		d.item.time, reason = d.readTime(b, k)
	case hasValue:
		d.item.value, reason = readValue(b, k)
	case hasUnit:
		if k == kindNull {
			return true
		}
		if reason = notString(k); reason == "" {
			d.item.unit = b
		}
	case hasSource:
		d.item.source, reason = b, notString(k)
	case hasMetric:
		d.item.metric, reason = b, notString(k)
	}
	if reason != "" {
		d.item.refuse("field " + field(0).missing(f) + " " + reason)
	}
	return true
}

func notString(k kind) string {
	if k == kindString {
		return ""
	}
	return "is " + k.String() + "; send a string"
}

// readTime is the time a scalar says, or what is wrong with it.
func (d *Decoder) readTime(b []byte, k kind) (ns int64, reason string) {
	var out decode.Outcome
	switch k {
	case kindString:
		d.text = true
		if ns, out = decode.ParseRFC3339(b); out == decode.Syntax {
			if why := decode.Unsupported(b); why != "" {
				return 0, decode.Excerpt(b) + " is " + why
			}
			return 0, decode.Excerpt(b) + " is not RFC 3339; write it as 2006-01-02T15:04:05Z, or as a Unix number"
		}
	case kindNumber:
		switch ns, out = decode.UnixTime(b, d.DefaultPrecision); out {
		case decode.Syntax:
			return 0, decode.Excerpt(b) + " is finer than a nanosecond; round it"
		case decode.Doubtful:
			return 0, decode.Doubt(b, ns)
		}
	default:
		return 0, "is " + k.String() + "; send RFC 3339 or a Unix number"
	}
	if out == decode.OutRange || !decode.TimeInRange(ns) {
		return 0, decode.Excerpt(b) + " is out of range: " + decode.OutsideTime()
	}
	if reason, expired := decode.Expired(ns, d.Oldest); expired {
		return 0, decode.Excerpt(b) + " is too old: " + reason
	}
	return ns, ""
}

// readValue is the value a scalar says, or what is wrong with it.
func readValue(b []byte, k kind) (f float64, reason string) {
	switch k {
	case kindTrue:
		return 1, ""
	case kindFalse:
		return 0, ""
	case kindNull:
		return 0, "is null; leave the reading out"
	case kindNumber:
	default:
		return 0, "is " + k.String() + "; send a number"
	}
	f, form := decode.ParseFloat(b)
	switch {
	case math.IsInf(f, 0):
		return 0, decode.Excerpt(b) + " is too large for a float64"
	case form == decode.Integer && !decode.Exact(b, f):
		return 0, decode.Excerpt(b) + " is an integer that a float64 does not hold exactly; send " +
			strconv.FormatFloat(f, 'g', -1, 64) + " or scale it"
	}
	return f, ""
}

// acceptReading adds the item to the batch, or rejects it, and reports whether there is room for it.
func (d *Decoder) acceptReading() bool {
	it := &d.item
	if it.seen&(readingFields&^hasUnit) != readingFields&^hasUnit && it.reason == "" {
		it.refuse("field " + it.seen.missing(readingFields) + " is missing")
	}
	s := d.series()
	if s == nil {
		return d.reject(1, it.reason)
	}
	if len(it.unit) > 0 {
		if reason := s.SetUnit(it.unit); reason != "" {
			return d.reject(1, reason)
		}
	}
	if d.line > 0 {
		d.dict.Line(d.index, d.line)
	}
	s.Add(it.time, it.value)
	return d.count(1)
}

// reject leaves n readings out, and reports whether there was room for them.
func (d *Decoder) reject(n int, reason string) bool {
	d.rejected.AddMany(n, d.index, d.line, reason)
	d.dict.Skip(d.index + n)
	return d.count(n)
}

// series is the dictionary's entry of the item, nil when the item is refused.
func (d *Decoder) series() *decode.Series {
	it := &d.item
	if it.reason != "" {
		return nil
	}
	if err := decode.CheckUnit(it.unit); err != nil {
		it.refuse(err.Error())
		return nil
	}
	source, err := d.dict.Source(it.source)
	if err != nil {
		it.refuse(err.Error())
		return nil
	}
	s, err := source.Series(it.metric)
	if err != nil {
		it.refuse(err.Error())
		return nil
	}
	return s
}
