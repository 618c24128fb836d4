package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// A one-day query of a fresh node needs the same number of table calls after ten blocks of ten writers as after many
// of as many, once they are compacted.
func TestTableCallsOfOneDay(t *testing.T) {
	t.Parallel()
	many := count(100, 10_000)
	var few, all []string
	t.Run("each", func(t *testing.T) {
		t.Run("few", func(t *testing.T) { t.Parallel(); few = oneDay(t, 10) })
		t.Run("many", func(t *testing.T) { t.Parallel(); all = oneDay(t, many) })
	})
	t.Logf("10 blocks of 10 writers: %v", few)
	t.Logf("%d blocks of as many writers: %v", many, all)
	if !slices.Equal(few, all) {
		t.Errorf("calls after 10 blocks: %v, after %d: %v", few, many, all)
	}
}

// generation is by what the tables of a journal are called, another for each storage.
var generation = regexp.MustCompile(`G[A-Z2-7]{26}`)

// oneDay writes blocks of as many writers, waits until the journal is empty, and lists the table calls of a day's
// query by a fresh node.
func oneDay(t *testing.T, blocks int) []string {
	t.Helper()
	sc := play(t)
	s := newSite(t)
	n := s.start(quick(asBoth, "TIDEMARK_STREAM_IDLE=1ms")...)
	began := time.Now()
	minutes := fresh("s", 1)
	minutes.Time = func(k int) int64 { return epoch.Add(time.Duration(k%1440) * time.Minute).UnixNano() }
	for range blocks {
		sc.do(n, minutes.Take(1))
		time.Sleep(5 * time.Millisecond) // its stream is idle, and ends: below it is counted how many did
	}
	wrote := time.Since(began)
	j, _ := s.lookout().wait(func(j journal) bool { return j.empty() && j.over() })
	if len(j.sealed) < blocks-blocks/100 { // a busy machine ends a stream too late for the next write now and then
		t.Fatalf("%d writers for %d blocks: this proves too little", len(j.sealed), blocks)
	}
	n.stop()
	other := s.start(quick(asAPI)...)
	before := s.Tables.Tally()
	day := span{Series: minutes.Series, from: epoch, to: epoch.AddDate(0, 0, 1)}
	sc.do(other, day.of(history.Read))
	after := s.Tables.Tally()
	t.Logf("%d blocks of %d writers: written in %s, compacted %s later", blocks, len(j.sealed),
		wrote.Round(time.Millisecond), (time.Since(began) - wrote).Round(time.Millisecond))
	var calls []string
	for name, n := range after {
		if d := n - before[name]; d > 0 {
			calls = append(calls, fmt.Sprintf("%s x%d", generation.ReplaceAllString(name, "G-"), d))
		}
	}
	slices.Sort(calls)
	sc.judge(check.Demand{Acked: blocks, Answers: 1})
	return calls
}
