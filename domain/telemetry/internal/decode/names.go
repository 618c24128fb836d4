package decode

import (
	"fmt"
	"time"
	"unicode/utf8"

	"tidemark/domain/telemetry"
)

// CheckSource says what is wrong with the name of a source.
func CheckSource(s string) error { return check("source", s, telemetry.MaxNameUnits) }

// CheckMetric says what is wrong with the name of a metric.
func CheckMetric(s string) error { return check("metric", s, telemetry.MaxNameUnits) }

// CheckUnit says what is wrong with a unit. The empty one is fine: it is unsaid.
func CheckUnit(s []byte) error {
	if len(s) == 0 || (len(s) == 1 && s[0] > ' ' && s[0] < 0x7f) {
		return nil
	}
	return check("unit", string(s), telemetry.MaxUnitUnits)
}

// CheckLabels says what is wrong with the labels of a source, sorted by name.
func CheckLabels(labels []telemetry.Label) error {
	if len(labels) > telemetry.MaxLabels {
		return fmt.Errorf("%d labels; a source has at most %d", len(labels), telemetry.MaxLabels)
	}
	for i, l := range labels {
		if i > 0 && labels[i-1].Name == l.Name {
			return fmt.Errorf("label %s is given twice; give it once", Excerpt([]byte(l.Name)))
		}
		if err := check("label name", l.Name, telemetry.MaxLabelNameUnits); err != nil {
			return err
		}
		if l.Value == "" {
			continue
		}
		if err := check("label value", l.Value, telemetry.MaxLabelValueUnits); err != nil {
			return fmt.Errorf("label %s: %w", Excerpt([]byte(l.Name)), err)
		}
	}
	return nil
}

func check(kind, s string, limit int) error {
	if s == "" {
		return fmt.Errorf("the %s is empty; name it", kind)
	}
	units := 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return fmt.Errorf("the %s is not UTF-8 at byte %d; send UTF-8", kind, i)
			}
		case r < 0x20 || (r >= 0x7f && r <= 0x9f):
			return fmt.Errorf("the %s holds the control character %U; leave it out", kind, r)
		case r > 0xffff:
			units++
		}
		units++
	}
	if units > limit {
		return fmt.Errorf("the %s has %d UTF-16 units; at most %d are allowed", kind, units, limit)
	}
	return nil
}

// TimeInRange reports whether a reading may have this time.
func TimeInRange(ns int64) bool { return telemetry.MinTime <= ns && ns < telemetry.MaxTime }

// OutsideTime is the reason for a time that is not in range.
func OutsideTime() string {
	return fmt.Sprintf("the time lies outside of %s to %s; check its precision", time.Unix(0, telemetry.MinTime).UTC().Format(time.DateOnly),
		time.Unix(0, telemetry.MaxTime).UTC().Format(time.DateOnly))
}
