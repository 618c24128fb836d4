package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A one-day query of a fresh node needs the same number of table calls after ten blocks of ten writers as after many
// of as many, once they are compacted.
func TestTableCallsOfOneDay(t *testing.T) {
	t.Parallel()
	seeded(t)
	many := count(100, 10_000)
	few, all := oneDay(t, 10), oneDay(t, many)
	t.Logf("10 blocks of 10 writers: %v", few)
	t.Logf("%d blocks of as many writers: %v", many, all)
	if !slices.Equal(few, all) {
		t.Errorf("calls after 10 blocks: %v, after %d: %v", few, many, all)
	}
}

// oneDay writes blocks of as many writers, waits until the journal is empty, and lists the table calls of a day's
// query by a fresh node.
func oneDay(t *testing.T, blocks int) []string {
	t.Helper()
	s := newSite(t)
	n := s.start(quick(asBoth, "TIDEMARK_STREAM_IDLE=1ms")...)
	began := time.Now()
	for k := range blocks {
		p := series{Source: "s", Metric: "m"}
		p.add(epoch.Add(time.Duration(k%1440)*time.Minute), valueOf(k))
		n.write(document(p))
		time.Sleep(5 * time.Millisecond) // its stream is idle, and ends
	}
	wrote := time.Since(began)
	j, _ := s.lookout().wait(func(j journal) bool { return j.empty() && j.over() })
	if len(j.sealed) < blocks-blocks/100 { // a busy machine ends a stream too late for the next write now and then
		t.Fatalf("%d writers for %d blocks: this proves too little", len(j.sealed), blocks)
	}
	n.stop()
	fresh := s.start(quick(asAPI)...)
	before := s.Tables.Tally()
	got := fresh.readings("s", "m", epoch, epoch.AddDate(0, 0, 1))
	after := s.Tables.Tally()
	if len(got) != min(blocks, 1440) {
		t.Errorf("%d readings, should be %d", len(got), min(blocks, 1440))
	}
	t.Logf("%d blocks of %d writers: written in %s, compacted %s later", blocks, len(j.sealed),
		wrote.Round(time.Millisecond), (time.Since(began) - wrote).Round(time.Millisecond))
	var calls []string
	for name, n := range after {
		if d := n - before[name]; d > 0 {
			calls = append(calls, fmt.Sprintf("%s x%d", name, d))
		}
	}
	slices.Sort(calls)
	return calls
}
