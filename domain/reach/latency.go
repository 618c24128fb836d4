package reach

import (
	"math/bits"
	"sync"
	"time"
)

// latency knows how long calls took, lately. Times are sorted into classes, four to each doubling from a microsecond
// on; the halves of what is remembered are filled in turn.
type latency struct {
	mu     sync.Mutex
	halves [2]half
	in     int       // the half that is filled
	since  time.Time // it is
}

type half struct {
	calls   int
	classes [classes]int32
}

const (
	classes   = 4 * 26 // up to a minute
	remember  = 10 * time.Second
	certainly = 20 // calls, before a quantile means anything
)

// classOf is the class of a time.
func classOf(d time.Duration) int {
	us := uint64(max(1, (d + time.Microsecond - 1).Microseconds()))
	octave := bits.Len64(us) - 1
	return min(classes-1, 4*octave+int(us<<2>>octave&3))
}

// upTo is the longest time of a class, about.
func upTo(class int) time.Duration {
	octave, quarter := class/4, class%4
	return time.Duration(5+quarter) << octave * time.Microsecond / 4
}

func (l *latency) add(took time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) >= remember {
		l.in = 1 - l.in
		l.halves[l.in], l.since = half{}, now
	}
	h := &l.halves[l.in]
	h.calls++
	h.classes[classOf(took)]++
}

// p95 is the time that one of twenty calls takes longer than; false while too few are remembered.
func (l *latency) p95() (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := l.halves[0].calls + l.halves[1].calls
	if calls < certainly {
		return 0, false
	}
	above := 0
	for class := classes - 1; class > 0; class-- {
		above += int(l.halves[0].classes[class] + l.halves[1].classes[class])
		if above*20 > calls {
			return upTo(class), true
		}
	}
	return upTo(0), true
}
