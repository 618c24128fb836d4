package intake

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/ports/sched"
)

// latch is an event for tests of the ledger alone.
type latch struct {
	sched.Event
	set bool
}

func (l *latch) Set() { l.set = true }

var start = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// TestNobodyWaitsInACircle lets bodies of drawn sizes ask for more in a drawn order, and close when they have all.
// However they come, each gets what it needs, without anybody being cut off, and never more than there is is given.
func TestNobodyWaitsInACircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strict := rapid.Bool().Draw(t, "strict")
		l := &ledger{bytes: 100, largest: 100, grace: time.Second, fill: time.Second, strict: strict}
		var open []*share
		for range rapid.IntRange(1, 30).Draw(t, "bodies") {
			open = append(open, &share{need: rapid.Int64Range(1, 100).Draw(t, "need")})
		}
		waiting := map[*share]*latch{}
		for len(open) > 0 {
			able := slices.DeleteFunc(slices.Clone(open), func(h *share) bool { return waiting[h] != nil })
			if len(able) == 0 {
				t.Fatalf("all %d wait, and %d of %d are held", len(open), l.held, l.bytes)
			}
			h := rapid.SampledFrom(able).Draw(t, "who")
			l.enter(h)
			to := min(h.need, h.held+rapid.Int64Range(1, 20).Draw(t, "more"))
			switch {
			case h.held == h.need:
				l.remove(h)
				open = slices.DeleteFunc(open, func(o *share) bool { return o == h })
			case !l.grow(h, to):
				waiting[h] = &latch{}
				l.wait(h, to, waiting[h])
			}
			for _, g := range l.settle(start).granted {
				g.Set()
			}
			for h, granted := range waiting {
				if granted.set {
					delete(waiting, h)
				}
			}
			checkSum(t, l)
		}
		if l.held != 0 || len(l.holds) != 0 || len(l.line) != 0 {
			t.Fatalf("nobody is left, and the ledger is %+v", l)
		}
	})
}

func checkSum(t *rapid.T, l *ledger) {
	sum := int64(0)
	for _, h := range l.holds {
		sum += h.held
	}
	if sum != l.held || sum > l.bytes {
		t.Fatalf("%d are held, the ledger says %d of %d", sum, l.held, l.bytes)
	}
}

// TestLateIsWhoDoesNotKeepThePace lets a body bring a little more than it has to for a minute, and another a little
// less: 1,000 bytes are held, to be brought in ten seconds.
func TestLateIsWhoDoesNotKeepThePace(t *testing.T) {
	for _, c := range []struct {
		bytes int // each 200 ms
		late  bool
	}{{1000, false}, {21, false}, {18, true}, {0, true}} {
		l := &ledger{bytes: 1000, largest: 1000, grace: time.Second, fill: 10 * time.Second}
		h := &share{need: 1000}
		l.enter(h)
		l.hurry(start)
		if !l.grow(h, 1000) {
			t.Fatal("there is room")
		}
		late := false
		for i := range 300 {
			now := start.Add(time.Duration(i) * 200 * time.Millisecond)
			late = late || h.late(now)
			l.came(h, c.bytes, now)
		}
		if late != c.late {
			t.Errorf("with %d bytes in 200 ms it is late: %v", c.bytes, late)
		}
	}
}

// TestAPauseIsNotEarnedInAdvance brings much at once and then nothing.
func TestAPauseIsNotEarnedInAdvance(t *testing.T) {
	l := &ledger{bytes: 1000, largest: 1000, grace: time.Second, fill: time.Minute}
	h := &share{need: 1000}
	l.enter(h)
	l.hurry(start)
	l.grow(h, 1000)
	l.came(h, 999, start)
	if h.late(start.Add(999*time.Millisecond)) || !h.late(start.Add(time.Second)) {
		t.Errorf("it is late from %v on", h.deadline.Sub(start))
	}
}

// TestSafeIsTheBankers compares with the algorithm as it is written down: as long as somebody's rest fits, they end.
func TestSafeIsTheBankers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &ledger{bytes: 100, largest: rapid.Int64Range(30, 100).Draw(t, "largest")}
		for range rapid.IntRange(1, 12).Draw(t, "holds") {
			h := &share{need: rapid.Int64Range(1, l.largest).Draw(t, "need")}
			l.enter(h)
			h.held = rapid.Int64Range(0, min(h.need, l.bytes-l.held)).Draw(t, "held")
			l.held += h.held
		}
		h := rapid.SampledFrom(l.holds).Draw(t, "who")
		to := rapid.Int64Range(h.held, h.need).Draw(t, "to")
		want, free := true, l.bytes-l.held-(to-h.held)
		if free < 0 {
			return
		}
		rest := slices.Clone(l.holds)
		for len(rest) > 0 && want {
			at := slices.IndexFunc(rest, func(o *share) bool {
				if o == h {
					return o.need-to <= free
				}
				return o.remaining() <= free
			})
			if want = at >= 0; want {
				if free += rest[at].held; rest[at] == h {
					free += to - h.held
				}
				rest = slices.Delete(rest, at, at+1)
			}
		}
		if got := l.safe(l.bytes-l.held-(to-h.held), h, to); got != want {
			t.Errorf("safe is %v, with %d free", got, l.bytes-l.held)
		}
	})
}
