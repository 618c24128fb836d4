package telemetry

import (
	"fmt"
	"time"
)

// WindowSize is the length of a chunk's window. The sizes nest: twelve times 5 minutes make an hour, 24 hours a day, 32 days a month, 12 months a
// year. A "year" is therefore 384 days: only nested windows let a chunk that grew too large be split into children in one batch, and
// every key stays computable from a time alone. Five minutes are for series of more than a reading a second.
type WindowSize uint8

// The sizes, from the largest. The numbers are stored.
const (
	WindowYear    WindowSize = 1 // 384 days
	WindowMonth   WindowSize = 2 // 32 days
	WindowDay     WindowSize = 3
	WindowHour    WindowSize = 4
	WindowMinutes WindowSize = 5 // five of them
)

// Nanos is the size in nanoseconds.
func (s WindowSize) Nanos() int64 {
	switch s {
	case WindowYear:
		return 384 * 24 * int64(time.Hour)
	case WindowMonth:
		return 32 * 24 * int64(time.Hour)
	case WindowDay:
		return 24 * int64(time.Hour)
	case WindowHour:
		return int64(time.Hour)
	}
	return 5 * int64(time.Minute)
}

// Window is a span of time [Start, End) that one chunk covers. Index counts windows of the size since 1970-01-01 and may be negative.
type Window struct {
	Size  WindowSize
	Index int32
}

// WindowOf is the window of a size that holds the moment t (Unix nanoseconds).
func WindowOf(size WindowSize, t int64) Window {
	return Window{Size: size, Index: int32(floorDiv(t, size.Nanos()))}
}

// Start is the first moment, Unix nanoseconds. A window at the edge of what an int64 holds is cut there.
func (w Window) Start() int64 {
	n := w.Size.Nanos()
	if int64(w.Index) < -(1<<63-1)/n {
		return -1 << 63
	}
	return int64(w.Index) * n
}

// End is the first moment after the window.
func (w Window) End() int64 {
	n := w.Size.Nanos()
	if int64(w.Index)+1 > (1<<63-1)/n {
		return 1<<63 - 1
	}
	return (int64(w.Index) + 1) * n
}

// Contains reports whether t lies in the window.
func (w Window) Contains(t int64) bool { return w.Start() <= t && t < w.End() }

// Year is the year window that holds w: the unit in which chunk tables are made and dropped.
func (w Window) Year() Window { return WindowOf(WindowYear, w.Start()) }

// Child is the window of the next smaller size that holds t, and false for five minutes.
func (w Window) Child(t int64) (Window, bool) {
	if w.Size == WindowMinutes {
		return Window{}, false
	}
	return WindowOf(w.Size+1, t), true
}

// Windows lists the windows of a size that overlap [from, to).
func Windows(size WindowSize, from, to int64) []Window {
	if to <= from {
		return nil
	}
	first, last := WindowOf(size, from), WindowOf(size, to-1)
	ws := make([]Window, 0, last.Index-first.Index+1)
	for i := first.Index; i <= last.Index; i++ {
		ws = append(ws, Window{Size: size, Index: i})
	}
	return ws
}

// String is the size's letter and the start: "d 2026-11-23T00:00:00Z".
func (w Window) String() string {
	return fmt.Sprintf("%c %s", "?ymdhi"[w.Size], time.Unix(0, w.Start()).UTC().Format(time.RFC3339))
}
