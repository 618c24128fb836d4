package reach

import "time"

// parts is how finely a window is cut: a part of it goes at once.
const parts = 10

// window counts what came of calls, lately.
type window struct {
	at    int64 // the part that is counted in: its number since the epoch of times
	calls [parts]int
	bad   [parts]int
}

// add counts a call that ended at a time, in a window of some length.
func (w *window) add(now time.Time, length time.Duration, bad bool) {
	at := max(0, now.UnixNano()) / max(1, int64(length)/parts)
	switch gone := at - w.at; {
	case gone < 0: // the clock went back: it is counted where the others are
	case gone >= parts:
		*w = window{at: at}
	default:
		for ; w.at < at; w.at++ {
			w.calls[(w.at+1)%parts], w.bad[(w.at+1)%parts] = 0, 0
		}
	}
	w.calls[w.at%parts]++
	if bad {
		w.bad[w.at%parts]++
	}
}

// share is the share of calls that are bad, and how many there were.
func (w *window) share() (bad float64, calls int) {
	sum := 0
	for i := range w.calls {
		calls += w.calls[i]
		sum += w.bad[i]
	}
	return float64(sum) / float64(max(1, calls)), calls
}
