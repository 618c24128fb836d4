package e2e

import (
	"errors"
	"math"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// ledger is what the history of one client says of each of its readings.
type ledger struct {
	source string
	h      *history.History
	writes []*history.Op   // of each reading, the operation that sent it
	blocks map[string]bool // that hold something acknowledged, as writer/number
	acked  int
}

// readLedger reads the history of a client, which may still be running. A line that is not complete yet is left out.
func readLedger(t testing.TB, p plan) *ledger {
	t.Helper()
	h, err := history.LoadFile(p.Log)
	if err != nil && !errors.Is(err, history.ErrTorn) {
		t.Fatal(err)
	}
	l := &ledger{source: p.Source, h: h, blocks: map[string]bool{}}
	for _, op := range h.Ops {
		n := len(op.Call.Readings[0].Times)
		for range n {
			l.writes = append(l.writes, op)
		}
		if op.Outcome == history.Done {
			l.acked += n
			for _, b := range op.Answer.Blocks {
				l.blocks[b] = true
			}
		}
	}
	return l
}

// failed is how many readings were refused or are of unknown outcome, as their client was told.
func (l *ledger) failed() (n int) {
	for _, op := range l.writes {
		if op.End > 0 && op.Outcome != history.Done {
			n++
		}
	}
	return n
}

// seen is which readings of a client an answer had.
type seen map[int]bool

// read reads a client's series, up to a time, into its history.
func (l *ledger) read(n *node, to time.Time) []point {
	n.t.Helper()
	from := epoch.Add(-time.Hour)
	op := l.h.Begin(time.Now(), history.Op{Process: "judge", Node: n.url, Call: history.Call{Kind: history.Read,
		Source: l.source, Metric: "m", From: from.UnixNano(), To: to.UnixNano()}})
	points := n.readings(l.source, "m", from, to)
	a := history.Answer{Claim: history.Claim{Complete: true}}
	if len(points) > 0 {
		col := history.Column{Source: l.source, Metric: "m"}
		for _, p := range points {
			col.Times, col.Values = append(col.Times, p.Time.UnixNano()), append(col.Values, p.Value)
		}
		a.Readings = []history.Column{col}
	}
	l.h.End(time.Now(), op, history.Done, a, "")
	return points
}

// judge holds the history against what the program promises. A client's readings are all different, so clocks do not
// matter.
func (l *ledger) judge(t testing.TB) {
	t.Helper()
	verdicts := check.All(l.h, check.Options{})
	for i, v := range verdicts {
		if i == 5 {
			t.Errorf("%s: and %d more", l.source, len(verdicts)-i)
			return
		}
		t.Errorf("%s: %s", l.source, v)
	}
}

// check reads a client's series and holds it against its history. It gives what is there and the number of readings of
// unknown outcome in it.
func (l *ledger) check(t testing.TB, n *node) (there seen, unknown int) {
	t.Helper()
	there = seen{}
	sum, to := 0.0, timeOf(len(l.writes)+1000)
	for _, p := range l.read(n, to) {
		sum += p.Value
		k := indexOf(p.Time)
		if there[k] = true; k >= 0 && k < len(l.writes) && l.writes[k].Outcome == history.Unknown {
			unknown++
		}
	}
	l.count(n, to)
	l.judge(t)
	if got := n.aggregate("sum", l.source, "m", epoch.Add(-time.Hour), to); math.Abs(got-sum) > 1e-9*math.Abs(sum) {
		t.Errorf("%s: aggregates sum to %v, the readings to %v", l.source, got, sum)
	}
	return there, unknown
}

// count asks the rollups how many readings there are.
func (l *ledger) count(n *node, to time.Time) {
	n.t.Helper()
	from := epoch.Add(-time.Hour)
	op := l.h.Begin(time.Now(), history.Op{Process: "judge", Node: n.url, Call: history.Call{Kind: history.Count,
		Source: l.source, Metric: "m", From: from.UnixNano(), To: to.UnixNano()}})
	got := n.aggregate("count", l.source, "m", from, to)
	l.h.End(time.Now(), op, history.Done, history.Answer{Count: int(got), Claim: history.Claim{Complete: true}}, "")
}
