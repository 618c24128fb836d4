package georep

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

// trace is a recorded lag: points in time and the lag from there on, or on the line to the next.
type trace struct {
	points []point // rising times
	linear bool
	every  time.Duration // 0: the last lag stays
	start  time.Time
}

type point struct{ at, lag time.Duration }

func (l trace) from(start time.Time) Lag { l.start = start; return l }

func (l trace) Delay(at time.Time, _ float64) time.Duration {
	t := since(l.start, at)
	if l.every > 0 {
		t %= l.every
	}
	i := sort.Search(len(l.points), func(i int) bool { return l.points[i].at > t }) // the first after t
	before := l.before(i)
	if !l.linear {
		return before.lag
	}
	after := l.after(i)
	if after.at == before.at {
		return before.lag
	}
	share := float64(t-before.at) / float64(after.at-before.at)
	return before.lag + time.Duration(share*float64(after.lag-before.lag))
}

// before is the point at or before the time whose next is i; the time before the first belongs to the last, a round
// earlier, or to the first.
func (l trace) before(i int) point {
	switch last := l.points[len(l.points)-1]; {
	case i > 0:
		return l.points[i-1]
	case l.every > 0:
		return point{at: last.at - l.every, lag: last.lag}
	}
	return l.points[0]
}

func (l trace) after(i int) point {
	switch first := l.points[0]; {
	case i < len(l.points):
		if i == 0 && l.every == 0 {
			return first
		}
		return l.points[i]
	case l.every > 0:
		return point{at: first.at + l.every, lag: first.lag}
	}
	return l.points[len(l.points)-1]
}

func (l trace) String() string {
	var b strings.Builder
	b.WriteString("trace")
	if l.linear {
		b.WriteString(" linear")
	}
	if l.every > 0 {
		b.WriteString(" every " + short(l.every))
	}
	for _, p := range l.points {
		b.WriteString(" " + short(p.at) + ":" + short(p.lag))
	}
	return b.String()
}

func rising(points []point) error {
	for i := 1; i < len(points); i++ {
		if points[i].at <= points[i-1].at {
			return fmt.Errorf("the times do not rise: %s comes after %s", short(points[i].at), short(points[i-1].at))
		}
	}
	return nil
}

// ReadTrace reads a recorded lag: lines of a time since the recording began and the lag from there on, both durations
// (12.5s) or numbers of seconds, with a comma between; a heading, empty lines and lines that begin with # are passed
// over. Linear takes the line between two points instead of the step. The recording begins again every so often; 0 is
// never: its last lag stays. An error names the line.
func ReadTrace(r io.Reader, linear bool, every time.Duration) (Lag, error) {
	in := csv.NewReader(r)
	in.Comment, in.FieldsPerRecord, in.TrimLeadingSpace = '#', 2, true
	l := trace{linear: linear, every: every}
	for first := true; ; first = false {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("trace: %w: write lines like 10s,30s", err)
		}
		at, bad := seconds(record[0])
		lag, worse := seconds(record[1])
		if first && bad != nil && worse != nil && !strings.ContainsAny(record[0], "0123456789") {
			continue // the heading
		}
		if err := errors.Join(bad, worse); err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("trace: line %d: %w", line, err)
		}
		l.points = append(l.points, point{at: at, lag: lag})
	}
	switch {
	case len(l.points) == 0:
		return nil, errors.New("trace: no points in it: write lines like 10s,30s")
	case every < 0 || every > 0 && every <= l.points[len(l.points)-1].at:
		return nil, fmt.Errorf("trace: every %s is not after the last point, %s: write a longer time, or 0s for never",
			short(every), short(l.points[len(l.points)-1].at))
	}
	if err := rising(l.points); err != nil {
		return nil, fmt.Errorf("trace: %w: sort the lines by time", err)
	}
	return l, nil
}

// seconds reads a duration, or a number of seconds.
func seconds(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	d, err := time.ParseDuration(text)
	if err != nil {
		d, err = time.ParseDuration(text + "s")
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration from 0s on: write it like 12.5s or 12.5", text)
	}
	return d, nil
}
