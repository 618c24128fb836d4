package analytics

import "time"

const (
	secondsADay = 86400
	firstMonday = 4 // 1970-01-05, in days since 1970-01-01
)

// grid is what divides time: so many nanoseconds, or so many units of the calendar of a zone.
type grid struct {
	unit unit
	n    int64 // nanoseconds for fixed, else units
	loc  *time.Location
}

type unit uint8

const (
	fixed unit = iota
	day
	week
	month
	year
)

// start is the first moment of calendar bucket i, Unix nanoseconds.
func (g grid) start(i int64) int64 {
	var midnight int64 // of the bucket's first day, as if the zone were UTC
	switch g.unit {
	case day:
		midnight = i * g.n * secondsADay
	case week:
		midnight = (i*g.n*7 + firstMonday) * secondsADay
	case month:
		midnight = time.Date(0, time.Month(i*g.n+1), 1, 0, 0, 0, 0, time.UTC).Unix()
	case year:
		midnight = time.Date(int(i*g.n), time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return firstMoment(midnight, g.loc) * int64(time.Second)
}

// index is the calendar bucket that holds t: the last that starts at or before it.
func (g grid) index(t int64) int64 {
	y, m, d := time.Unix(0, t).In(g.loc).Date()
	var i int64
	switch g.unit {
	case day, week:
		days := floorTo(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), secondsADay) / secondsADay
		if g.unit == week {
			i = floorTo(days-firstMonday, 7*g.n) / (7 * g.n)
		} else {
			i = floorTo(days, g.n) / g.n
		}
	case month:
		i = (int64(y)*12 + int64(m-time.January)) / g.n
	case year:
		i = int64(y) / g.n
	}
	// Where clocks go back over midnight the date returns to the day before although the next has begun.
	for g.start(i+1) <= t {
		i++
	}
	return i
}

// firstMoment is the first moment, in Unix seconds, at which the clocks of a zone show a wall time or later: the
// earlier of two, and the change itself where clocks skip it. time.Date promises neither.
func firstMoment(wall int64, zone *time.Location) int64 {
	t := time.Unix(wall-2*secondsADay, 0).In(zone) // no zone is two days from UTC
	for {
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			// By a rule and not by a list (as of most zones after 2037) a year ends after 365 days, leap years too:
			// package time, tzset.
			end = t.Add(secondsADay * time.Second)
		}
		at := wall - int64(offset)
		switch {
		case !start.IsZero() && at < start.Unix():
			return start.Unix()
		case end.IsZero() || at < end.Unix():
			return at
		}
		t = end
	}
}
