package analytics

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"tidemark/domain/telemetry"
)

// Step divides the time axis into buckets: a fixed duration, or a number of calendar days, weeks, months or years in
// a time zone.
//
// Fixed steps count from 1970-01-01T00:00:00Z. Calendar steps begin at the first moment of a day in the zone, so that
// a day of a daylight-saving change has 23 or 25 hours (a midnight that occurs twice counts from the first, one that
// is skipped from the change): n days count from 1970-01-01, weeks from Monday 1970-01-05, months and years from the
// year 0, so that 3 months are quarters and 10 years are decades. The zero Step is invalid.
type Step struct{ grid }

// Bounds of steps, so that no boundary leaves the range of an int64 of nanoseconds.
const (
	minFixed = time.Millisecond
	maxFixed = 3660 * 24 * time.Hour
)

var units = map[string]struct {
	unit unit
	most int64
}{"d": {day, 3660}, "w": {week, 520}, "mo": {month, 120}, "y": {year, 10}}

// durationForm is what a fixed step looks like.
var durationForm = regexp.MustCompile(`^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$`)

// FixedStep is a step of a fixed duration from a millisecond to some ten years.
func FixedStep(d time.Duration) (Step, error) {
	if d < minFixed || d > maxFixed {
		return Step{}, errFixed(d.String())
	}
	return Step{grid{unit: fixed, n: int64(d)}}, nil
}

func errFixed(text string) error {
	return fmt.Errorf("step %.40s: a fixed step lies between %s and %d days", text, minFixed, maxFixed/(24*time.Hour))
}

// ParseStep reads "500ms", "30s", "15m", "1h", "1h30m" (fixed), "1d", "2w", "1mo", "3mo", "1y" (calendar, in the
// zone; nil is UTC). A day is a calendar day; 24 fixed hours are "24h". "m" is minutes.
func ParseStep(text string, zone *time.Location) (Step, error) {
	digits := strings.TrimLeft(text, "0123456789")
	u, calendar := units[digits]
	if !calendar {
		d, err := time.ParseDuration(text)
		if err != nil && durationForm.MatchString(text) { // it is more than a duration holds
			return Step{}, errFixed(text)
		}
		if err != nil {
			return Step{}, fmt.Errorf("step %.40q: write a number and ms, s, m (minutes), h, d, w, mo (months) or "+
				"y, as in 15m or 1mo", text)
		}
		return FixedStep(d)
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(text, digits), 10, 64)
	if err != nil || n < 1 || n > u.most {
		return Step{}, fmt.Errorf("step %.40q: between 1%s and %d%s", text, digits, u.most, digits)
	}
	if zone == nil {
		zone = time.UTC
	}
	return Step{grid{unit: u.unit, n: n, loc: zone}}, nil
}

// String is the text ParseStep reads, without the zone.
func (s Step) String() string {
	switch {
	case s.n == 0:
		return "none"
	case s.unit == fixed:
		d := time.Duration(s.n).String()
		if strings.HasSuffix(d, "m0s") {
			d = d[:len(d)-2]
		}
		if strings.HasSuffix(d, "h0m") {
			d = d[:len(d)-2]
		}
		return d
	}
	return strconv.FormatInt(s.n, 10) + [...]string{day: "d", week: "w", month: "mo", year: "y"}[s.unit]
}

// Valid reports whether it is a step at all.
func (s Step) Valid() bool { return s.n > 0 }

// Floor is the start of the bucket that holds t. Times are Unix nanoseconds between telemetry.MinTime and
// telemetry.MaxTime.
func (s Step) Floor(t int64) int64 {
	if s.unit == fixed {
		return floorTo(t, s.n)
	}
	return s.start(s.index(t))
}

// Next is the start of the bucket after that of t: the end of it.
func (s Step) Next(t int64) int64 {
	if s.unit == fixed {
		return floorTo(t, s.n) + s.n
	}
	for i := s.index(t) + 1; ; i++ {
		if next := s.start(i); next > t { // a day that a zone left out is no bucket
			return next
		}
	}
}

// MaxBuckets is the default bound of Bounds.
const MaxBuckets = 100_000

// ErrTooManyBuckets is in the chain of the error of Bounds when the step is too short for the span.
var ErrTooManyBuckets = errors.New("too many buckets")

// Bounds lists the boundaries of the buckets that meet [from, to): the first is at or before from, the last at or
// after to, and bucket i is [Bounds[i], Bounds[i+1]). The error is for people: an empty span, one outside
// telemetry.MinTime..MaxTime, or ErrTooManyBuckets.
func (s Step) Bounds(from, to int64, limit int) ([]int64, error) {
	switch {
	case !s.Valid():
		return nil, errors.New("step: missing")
	case from >= to:
		return nil, errors.New("the span is empty: from has to be before to")
	case from < telemetry.MinTime || to > telemetry.MaxTime:
		return nil, errors.New("the span reaches beyond the years 1700 to 2199")
	}
	first := s.Floor(from)
	if s.unit == fixed && (to-1)/s.n-first/s.n > int64(limit) {
		return nil, s.tooMany(limit)
	}
	bounds := []int64{first}
	for b := first; b < to; {
		if len(bounds) > limit {
			return nil, s.tooMany(limit)
		}
		b = s.Next(b)
		bounds = append(bounds, b)
	}
	return bounds, nil
}

func (s Step) tooMany(limit int) error {
	return fmt.Errorf("%w: step %s makes more than %d in this span; choose a longer step or a shorter span",
		ErrTooManyBuckets, s, limit)
}

// Aligned reports whether from, to and every boundary of the step between them are multiples of a bucket size
// (nanoseconds), so that rollups with such buckets can serve [from, to).
func Aligned(s Step, from, to, bucketSize int64) bool {
	if from%bucketSize != 0 || to%bucketSize != 0 {
		return false
	}
	if s.unit == fixed && s.n%bucketSize == 0 {
		return true
	}
	for b := s.Next(from); b < to; b = s.Next(b) {
		if b%bucketSize != 0 {
			return false
		}
	}
	return true
}

// bucketOf is the index of the bucket that holds t, given boundaries.
func bucketOf(bounds []int64, t int64) int {
	return sort.Search(len(bounds), func(i int) bool { return bounds[i] > t }) - 1
}
