package telemetry

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	second  = int64(1e9)
	minute  = 60 * second
	testDay = Day(20780) // 2026-11-23
)

var testStart = testDay.Start().UnixNano()

func TestCoverageIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		streams := []Stream{{Writer: "w1"}, {Writer: "w2"}, {Day: 1, Writer: "w1"},
			{Shard: Shard{Index: 1}, Writer: "w1"}}
		type put struct {
			covered Covered
			floor   Stamp // the greatest floor since
		}
		var puts []put
		var c Coverage
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			floor := Stamp(rapid.IntRange(0, 9).Draw(t, "floor"))
			var more []Covered
			for range rapid.IntRange(0, 3).Draw(t, "ranges") {
				from := rapid.IntRange(0, 20).Draw(t, "from")
				r := Covered{rapid.SampledFrom(streams).Draw(t, "stream"), Number(from),
					Number(from + rapid.IntRange(-1, 5).Draw(t, "more")),
					Stamp(rapid.IntRange(1, 12).Draw(t, "until"))}
				more = append(more, r)
				if r.From > 0 && r.From <= r.To {
					puts = append(puts, put{covered: r})
				}
			}
			for i := range puts {
				puts[i].floor = max(puts[i].floor, floor)
			}
			before := slices.Clone(c)
			next := c.With(floor, more...)
			if !slices.Equal(before, c) {
				t.Fatal("With changed its receiver")
			}
			c = next
		}
		if err := c.check(""); err != nil {
			t.Fatalf("%v: %v", err, c)
		}
		for _, s := range streams {
			for n := Number(0); n < 30; n++ {
				must, may := false, false
				for _, p := range puts {
					if p.covered.Stream == s && p.covered.From <= n && n <= p.covered.To {
						may = true
						must = must || p.covered.Until > p.floor
					}
				}
				if got := c.Contains(Position{s, n}); got && !may || !got && must {
					t.Fatalf("%v/%d is in the set: %v; must be %v, may be %v: %v", s, n, got, must, may, c)
				}
			}
		}
	})
}

func TestChunkIncludes(t *testing.T) {
	c := emptyChunk(5)
	at := Position{Stream: c.Coverage[0].Stream, Number: 1}
	if !c.Includes(at, 99) || c.Includes(Position{Stream: at.Stream, Number: 2}, 99) ||
		!c.Includes(Position{Number: 9}, 5) {
		t.Error("a chunk includes what it covers and what is at or below its floor, and nothing else")
	}
}

func TestWindowsNest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(MinTime, MaxTime-1).Draw(t, "at")
		for size := WindowYear; size <= WindowLeast; size++ {
			w := WindowOf(size, at)
			if !w.Contains(at) || w.Contains(w.End()) || w.Contains(w.Start()-1) || w.End()-w.Start() != size.Nanos() {
				t.Fatalf("%v of %d is %d..%d", w, at, w.Start(), w.End())
			}
			if y := YearOf(w.Start()); YearWindow(y) != WindowOf(WindowYear, at) {
				t.Fatalf("year of %v is %v", w, y)
			}
			child, ok := w.Child(at)
			if ok != (size != WindowLeast) {
				t.Fatalf("%v has a child: %v", w, ok)
			}
			if ok && (child != WindowOf(size+1, at) || child.Start() < w.Start() || child.End() > w.End()) {
				t.Fatalf("child %v of %v", child, w)
			}
		}
	})
}

func TestWindowsCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := WindowSize(rapid.IntRange(int(WindowYear), int(WindowLeast)).Draw(t, "size"))
		from := rapid.Int64Range(MinTime, MaxTime-1).Draw(t, "from")
		to := from + rapid.Int64Range(-1, 20*size.Nanos()).Draw(t, "long")
		ws := Windows(size, from, to)
		if to <= from {
			if ws != nil {
				t.Fatalf("windows of nothing: %v", ws)
			}
			return
		}
		if !ws[0].Contains(from) || !ws[len(ws)-1].Contains(to-1) {
			t.Fatalf("%v do not cover %d..%d", ws, from, to)
		}
		for i := 1; i < len(ws); i++ {
			if ws[i].Start() != ws[i-1].End() {
				t.Fatalf("a hole between %v and %v", ws[i-1], ws[i])
			}
		}
	})
	for w, want := range map[Window]string{
		WindowOf(WindowDay, testStart):               "d 2026-11-23T00:00:00Z",
		WindowOf(Window250ms, testStart+250_000_000): "250ms 2026-11-23T00:00:00.25Z",
		{Size: 77, Index: 3}:                         "window 3 of size 77",
	} {
		if got := w.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWindowsAtTheEdgeOfTime(t *testing.T) {
	const first, last = -1 << 63, 1<<63 - 1
	for size := WindowYear; size <= WindowLeast; size++ {
		if w := WindowOf(size, first); w.Start() != first || !w.Contains(first) {
			t.Errorf("%v starts at %d", w, w.Start())
		}
		if w := WindowOf(size, last); w.End() != last || w.Start() > last {
			t.Errorf("%v ends at %d", w, w.End())
		}
	}
}

func TestClockRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Clock
		var last Stamp
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "observe") {
				s := Stamp(rapid.Uint64Range(0, 1<<40).Draw(t, "seen"))
				c.Observe(s)
				last = max(last, s)
				continue
			}
			now := time.UnixMilli(rapid.Int64Range(-5, 1<<24).Draw(t, "now"))
			s := c.Next(now)
			if s <= last || s < StampAt(now) {
				t.Fatalf("%v after %v at %v", s, last, now)
			}
			last = s
		}
	})
}

func TestStampText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Stamp(rapid.Uint64().Draw(t, "stamp"))
		if got, err := ParseStamp(s.String()); err != nil || got != s {
			t.Fatalf("%v became %v (%v)", s, got, err)
		}
	})
	for _, bad := range []string{"", "1", "000000000000000g", "+000000000000001", "00000000000000001"} {
		if s, err := ParseStamp(bad); err == nil {
			t.Errorf("%q was read as %v", bad, s)
		}
	}
	if at := testDay.Start(); !StampAt(at).Time().Equal(at) || StampAt(time.Unix(-1, 0)) != 0 {
		t.Error("a stamp does not give its time back")
	}
}

func TestOriginsAreOrdered(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Origin {
		return Origin{Stamp(rapid.IntRange(0, 2).Draw(t, "s")),
			Writer(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "w")), Number(rapid.IntRange(0, 2).Draw(t, "n"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw.Draw(t, "a"), draw.Draw(t, "b"), draw.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) || a.Later(b) != (a.Compare(b) > 0) {
			t.Fatal("not antisymmetric")
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatal("not transitive")
		}
		if (Origin{}).Later(a) {
			t.Fatal("the zero origin is later than another")
		}
	})
}

func TestNames(t *testing.T) {
	p := Position{Stream{Shard{"t", 3}, testDay, "w"}, 7}
	if got := p.String(); got != "t/3/2026-11-23/w/7" {
		t.Error(got)
	}
	if DayOf(testDay.Start()) != testDay || DayOf(testDay.Start().Add(-1)) != testDay-1 ||
		DayOf(time.Unix(-1, 0)) != -1 {
		t.Error("a day does not give its start back")
	}
	if DurableBoth.String()+DurableOne.String()+DurableNone.String() != "bothonenone" {
		t.Error("names of durabilities")
	}
	if (Series{"a", "b"}).Compare(Series{"a", "c"}) >= 0 || (Series{"b", "a"}).Compare(Series{"a", "c"}) <= 0 ||
		(Series{"a", "a"}).Compare(Series{"a", "a"}) != 0 {
		t.Error("series are ordered by source, then metric")
	}
}
