package e2e

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"testing"
	"time"
)

// ledger is what the logs of one client say of each of its readings.
type ledger struct {
	source string
	state  []string        // of each reading, as the log's last word
	blocks map[string]bool // that hold something acknowledged, as writer/number
	acked  int
}

// read reads the log of a client, which may still be running. A line that is not complete yet is left out.
func readLedger(t testing.TB, p plan) *ledger {
	t.Helper()
	file, err := os.Open(p.Log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l := &ledger{source: p.Source, blocks: map[string]bool{}}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			break
		}
		for len(l.state) < e.First+e.N {
			l.state = append(l.state, wasSent)
		}
		for k := e.First; k < e.First+e.N; k++ {
			l.state[k] = e.What
		}
		if e.What == wasOK {
			l.acked += e.N
			for _, b := range e.Blocks {
				l.blocks[b] = true
			}
		}
	}
	return l
}

// seen is which readings of a client an answer had.
type seen map[int]bool

// check reads a client's series and holds it against the log: what was acknowledged is there, once (readings wants
// times to rise), with its value; what was refused or never sent is not. It gives what is there and the number of
// readings of unknown outcome in it.
func (l *ledger) check(t testing.TB, n *node) (there seen, unknown int) {
	t.Helper()
	there = seen{}
	sum := 0.0
	for _, p := range n.readings(l.source, "m", epoch.Add(-time.Hour), timeOf(len(l.state)+1000)) {
		k := indexOf(p.Time)
		switch {
		case k < 0 || k >= len(l.state) || !timeOf(k).Equal(p.Time):
			t.Errorf("%s: nobody sent %s", l.source, p)
			continue
		case p.Value != valueOf(k):
			t.Errorf("%s: reading %d is %v, sent was %v", l.source, k, p.Value, valueOf(k))
		case l.state[k] == wasRefused:
			t.Errorf("%s: reading %d was refused and is there", l.source, k)
		case l.state[k] != wasOK:
			unknown++
		}
		there[k] = true
		sum += p.Value
	}
	lost := 0
	for k, s := range l.state {
		if s == wasOK && !there[k] {
			if lost++; lost <= 5 {
				t.Errorf("%s: reading %d was acknowledged and is LOST", l.source, k)
			}
		}
	}
	if lost > 5 {
		t.Errorf("%s: %d acknowledged readings are LOST of %d", l.source, lost, l.acked)
	}
	l.checkSums(t, n, len(there), sum)
	return there, unknown
}

// checkSums asks the rollups the same.
func (l *ledger) checkSums(t testing.TB, n *node, count int, sum float64) {
	t.Helper()
	from, to := epoch.Add(-time.Hour), timeOf(len(l.state)+1000)
	if got := n.aggregate("count", l.source, "m", from, to); int(got) != count {
		t.Errorf("%s: aggregates count %v readings, there are %d", l.source, got, count)
	}
	if got := n.aggregate("sum", l.source, "m", from, to); math.Abs(got-sum) > 1e-9*math.Abs(sum) {
		t.Errorf("%s: aggregates sum to %v, the readings to %v", l.source, got, sum)
	}
}
