package reach

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/domain/region"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newBreaker() *breaker { return &breaker{cfg: BreakerConfig{}.whole()} }

// calls makes calls one after another, a millisecond each, and gives when the last ended.
func (b *breaker) calls(t *testing.T, now time.Time, outcomes ...region.Outcome) time.Time {
	t.Helper()
	for i, o := range outcomes {
		if ok, _ := b.admit(now); !ok {
			t.Fatalf("call %d is refused", i)
		}
		b.ended(o, now, now.Add(time.Millisecond))
		now = now.Add(time.Millisecond)
	}
	return now
}

func repeated(n int, o region.Outcome) []region.Outcome {
	out := make([]region.Outcome, n)
	for i := range out {
		out[i] = o
	}
	return out
}

func TestABreakerOpens(t *testing.T) {
	for name, c := range map[string]struct {
		calls []region.Outcome
		want  State
	}{
		"after nothing":       {nil, Closed},
		"after answers":       {repeated(100, region.Answered), Closed},
		"not after four":      {repeated(4, region.Failed), Closed},
		"after five in a row": {repeated(5, region.Failed), Open},
		"not if one answers": {slices.Concat(repeated(4, region.Failed), repeated(1, region.Answered),
			repeated(4, region.Failed)), Closed},
		"after a silence":      {[]region.Outcome{region.Answered, region.Silent}, Open},
		"after half of twenty": {interleaved(10), Open},
		"not after a few":      {interleaved(9), Closed},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBreaker()
			b.calls(t, noon, c.calls...)
			if b.state != c.want {
				t.Errorf("it is %v, want %v", b.state, c.want)
			}
		})
	}
}

// interleaved is so many pairs of an answer and a failure.
func interleaved(n int) (out []region.Outcome) {
	for range n {
		out = append(out, region.Answered, region.Failed)
	}
	return out
}

// TestFailuresOfLongAgoDoNotCount: the window moves on.
func TestFailuresOfLongAgoDoNotCount(t *testing.T) {
	b := newBreaker()
	now := b.calls(t, noon, interleaved(9)...)
	now = now.Add(b.cfg.Window)
	b.calls(t, now, append(repeated(10, region.Answered), interleaved(5)...)...)
	if b.state != Closed {
		t.Errorf("it is %v after five failures of twenty calls, and nine of long ago", b.state)
	}
}

// TestACallFromBeforeSaysNothing: what was sent before the breaker turned was sent to what the endpoint was then.
func TestACallFromBeforeSaysNothing(t *testing.T) {
	b := newBreaker()
	before := noon
	now := b.calls(t, noon.Add(time.Second), repeated(5, region.Failed)...)
	b.ended(region.Answered, before, now)
	if b.state != Open {
		t.Fatalf("an answer to a call from before made it %v", b.state)
	}
	now = now.Add(b.cfg.Brief)
	if ok, _ := b.admit(now); !ok || b.state != HalfOpen {
		t.Fatalf("after its rest it is %v", b.state)
	}
	for range 5 {
		b.ended(region.Failed, before, now)
	}
	if b.state != HalfOpen {
		t.Fatalf("failures of calls from before made it %v", b.state)
	}
	if b.ended(region.Answered, now, now.Add(1)); b.state != Closed {
		t.Fatalf("the answer to the call that tries made it %v", b.state)
	}
	for range 5 {
		b.ended(region.Failed, before, now.Add(2))
	}
	if b.state != Closed {
		t.Fatalf("failures of calls from before made it %v", b.state)
	}
}

// TestASilenceThatWasBrokenIsNone: a call was lost while others were answered.
func TestASilenceThatWasBrokenIsNone(t *testing.T) {
	b := newBreaker()
	b.ended(region.Answered, noon, noon.Add(500*time.Millisecond))
	b.ended(region.Silent, noon, noon.Add(time.Second))
	if b.state != Closed {
		t.Errorf("it is %v", b.state)
	}
	b.ended(region.Silent, noon.Add(time.Second), noon.Add(2*time.Second))
	if b.state != Open {
		t.Errorf("after a silence it is %v", b.state)
	}
}

// TestABreakerKeepsItsWord draws calls with any outcome, in any order, with a clock that may go back, and holds: a
// breaker that is open admits nothing before its rest is over, and one that is half-open one call a rest; after an
// answer to a call that it let through when half-open it is closed; whatever came before, some rests later it admits a
// call again.
func TestABreakerKeepsItsWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, now := newBreaker(), noon
		var under []time.Time
		var last time.Time // a call was let through while it was not closed
		for range rapid.IntRange(1, 80).Draw(t, "events") {
			pause := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 300 * time.Millisecond, time.Second,
				20 * time.Second, -time.Second, -time.Hour}).Draw(t, "pause")
			if now = now.Add(pause); pause < 0 {
				last = time.Time{}
			}
			if len(under) == 0 || rapid.Bool().Draw(t, "begin") {
				was, since := b.state, b.since
				ok, wait := b.admit(now)
				switch {
				case !ok && (wait <= 0 || wait > b.rest):
					t.Fatalf("%v, come again after %v", was, wait)
				case was == Closed && !ok:
					t.Fatal("refused by a closed breaker")
				case was == Open && ok && now.Sub(since) < b.rest:
					t.Fatalf("let through %v after it opened", now.Sub(since))
				case was == HalfOpen && ok && !b.tried.IsZero() && !last.IsZero() &&
					now.Sub(last) < b.rest:
					t.Fatalf("two calls within %v", now.Sub(last))
				}
				if ok {
					under = append(under, now)
					if was != Closed {
						last = now
					}
				}
				continue
			}
			i := rapid.IntRange(0, len(under)-1).Draw(t, "which")
			began := under[i]
			under = append(under[:i], under[i+1:]...)
			outcome := rapid.SampledFrom([]region.Outcome{0, region.Answered, region.Answered, region.Failed,
				region.Failed, region.Failed, region.Silent}).Draw(t, "outcome")
			if outcome == 0 {
				if b.left(began); b.tried.IsZero() {
					last = time.Time{}
				}
				continue
			}
			tries := b.state == HalfOpen && !began.Before(b.since)
			b.ended(outcome, began, now)
			if tries && (b.state == Closed) != (outcome == region.Answered) {
				t.Fatalf("the call that tried %v, and it is %v", outcome, b.state)
			}
		}
		for range 3 {
			if ok, _ := b.admit(now); ok {
				return
			}
			now = now.Add(b.cfg.Rest)
		}
		t.Fatalf("it admits nothing any more: %+v", b)
	})
}

// TestAWindowCountsWhatIsLately compares with a list of calls.
func TestAWindowCountsWhatIsLately(t *testing.T) {
	const length = 10 * time.Second
	type call struct {
		at  time.Time
		bad bool
	}
	rapid.Check(t, func(t *rapid.T) {
		var w window
		var all []call
		now := noon
		for range rapid.IntRange(1, 100).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond)
			bad := rapid.Bool().Draw(t, "bad")
			w.add(now, length, bad)
			all = append(all, call{now, bad})
			var lately, failed, surely, failedSurely int
			for _, c := range all {
				if now.Sub(c.at) < length {
					lately++
					if c.bad {
						failed++
					}
				}
				if now.Sub(c.at) < length-length/parts {
					surely++
					if c.bad {
						failedSurely++
					}
				}
			}
			share, calls := w.share()
			if calls < surely || calls > lately {
				t.Fatalf("%d calls, between %d and %d are lately", calls, surely, lately)
			}
			if sum := int(share*float64(calls) + 0.5); sum < failedSurely || sum > failed {
				t.Fatalf("%d bad calls, between %d and %d are lately", sum, failedSurely, failed)
			}
		}
	})
}

// TestRestsGetLonger while what tries fails, up to the longest, and are brief again after an answer.
func TestRestsGetLonger(t *testing.T) {
	b := newBreaker()
	now := b.calls(t, noon, repeated(5, region.Failed)...)
	for i, want := range []time.Duration{250, 500, 1000, 1000, 1000} {
		if ok, wait := b.admit(now); ok || wait != want*time.Millisecond {
			t.Fatalf("rest %d is %v, want %v ms", i, wait, int64(want))
		}
		now = b.calls(t, now.Add(want*time.Millisecond), region.Failed)
	}
	now = b.calls(t, now.Add(time.Second), region.Answered)
	now = b.calls(t, now, repeated(5, region.Failed)...)
	if ok, wait := b.admit(now); ok || wait != b.cfg.Brief {
		t.Fatalf("after an answer the rest is %v", wait)
	}
}
