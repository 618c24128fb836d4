package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// twoRegions are nodes that write to the journals of both regions, and clients of each.
type twoRegions struct {
	*scenario
	nodes map[string]*node
	line  readyLine
	fresh map[string][]*traffic.Fresh
}

// regionNames are the regions. The account's primary is in the first.
var regionNames = []string{"east", "west"}

// upInTwo starts `tidemark up` without data, and with an account that replicates so late that nothing of a test is in
// time.
func upInTwo(t *testing.T, args ...string) *twoRegions {
	t.Helper()
	c := launchUp(t, append([]string{"--no-weather", "--control", "127.0.0.1:0", "--lag", "constant 10m"}, args...)...)
	r := regionsOf(t, c.awaitReady())
	for name, in := range r.line.Regions {
		r.nodes[name] = &node{t: t, url: in.API, log: c.log, patient: true, paired: true}
	}
	return r
}

// regionsOf is a cloud without nodes.
func regionsOf(t *testing.T, line readyLine) *twoRegions {
	t.Helper()
	return &twoRegions{scenario: play(t), line: line, nodes: map[string]*node{}, fresh: map[string][]*traffic.Fresh{}}
}

// clients write series of their own to the node of a region, one request after another.
func (r *twoRegions) clients(region string, n int) {
	at := r.at(r.nodes[region])
	for range n {
		name := fmt.Sprintf("%s %d", region, len(r.fresh[region]))
		f := fresh(name, 20)
		r.fresh[region] = append(r.fresh[region], f)
		client := r.client(name, func() traffic.Node { return at }, f.Next)
		client.Pause = 25 * time.Millisecond
		r.start(client)
	}
}

// acked is how many readings were acknowledged in a region with a durability.
func (r *twoRegions) acked(region string, d history.Durability) int {
	return r.log.Count(func(op *history.Op) int {
		if op.Outcome != history.Done || regionOf(op) != region || op.Answer.Durability != d ||
			op.Call.Kind != history.Write {
			return 0
		}
		return len(op.Call.Readings[0].Times)
	})
}

// more waits until so many more readings were acknowledged so in a region.
func (r *twoRegions) more(region string, d history.Durability, n int) {
	r.t.Helper()
	before := r.acked(region, d)
	took := eventually(r.t, time.Minute, fmt.Sprintf("%s acknowledges %d readings as %v", region, n, d),
		func() bool { return r.acked(region, d) >= before+n })
	r.t.Logf("%s acknowledged %d readings as %v in %s", region, n, d, took.Round(10*time.Millisecond))
}

// lasts has what is the case last for so long while clients go on: it waits for nothing.
func (r *twoRegions) lasts(d time.Duration) { time.Sleep(d) }

// order gives an order to the simulated cloud, of words, and then of arguments that may have spaces.
func (r *twoRegions) order(text string, more ...string) {
	r.t.Helper()
	if code, says := r.sim(text, more...); code != 0 {
		r.t.Fatalf("sim %s %q: %s", text, more, says)
	}
	r.log.Enter(strings.Join(append([]string{text}, more...), " "))
}

// sim runs a command of the simulated cloud, and gives its status and what it says.
func (r *twoRegions) sim(text string, more ...string) (code int, says string) {
	r.t.Helper()
	args := append(append([]string{"sim"}, strings.Fields(text)...), more...)
	code, out, log := runCommand(r.t, r.t.TempDir(), append(args, "--control", r.line.Control)...)
	return code, out + log
}

// reads has a node give all that was written. Where questions have to be answered it is asked until it does: the
// account has just come back.
func (r *twoRegions) reads(region string) {
	r.t.Helper()
	at := r.at(r.nodes[region])
	for _, from := range regionNames {
		for _, f := range r.fresh[from] {
			c := numbered(f.Series.Source, 0, max(1, f.Taken())).of(history.Read)
			eventually(r.t, time.Minute, region+" answers", func() bool {
				return r.self.Do(r.t.Context(), at, c).Outcome == history.Done
			})
		}
	}
}

// answered are the times of the readings that a node answers now, by source.
func (r *twoRegions) answered(region string) map[string]map[int64]bool {
	r.t.Helper()
	there := map[string]map[int64]bool{}
	at := r.at(r.nodes[region])
	for _, from := range regionNames {
		for _, f := range r.fresh[from] {
			op := r.self.Do(r.t.Context(), at, numbered(f.Series.Source, 0, max(1, f.Taken())).of(history.Read))
			if op.Outcome != history.Done {
				r.t.Fatalf("%s does not answer: %s", region, op.Why)
			}
			there[f.Series.Source] = map[int64]bool{}
			for _, col := range op.Answer.Readings {
				for _, time := range col.Times {
					there[f.Series.Source][time] = true
				}
			}
		}
	}
	return there
}

// holds has a node's present answers have all that was acknowledged in a region's journal, whoever wrote it; "" is
// either's.
func (r *twoRegions) holds(region, in string) {
	r.t.Helper()
	there := r.answered(region)
	acknowledged := 0
	for _, op := range r.log.History().Ops {
		if op.Call.Kind != history.Write || op.Outcome != history.Done ||
			in != "" && !slices.Contains(op.Answer.Regions, in) {
			continue
		}
		for _, col := range op.Call.Readings {
			for _, at := range col.Times {
				if acknowledged++; !there[col.Source][at] {
					r.t.Errorf("a reading of %s that was acknowledged as %v in %q is not in the answer of %s",
						col.Source,
						op.Answer.Durability, op.Answer.Regions, region)
				}
			}
		}
	}
	r.t.Logf("%s answers all %d readings that were acknowledged, in journals: %q", region, acknowledged, in)
}

// require writes to the west what has to be in both journals, and gives the status and the headers of the answer.
func (r *twoRegions) require(c history.Call) (int, http.Header) {
	r.t.Helper()
	body := fmt.Sprintf(`{"source":%q,"metric":"m","time":%q,"value":1}`, c.Readings[0].Source,
		time.Unix(0, c.Readings[0].Times[0]).UTC().Format(time.RFC3339Nano))
	a, err := send(http.MethodPost, r.nodes["west"].url+"/v1/readings", map[string]string{"Tidemark-Require": "both",
		"Content-Type": "application/x-ndjson"}, []byte(body))
	if err != nil {
		r.t.Fatal(err)
	}
	return a.status, a.header
}

// silence is the longest time between two moments in which no write of a region was acknowledged.
func (r *twoRegions) silence(region string, from, to time.Time) (longest time.Duration) {
	last := from
	for _, at := range r.acknowledgements(region) {
		if at.After(from) && at.Before(to) {
			longest = max(longest, at.Sub(last))
			last = at
		}
	}
	return max(longest, to.Sub(last))
}

// acknowledgements are the moments at which writes of a region were acknowledged, rising.
func (r *twoRegions) acknowledgements(region string) (at []time.Time) {
	r.log.Count(func(op *history.Op) int {
		if op.Outcome == history.Done && op.Call.Kind == history.Write && regionOf(op) == region {
			at = append(at, op.Ended)
		}
		return 0
	})
	slices.SortFunc(at, time.Time.Compare)
	return at
}
