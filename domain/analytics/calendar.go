package analytics

import "time"

const (
	secondsADay = 86400
	firstMonday = 4 // 1970-01-05, in days since 1970-01-01
)

// start is the first moment of calendar bucket i, Unix nanoseconds.
func (s Step) start(i int64) int64 {
	var midnight int64 // of the bucket's first day, as if the zone were UTC
	switch s.unit {
	case day:
		midnight = i * s.n * secondsADay
	case week:
		midnight = (i*s.n*7 + firstMonday) * secondsADay
	case month:
		midnight = time.Date(0, time.Month(i*s.n+1), 1, 0, 0, 0, 0, time.UTC).Unix()
	case year:
		midnight = time.Date(int(i*s.n), time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return firstMoment(midnight, s.loc) * int64(time.Second)
}

// index is the calendar bucket that holds t: the last that starts at or before it.
func (s Step) index(t int64) int64 {
	y, m, d := time.Unix(0, t).In(s.loc).Date()
	var i int64
	switch s.unit {
	case day, week:
		days := floorTo(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), secondsADay) / secondsADay
		if s.unit == week {
			i = floorTo(days-firstMonday, 7*s.n) / (7 * s.n)
		} else {
			i = floorTo(days, s.n) / s.n
		}
	case month:
		i = (int64(y)*12 + int64(m-time.January)) / s.n
	case year:
		i = int64(y) / s.n
	}
	// Where clocks go back over midnight the date returns to the day before although the next has begun.
	for s.start(i+1) <= t {
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
