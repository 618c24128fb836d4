package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// The kinds of failovers.
const (
	planned   = "planned"
	unplanned = "unplanned"
)

// stretch is from one place of a history to another.
type stretch struct{ from, to int }

// meets reports whether an operation was under way in it.
func (s stretch) meets(op *history.Op) bool {
	return op.Begin < s.to && (op.End == 0 || op.End > s.from)
}

// window is how many readings a question is about.
const window = 500

// readers ask the node of a region, one question after another, for parts of what the writers so far have written.
func (s *served) readers(region string, n int) {
	var written []*traffic.Fresh
	for _, from := range regionNames {
		written = append(written, s.fresh[from]...)
	}
	at := s.at(s.nodes[region])
	for i := range n {
		client := s.client(fmt.Sprintf("%s reader %d", region, i), func() traffic.Node { return at },
			func(rng *rand.Rand) (history.Call, bool) {
				f := written[rng.IntN(len(written))]
				from := max(0, rng.IntN(f.Taken()+1)-window/2)
				kinds := []history.Kind{history.Read, history.Count, history.Fold, history.Latest}
				c := numbered(f.Series.Source, from, from+window).of(kinds[rng.IntN(len(kinds))])
				if c.Kind == history.Fold {
					c.Step = int64(10 * time.Minute)
				}
				return c, true
			})
		client.Pause = 100 * time.Millisecond
		s.scenario.start(client)
	}
}

// failover has the account fail over while clients go on, and asks for every window, in both regions, while both
// endpoints are down.
func (s *served) failover(kind string) {
	s.t.Helper()
	before := s.account()
	from := s.log.Enter(kind + " failover")
	s.order("failover --no-wait --type " + kind)
	eventually(s.t, time.Minute, "both endpoints are down", func() bool { return s.account().Phase == "down" })
	asked, answered := s.windows()
	if phase := s.account().Phase; phase != "down" {
		s.t.Logf("the endpoints were up again before every window was asked: %s", phase)
	}
	took := eventually(s.t, 3*time.Minute, "the failover is over", func() bool { return s.account().Phase == "steady" })
	now := s.account()
	s.downs = append(s.downs, stretch{from, s.log.Enter("failed over")})
	if now.Primary != before.Secondary {
		s.t.Fatalf("the %s failover was called off: %+v", kind, now)
	}
	s.t.Logf("%s failover to %s: while both endpoints were down %d of %d windows were answered; over %s after that",
		kind, now.Primary, answered, asked, took.Round(100*time.Millisecond))
}

// windows asks each region's node for every window once, and gives how many were asked and answered.
func (s *served) windows() (asked, answered int) {
	s.t.Helper()
	for _, region := range regionNames {
		for _, from := range regionNames {
			for _, f := range s.fresh[from] {
				for k := 0; k < f.Taken(); k += window {
					asked++
					if s.try(s.nodes[region], numbered(f.Series.Source, k, k+window).of(history.Read)).Outcome ==
						history.Done {
						answered++
					}
				}
			}
		}
	}
	return asked, answered
}

// refused are the operations that were not done. Clients see none, but while both endpoints are down a question may be
// refused: 503, which names its window.
func (s *served) undisturbed(h *history.History) {
	s.t.Helper()
	refused := map[string]int{}
	for _, op := range h.Ops {
		if op.Outcome == history.Done {
			continue
		}
		down := slices.ContainsFunc(s.downs, func(d stretch) bool { return d.meets(op) })
		if op.Call.Kind == history.Write || !down || !strings.Contains(op.Why, "503") {
			s.t.Errorf("%s: a %v at %s is not done: %s", op.Process, op.Call.Kind, op.Began.Format(time.TimeOnly), op.Why)
			continue
		}
		refused[op.Why]++
	}
	for why, n := range refused {
		s.t.Logf("while both endpoints were down, %d questions: %s", n, why)
	}
}

// emptied waits until no journal holds a block.
func (s *served) emptied() {
	s.t.Helper()
	for _, region := range regionNames {
		took := eventually(s.t, 3*time.Minute, "the journal of the "+region+" is empty", func() bool {
			for key := range s.rows(region) {
				if strings.Contains(key, "|k,") {
					return false
				}
			}
			return true
		})
		s.t.Logf("the journal of the %s is empty after %s", region, took.Round(100*time.Millisecond))
	}
}

// percentile of durations of writes that were done and began in a stretch.
func percentile(h *history.History, in stretch, p float64) time.Duration {
	var took []time.Duration
	for _, op := range h.Ops {
		if op.Call.Kind == history.Write && op.Outcome == history.Done && in.from < op.Begin && op.Begin < in.to {
			took = append(took, op.Ended.Sub(op.Began))
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[int(p*float64(len(took)-1))]
}
