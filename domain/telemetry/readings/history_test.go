package readings_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// said is the slow reference: everything that was ever said.
type said map[telemetry.Series]map[int64]readings.Said

// add gives the change that a reading makes.
func (all said) add(s telemetry.Series, time int64, now readings.Said) (c readings.Change, changed bool) {
	if all[s] == nil {
		all[s] = map[int64]readings.Said{}
	}
	before, again := all[s][time]
	all[s][time] = now
	return readings.Change{Series: s, Time: time, Earlier: before, Later: now}, again && before.Value != now.Value
}

// request is the readings of one request. Rows count on from the first.
func request(rows []row, first uint32) (*telemetry.Batch, []readings.Place) {
	var b telemetry.Batch
	known := map[telemetry.Series]uint32{}
	var places []readings.Place
	for i, r := range rows {
		s := telemetry.Series{Source: telemetry.Source(r.source), Metric: telemetry.Metric(r.metric)}
		of, ok := known[s]
		if !ok {
			of = b.AddSeries(s, "")
			known[s] = of
		}
		b.Add(of, r.time, r.value)
		p := readings.Place{File: first % 3, Row: first + uint32(i)}
		if r.broken {
			p.Row = 0
		}
		places = append(places, p)
	}
	return &b, places
}

func drawRows(t *rapid.T, least, most int, times int64) []row {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		return row{source: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source"), metric: "m",
			time:   rapid.Int64Range(-times, times).Draw(t, "time"),
			value:  float64(rapid.IntRange(0, 2).Draw(t, "value")),
			broken: rapid.IntRange(0, 9).Draw(t, "broken") == 0}
	}), least, most).Draw(t, "rows")
}

// TestHistoryLikeTheReference: within its bound a history finds every change, in the order in which they are made.
func TestHistoryLikeTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, all := readings.NewHistory(readings.MaxRemembered), said{}
		times := rapid.SampledFrom([]int64{3, 100, 3000}).Draw(t, "times")
		row := uint32(1)
		for range rapid.IntRange(1, 5).Draw(t, "requests") {
			b, places := request(drawRows(t, 1, 400, times), row)
			row += uint32(b.Len())
			var want, got []readings.Change
			for i, of := range b.Of {
				if places[i].Row == 0 {
					continue
				}
				if c, changed := all.add(b.Series[of], b.Times[i],
					readings.Said{Place: places[i], Value: b.Values[i]}); changed {
					want = append(want, c)
				}
			}
			h.Add(b, places, func(c readings.Change) { got = append(got, c) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
		if n, _ := h.Unchecked(); n != 0 {
			t.Fatalf("%d readings were not compared", n)
		}
	})
}

// fillPages are orders of times that come page after page: rising, falling, and shuffled by a seed.
var fillPages = map[string]func(n int) []int64{
	"rising": func(n int) (times []int64) {
		for i := range n {
			times = append(times, int64(i))
		}
		return times
	},
	"falling": func(n int) (times []int64) {
		for i := range n {
			times = append(times, int64(n-i))
		}
		return times
	},
	"shuffled": func(n int) (times []int64) {
		for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
			times = append(times, int64(i))
		}
		return times
	},
}

// TestHistoryOfManyPages goes through every order twice, the second time with other values: each is a change.
func TestHistoryOfManyPages(t *testing.T) {
	const n = 5000
	for name, order := range fillPages {
		h := readings.NewHistory(readings.MaxRemembered)
		changes := 0
		for value := range 2 {
			for i, at := range order(n) {
				b, places := request([]row{{source: "s", metric: "m", time: at, value: float64(value)}}, uint32(i+1))
				h.Add(b, places, func(c readings.Change) {
					if changes++; c.Time != at || c.Earlier.Value != 0 || c.Later.Value != 1 ||
						c.Earlier.Row != c.Later.Row {
						t.Fatalf("%s: %+v", name, c)
					}
				})
			}
		}
		if changes != n {
			t.Errorf("%s: %d changes of %d", name, changes, n)
		}
	}
}

// TestHistoryForgets with a bound that is far too small: what is found is true, and what is not found was said to be
// unchecked.
func TestHistoryForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, all := readings.NewHistory(rapid.IntRange(1000, 8000).Draw(t, "bound")), said{}
		unchecked := 0
		for i, r := range drawRows(t, 300, 600, 400) {
			r.broken = false
			b, places := request([]row{r}, uint32(i+1))
			want, changed := all.add(b.Series[0], r.time, readings.Said{Place: places[0], Value: r.value})
			found := false
			h.Add(b, places, func(c readings.Change) {
				if found = true; !changed || c.Time != want.Time || c.Later != want.Later {
					t.Fatalf("found %+v, want %+v (%v)", c, want, changed)
				}
			})
			n, _ := h.Unchecked()
			if changed && !found && n == unchecked {
				t.Fatalf("%+v was not found, and not said to be unchecked", want)
			}
			unchecked = n
		}
	})
}

// TestTimesThatRiseAreAlwaysCompared however many there are, and one request is, however little is remembered.
func TestTimesThatRiseAreAlwaysCompared(t *testing.T) {
	h := readings.NewHistory(10_000)
	for i := range 10_000 {
		b, places := request([]row{{source: "s", metric: "m", time: int64(i), value: 1}}, uint32(i+1))
		h.Add(b, places, func(c readings.Change) { t.Fatalf("%+v", c) })
	}
	if n, _ := h.Unchecked(); n != 0 {
		t.Fatalf("%d readings were not compared", n)
	}
	changes := 0
	rows := []row{{"s", "m", 9999, 2, false}, {"s", "m", 1, 2, false}, {"s", "m", 1, 3, false}}
	b, places := request(rows, 20_000)
	h.Add(b, places, func(readings.Change) { changes++ })
	if n, first := h.Unchecked(); changes != 2 || n != 2 || first.Row != 20_001 {
		t.Errorf("%d changes, %d unchecked from %+v", changes, n, first)
	}
}

// TestHistoryHoldsItsBound by what the runtime counts, whatever is remembered.
func TestHistoryHoldsItsBound(t *testing.T) {
	const most = 4 << 20
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	fill := map[string]func(i int) row{
		"rising":   func(i int) row { return row{source: "s", metric: "m", time: int64(i)} },
		"falling":  func(i int) row { return row{source: "s", metric: "m", time: int64(-i)} },
		"shuffled": func(i int) row { return row{source: "s", metric: "m", time: int64(i * 7919 % 1_000_003)} },
		"series":   func(i int) row { return row{source: fmt.Sprint("source ", i), metric: "m", time: 1} },
		"both":     func(i int) row { return row{source: fmt.Sprint("source ", i%5000), metric: "m", time: int64(i)} },
	}
	for name, reading := range fill {
		before := heap()
		h := readings.NewHistory(most)
		for i := 0; i < 500_000; i += 1000 {
			var rows []row
			for k := range 1000 {
				rows = append(rows, reading(i+k))
			}
			b, places := request(rows, uint32(i+1))
			h.Add(b, places, func(c readings.Change) { t.Fatalf("%s: %+v", name, c) })
		}
		if grown := heap() - before; grown > most*5/4 {
			t.Errorf("%s: %d bytes are held, over %d", name, grown, most)
		}
		runtime.KeepAlive(h)
	}
}

// BenchmarkHistory is what import pays for a reading.
func BenchmarkHistory(b *testing.B) {
	for name, order := range fillPages {
		b.Run(name, func(b *testing.B) {
			const n = 100_000
			var batches []*telemetry.Batch
			var places [][]readings.Place
			times := order(n)
			for i := 0; i < n; i += 5000 {
				var rows []row
				for k := range 5000 {
					rows = append(rows, row{source: "s", metric: "m", time: times[i+k]})
				}
				batch, at := request(rows, uint32(i+1))
				batches, places = append(batches, batch), append(places, at)
			}
			for b.Loop() {
				h := readings.NewHistory(readings.MaxRemembered)
				for i := range batches {
					h.Add(batches[i], places[i], func(readings.Change) { b.Fatal("changed") })
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/reading")
		})
	}
}
