package edge

import "time"

// Schedule is when one site probes one origin: at Start plus Phase, and every Interval from there.
type Schedule struct {
	Start    time.Time
	Phase    time.Duration // 0 to below Interval
	Interval time.Duration
}

// Next is the first probe that begins after t, and its number, from 0.
func (s Schedule) Next(t time.Time) (begin time.Time, k int64) {
	first := s.Start.Add(s.Phase)
	if t.Before(first) {
		return first, 0
	}
	k = int64(t.Sub(first)/s.Interval) + 1
	return first.Add(time.Duration(k) * s.Interval), k
}

// Sample is what one probe found.
type Sample struct {
	Began time.Time
	Took  time.Duration // to the last byte of the answer, or to the failure
	OK    bool          // a whole answer of status 200
	Why   string        // it failed
}

// Ended is when a site knows of it.
func (s Sample) Ended() time.Time { return s.Began.Add(s.Took) }

// window is what a site remembers of an origin's probes: the last SampleSize, the oldest first.
type window []Sample

func (w window) add(s Sample, size int) window {
	w = append(w, s)
	return w[max(0, len(w)-size):]
}

// healthy takes probes that were not made yet for successes: a new site, and a site whose origin was just enabled,
// routes by priority at once instead of treating all as unhealthy. What Front Door does before its first probes is
// not documented.
func (w window) healthy(s Settings) bool {
	failed := 0
	for _, sample := range w[max(0, len(w)-s.SampleSize):] {
		if !sample.OK {
			failed++
		}
	}
	return failed < s.failures()
}

// latency is the mean of the successful samples; ok is false without one.
func (w window) latency() (mean time.Duration, ok bool) {
	n := time.Duration(0)
	for _, sample := range w {
		if sample.OK {
			mean += sample.Took
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return mean / n, true
}
