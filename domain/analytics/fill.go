package analytics

import (
	"fmt"
	"math"
)

// Fill says what stands in buckets that have no value. It knows the buckets of the span only: what lies before the
// first does not count as the value before.
type Fill uint8

// The fills.
const (
	FillNone     Fill = 0 // nothing: the value does not exist
	FillPrevious Fill = 1 // the value of the bucket before; none before the first
	// on the line between the values before and after, by the starts of the buckets; none before the first and after
	// the last
	FillLinear Fill = 2
	FillZero   Fill = 3 // zero
)

var fills = [...]string{"none", "previous", "linear", "zero"}

// ParseFill reads "none" (or nothing), "previous", "linear" or "zero".
func ParseFill(text string) (Fill, error) {
	if text == "" {
		return FillNone, nil
	}
	for i, name := range fills {
		if text == name {
			return Fill(i), nil
		}
	}
	return 0, fmt.Errorf("fill %.40q is none of none, previous, linear, zero", text)
}

// String is the text that ParseFill reads.
func (f Fill) String() string {
	if int(f) < len(fills) {
		return fills[f]
	}
	return fmt.Sprintf("fill-%d", uint8(f))
}

// Apply fills the gaps of a column in place; starts (Unix nanoseconds, rising) runs parallel to it.
func (f Fill) Apply(starts []int64, column []Value) {
	switch f {
	case FillZero:
		for i, v := range column {
			if !v.Valid {
				column[i] = Value{Valid: true}
			}
		}
	case FillPrevious:
		for i := 1; i < len(column); i++ {
			if !column[i].Valid {
				column[i] = column[i-1]
			}
		}
	case FillLinear:
		before := -1
		for i, v := range column {
			if !v.Valid {
				continue
			}
			if before >= 0 {
				interpolate(starts[before:i+1], column[before:i+1])
			}
			before = i
		}
	}
}

// interpolate fills everything between the first and the last value. Between an infinity and anything there is no
// line.
func interpolate(starts []int64, column []Value) {
	last := len(column) - 1
	a, z := column[0].V, column[last].V
	if !finite(a) || !finite(z) {
		return
	}
	span := float64(starts[last] - starts[0])
	for i := 1; i < last; i++ {
		w := float64(starts[i]-starts[0]) / span
		// Products are rounded before they are added: see the package comment. The weighted form does not overflow.
		v := float64(a*(1-w)) + float64(z*w)
		column[i] = Value{V: max(min(a, z), min(max(a, z), v)), Valid: true}
	}
}

func valueOr(v float64, ok bool) Value {
	if !ok {
		return Value{V: math.NaN()}
	}
	return Value{V: v, Valid: true}
}
