package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
	"tidemark/simulator/traffic/overhttp"
)

// scenario is traffic on the nodes of a test, and the history of all of it. What the nodes promise is held against the
// history, at the end and by nothing else.
type scenario struct {
	t    *testing.T
	rng  *rand.Rand
	log  *traffic.Log
	self *traffic.Client // the test's own client, which does one thing after another
	crew []*traffic.Crew
	csv  bool                   // writes are CSV
	keep func() *history.Expiry // what retention does to an answer now; nil: nothing
}

// clock is that of all histories.
var clock = overhttp.RealTime()

// play begins a scenario. Its randomness is of the seed that it prints.
func play(t *testing.T) *scenario {
	t.Helper()
	sc := &scenario{t: t, rng: seeded(t)}
	sc.log = traffic.NewLog(&history.History{Header: history.Header{Run: t.Name()}}, clock.Now)
	sc.self = sc.client("test", nil, nil)
	t.Cleanup(sc.dismiss)
	return sc
}

// client is one that asks a node for what next draws. It waits longer than any node does before it gives up.
func (sc *scenario) client(name string, pick func() traffic.Node,
	next func(*rand.Rand) (history.Call, bool)) *traffic.Client {
	return &traffic.Client{Name: name, Log: sc.log, Sched: clock, Rand: rand.New(rand.NewPCG(sc.rng.Uint64(), 0)),
		Pick: pick, Next: next, Patience: patience, Pause: 10 * time.Millisecond}
}

// at is a node as clients ask it.
func (sc *scenario) at(n *node) traffic.Node {
	return traffic.Node{Name: strings.TrimPrefix(n.url, "http://"), Service: expiring{overhttp.Service{URL: n.url,
		Client: web, Unit: "u", CSV: sc.csv, Paired: n.paired}, sc.keep}}
}

// start has clients begin; they end with the test at the latest.
func (sc *scenario) start(clients ...*traffic.Client) {
	sc.crew = append(sc.crew, traffic.Start(sc.t.Context(), clock, clients...))
}

// dismiss lets all clients finish what they are at.
func (sc *scenario) dismiss() {
	for _, c := range sc.crew {
		c.Dismiss()
	}
}

// do has a node do one thing, which it has to.
func (sc *scenario) do(n *node, c history.Call) *history.Op {
	sc.t.Helper()
	op := sc.try(n, c)
	if op.Outcome != history.Done {
		sc.t.Fatalf("a %v of %s: %v: %s\n%s", c.Kind, n.url, op.Outcome, op.Why, n.tail())
	}
	return op
}

// try has a node do one thing, if it will.
func (sc *scenario) try(n *node, c history.Call) *history.Op {
	sc.t.Helper()
	ctx, cancel := context.WithTimeout(sc.t.Context(), patience)
	defer cancel()
	return sc.self.Do(ctx, sc.at(n), c)
}

// span is part of a series, of which everything is asked.
type span struct {
	traffic.Series
	from, to time.Time
	step     time.Duration // of folds; 0 is a day
}

func (s span) of(k history.Kind) history.Call {
	return history.Call{Kind: k, Source: s.Source, Metric: s.Metric, From: s.from.UnixNano(), To: s.to.UnixNano()}
}

// whole asks a node for all of a span: the readings, how many there are, and their rollups; and for the latest of the
// series.
func (sc *scenario) whole(n *node, spans ...span) {
	sc.t.Helper()
	for _, s := range spans {
		fold := s.of(history.Fold)
		if fold.Step = int64(s.step); s.step == 0 {
			fold.Step = int64(24 * time.Hour)
		}
		for _, c := range []history.Call{s.of(history.Read), s.of(history.Count), fold, s.of(history.Latest)} {
			sc.do(n, c)
		}
	}
}

// vouches waits until a node with two journals vouches for everything that was acknowledged before a moment, in either.
func (sc *scenario) vouches(n *node, s span, before time.Time) {
	sc.t.Helper()
	took := eventually(sc.t, 2*time.Minute, "the journals hold the same", func() bool {
		op := sc.try(n, s.of(history.Read))
		return op.Outcome == history.Done && op.Answer.Claim.AsOfOne.After(before)
	})
	sc.t.Logf("%s vouches for what either journal had after %s", n.url, took.Round(10*time.Millisecond))
}

// asks has a node answer questions, each with something.
func (sc *scenario) asks(n *node, list []history.Call) {
	sc.t.Helper()
	for _, c := range list {
		if op := sc.do(n, c); op.Answer.Text == "" {
			sc.t.Fatalf("%s has no answer: 404", c.Question)
		}
	}
}

// ended is how many operations of some clients have ended with an outcome.
func (sc *scenario) ended(o history.Outcome, of func(*history.Op) bool) int {
	return sc.log.Count(func(op *history.Op) int {
		if op.End > 0 && op.Outcome == o && of(op) {
			return 1
		}
		return 0
	})
}

// options are those of nodes of one machine: their clocks are exact, but for what an account tells in whole seconds.
var options = check.Options{Skew: time.Second, Patience: 100 * time.Second} // ten times what is promised to take 10 s

// judge is the verdict: what the checkers find in the history, and whether enough happened for that to prove
// something. It ends the traffic. The history of one that failed is kept, so that it can be judged again.
func (sc *scenario) judge(d check.Demand) *history.History {
	sc.t.Helper()
	sc.dismiss()
	h := sc.log.History()
	sc.judgeOf(h, d)
	return h
}

// judgeOf is the verdict of a history.
func (sc *scenario) judgeOf(h *history.History, d check.Demand) {
	sc.t.Helper()
	verdicts := append(check.All(h, options), check.Enough(h, d)...)
	for i, v := range verdicts {
		if i == 5 {
			sc.t.Errorf("and %d more", len(verdicts)-i)
			break
		}
		sc.t.Error(v)
	}
	done, refused, unknown := 0, 0, 0
	for _, op := range h.Ops {
		switch op.Outcome {
		case history.Done:
			done++
			if asks := op.Call.Kind != history.Write && op.Call.Kind != history.Delete; asks &&
				!op.Answer.Claim.Complete && op.Answer.Claim.AsOf.IsZero() {
				sc.t.Errorf("a %v does not say how far it is complete: the checkers hold nothing against it",
					op.Call.Kind)
			}
		case history.Refused:
			refused++
		default:
			unknown++
		}
	}
	sc.t.Logf("%d operations done, %d refused, %d of unknown outcome: %d verdicts", done, refused, unknown,
		len(verdicts))
	if len(verdicts) > 0 {
		sc.keepHistory(h)
	}
}

func (sc *scenario) keepHistory(h *history.History) {
	sc.t.Helper()
	name := filepath.Join(scratch, strings.ReplaceAll(sc.t.Name(), "/", "-")+".jsonl")
	file, err := os.Create(name)
	if err == nil {
		err = h.Save(file)
		_ = file.Close()
	}
	sc.t.Logf("judge the history again: TIDEMARK_HISTORY=%s go test ./simulator/check -run TestCorpus (%v)", name, err)
}

// durationsOf are how long operations took that began between two places of a history.
func durationsOf(h *history.History, from, to int) (took []time.Duration) {
	for _, op := range h.Ops {
		if from < op.Begin && op.Begin < to && op.End > 0 {
			took = append(took, op.Ended.Sub(op.Began))
		}
	}
	return took
}

func seriesOf(source, metric string) traffic.Series {
	return traffic.Series{Source: source, Metric: metric}
}

// fresh are readings of a series of a client's own.
func fresh(source string, most int) *traffic.Fresh {
	return &traffic.Fresh{Series: seriesOf(source, "m"), Most: most, Value: valueOf,
		Time: func(k int) int64 { return timeOf(k).UnixNano() }}
}

// numbered is a span of the readings of a fresh series from one number to before another.
func numbered(source string, from, to int) span {
	return span{Series: seriesOf(source, "m"), from: timeOf(from), to: timeOf(to), step: 10 * time.Minute}
}

// The k-th reading: nobody sends it twice with another value, and its value names it.
var epoch = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)

func timeOf(k int) time.Time { return epoch.Add(time.Duration(k) * 7 * time.Second) }

func valueOf(k int) float64 { return float64(k)*1.25 + 0.1 }

// question is a call that asks by a path, about a source or, if that is empty, about everything; accept is the form of
// the answer, if any is asked for.
func question(source, accept, path string) history.Call {
	return history.Call{Kind: history.Ask, Source: source, Question: strings.TrimSpace(fmt.Sprint(accept, " ", path))}
}
