package telemetry

import (
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// CheckName reports what keeps s from being a name: it has 1 to MaxNameUnits UTF-16 units of valid UTF-8 without
// control characters. What says whose name it is ("source", "metric") in the message. It allocates nothing when the
// name is fine.
func CheckName(what, s string) error { return checkText(what, s, 1, MaxNameUnits) }

// CheckUnit reports what keeps s from being a unit: as a name, but at most MaxUnitUnits long, and "" is unsaid.
func CheckUnit(s string) error { return checkText("unit", s, 0, MaxUnitUnits) }

// CheckLabels reports what keeps ls from being the labels of a source: at most MaxLabels, sorted by name without
// duplicates, names of 1 to MaxLabelNameUnits and values of 0 to MaxLabelValueUnits UTF-16 units, as in CheckName.
func CheckLabels(ls []Label) error {
	if len(ls) > MaxLabels {
		return fmt.Errorf("a source has %d labels; send at most %d", len(ls), MaxLabels)
	}
	for i, l := range ls {
		if err := checkText("label name", l.Name, 1, MaxLabelNameUnits); err != nil {
			return err
		}
		if err := checkText("value of a label", l.Value, 0, MaxLabelValueUnits); err != nil {
			return fmt.Errorf("label %q: %w", l.Name, err)
		}
		if i > 0 && ls[i-1].Name == l.Name {
			return fmt.Errorf("label %q is given twice; send it once", l.Name)
		}
		if i > 0 && ls[i-1].Name > l.Name {
			return fmt.Errorf("label %q comes after %q; sort labels by name", l.Name, ls[i-1].Name)
		}
	}
	return nil
}

// CheckTime reports what keeps ns (Unix nanoseconds) from being the time of a reading: MinTime <= ns < MaxTime.
func CheckTime(ns int64) error {
	if ns < MinTime || ns >= MaxTime {
		return fmt.Errorf("time %s lies outside %d to %d; check the unit of the timestamp (precision)",
			time.Unix(0, ns).UTC().Format(time.RFC3339), time.Unix(0, MinTime).UTC().Year(),
			time.Unix(0, MaxTime).UTC().Year())
	}
	return nil
}

// CheckValue reports what keeps f from being a value: it has to be finite.
func CheckValue(f float64) error {
	if math.Float64bits(f)&(0x7ff<<52) == 0x7ff<<52 {
		return fmt.Errorf("value %v is not a finite number; leave the reading out", f)
	}
	return nil
}

func checkText(what, s string, least, most int) error {
	if len(s) < least {
		return fmt.Errorf("the %s is empty; give it one", what)
	}
	units := len(s)
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b >= utf8.RuneSelf:
			return checkRunes(what, s, most)
		case b < 0x20 || b == 0x7f:
			return controlError(what, rune(b))
		}
	}
	if units > most {
		return lengthError(what, units, most)
	}
	return nil
}

func checkRunes(what, s string, most int) error {
	units := 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !isReplacement(s[i:]):
			return fmt.Errorf("the %s is not valid UTF-8 at byte %d; send UTF-8", what, i)
		case r < 0x20 || (r >= 0x7f && r <= 0x9f):
			return controlError(what, r)
		case r > 0xffff:
			units++
		}
		units++
	}
	if units > most {
		return lengthError(what, units, most)
	}
	return nil
}

// isReplacement tells an encoded U+FFFD from a byte that does not decode.
func isReplacement(s string) bool {
	_, n := utf8.DecodeRuneInString(s)
	return n == 3
}

func controlError(what string, r rune) error {
	return fmt.Errorf("the %s has the control character %U; remove it", what, r)
}

func lengthError(what string, units, most int) error {
	return fmt.Errorf("the %s has %d UTF-16 units; shorten it to %d", what, units, most)
}
