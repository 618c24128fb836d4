package e2e

import (
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// reading is one of a series.
type reading struct {
	traffic.Series
	time  int64
	value float64
}

// together is a write of some readings.
func together(list []reading) history.Call {
	c := history.Call{Kind: history.Write}
	place := map[traffic.Series]int{}
	for _, r := range list {
		i, known := place[r.Series]
		if !known {
			i = len(c.Readings)
			place[r.Series] = i
			c.Readings = append(c.Readings, history.Column{Source: r.Source, Metric: r.Metric})
		}
		c.Readings[i].Times = append(c.Readings[i].Times, r.time)
		c.Readings[i].Values = append(c.Readings[i].Values, r.value)
	}
	return c
}

// The same file three times, in shuffled order and other pieces, before and after compaction, changes no answer.
func TestSameFileAgain(t *testing.T) {
	t.Parallel()
	sc := play(t)
	sc.csv = true
	s := newSite(t)
	n := s.start(quick(asBoth)...)
	rows := make([]reading, count(8_000, 80_000))
	v := 20.0
	for k := range rows {
		v += float64(sc.rng.IntN(21)-10) / 10
		rows[k] = reading{seriesOf([]string{"a", "b"}[k%2], []string{"temp", "hum"}[k/2%2]), timeOf(k / 4).UnixNano(),
			v}
	}
	d := &dataset{from: epoch, to: timeOf(len(rows) / 4), sources: []string{"a", "b"}, metrics: []string{"temp", "hum"}}
	list := d.questions()
	send := func(piece int) {
		t.Helper()
		for at := 0; at < len(rows); at += piece {
			sc.do(n, together(rows[at:min(len(rows), at+piece)]))
		}
	}
	send(1000)
	sc.asks(n, list)
	look := s.lookout()
	for i := range 3 {
		sc.rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		send(300 + sc.rng.IntN(1000))
		sc.asks(n, list)
		if i != 1 {
			look.drained()
			sc.asks(n, list)
			sc.whole(n, d.spans()...)
		}
	}
	sc.judge(check.Demand{Acked: 4 * len(rows) / 1300, Answers: 6*len(list) + 32})
}

const perDay = 12_342 // readings of timeOf in a day

// A corrected value replaces the old one everywhere, rollups included: while old and new are in the journal, when one
// is compacted, when both are, and after a restart.
func TestCorrectionReplaces(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t)
	n := s.start(quick(asBoth)...)
	put := func(from, to, least int) {
		t.Helper()
		var list []reading
		for k := from; k < to; k++ { // whole numbers: their sum is the same in any order
			list = append(list, reading{seriesOf("s", "m"), timeOf(k).UnixNano(), float64(least + sc.rng.IntN(1000))})
		}
		sc.do(n, together(list))
	}
	day := span{Series: seriesOf("s", "m"), from: epoch, to: timeOf(perDay), step: time.Hour}
	put(0, perDay, 0)
	look := s.lookout()
	for round := range 3 {
		for range 20 {
			k := sc.rng.IntN(perDay - 10)
			put(k, k+10, 1000*(sc.rng.IntN(3)-1))
		}
		put(perDay-1, perDay, 0)
		sc.whole(n, day)
		if round < 2 {
			look.drained()
			sc.whole(n, day)
		}
	}
	n.stop()
	n = s.start(quick(asBoth)...)
	sc.whole(n, day)
	look.drained()
	sc.whole(n, day)
	sc.judge(check.Demand{Acked: 64, Answers: 28})
}
