package telemetry

import (
	"fmt"
	"time"
)

// WindowSize is the length of a chunk's window. The sizes nest: twelve times 5 minutes make an hour, 24 hours a day,
// 32 days a month, 12 months a year. A "year" is therefore 384 days: only nested windows let a chunk that grew too
// large be split into children in one batch, and every key stays computable from a time alone. Five minutes are for
// series of more than a reading a second. The sizes below nest in them; the least has 10,000 moments, one a
// nanosecond, and so never more readings than a row can hold. A window has at most 40 children: a split changes two
// rows for each, and the parent's two, in one batch.
type WindowSize uint8

// The sizes, from the largest. The numbers are stored.
const (
	WindowYear    WindowSize = 1 // 384 days
	WindowMonth   WindowSize = 2 // 32 days
	WindowDay     WindowSize = 3
	WindowHour    WindowSize = 4
	WindowMinutes WindowSize = 5 // five of them
	WindowSeconds WindowSize = 6 // ten of them
	Window250ms   WindowSize = 7
	Window10ms    WindowSize = 8
	Window250us   WindowSize = 9
	Window10us    WindowSize = 10

	WindowLeast = Window10us // it has no children
)

var windowNanos = [...]int64{
	WindowYear:    384 * 24 * int64(time.Hour),
	WindowMonth:   32 * 24 * int64(time.Hour),
	WindowDay:     24 * int64(time.Hour),
	WindowHour:    int64(time.Hour),
	WindowMinutes: 5 * int64(time.Minute),
	WindowSeconds: 10 * int64(time.Second),
	Window250ms:   250 * int64(time.Millisecond),
	Window10ms:    10 * int64(time.Millisecond),
	Window250us:   250 * int64(time.Microsecond),
	Window10us:    10 * int64(time.Microsecond),
}

// Known reports whether there is such a size.
func (s WindowSize) Known() bool { return s >= WindowYear && s <= WindowLeast }

// Nanos is the size in nanoseconds; of one that is not known (decoders meet them) it is the least.
func (s WindowSize) Nanos() int64 {
	if !s.Known() {
		s = WindowLeast
	}
	return windowNanos[s]
}

// Window is a span of time [Start, End) that one chunk covers. Index counts windows of the size since 1970-01-01 and
// may be negative.
type Window struct {
	Size  WindowSize
	Index int64
}

// YearWindow is the year window of an index.
func YearWindow(index int32) Window { return Window{Size: WindowYear, Index: int64(index)} }

// WindowOf is the window of a size that holds the moment t (Unix nanoseconds).
func WindowOf(size WindowSize, t int64) Window {
	return Window{Size: size, Index: floorDiv(t, size.Nanos())}
}

// Start is the first moment, Unix nanoseconds. A window at the edge of what an int64 holds is cut there.
func (w Window) Start() int64 {
	return edge(w.Index, w.Size.Nanos())
}

// End is the first moment after the window.
func (w Window) End() int64 {
	if w.Index == 1<<63-1 {
		return 1<<63 - 1
	}
	return edge(w.Index+1, w.Size.Nanos())
}

// edge is where the window of an index starts, as far as an int64 holds it.
func edge(index, n int64) int64 {
	switch most := (1<<63 - 1) / n; {
	case index < -most:
		return -1 << 63
	case index > most:
		return 1<<63 - 1
	}
	return index * n
}

// Contains reports whether t lies in the window.
func (w Window) Contains(t int64) bool { return w.Start() <= t && t < w.End() }

// YearOf is the index of the year window that holds t. Those of all times fit an int32.
func YearOf(t int64) int32 { return int32(WindowOf(WindowYear, t).Index) }

// Child is the window of the next smaller size that holds t, and false for the least size.
func (w Window) Child(t int64) (Window, bool) {
	if w.Size == WindowLeast {
		return Window{}, false
	}
	return WindowOf(w.Size+1, t), true
}

// Parent is the window of the next greater size that holds w, and false for a year.
func (w Window) Parent() (Window, bool) {
	if w.Size == WindowYear {
		return Window{}, false
	}
	return WindowOf(w.Size-1, w.Start()), true
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

// String is the size's letter, or below five minutes its length, and the start: "d 2026-11-23T00:00:00Z", "250ms
// 2026-11-23T00:00:00.25Z".
func (w Window) String() string {
	if !w.Size.Known() {
		return fmt.Sprintf("window %d of size %d", w.Index, w.Size)
	}
	size := time.Duration(w.Size.Nanos()).String()
	if w.Size <= WindowMinutes {
		size = "?ymdhi"[w.Size : w.Size+1]
	}
	return size + " " + time.Unix(0, w.Start()).UTC().Format(time.RFC3339Nano)
}
