package e2e

import (
	"fmt"
	"maps"
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

// down is a time in which both endpoints of the account were down.
type down struct{ began, ended time.Time }

// meets reports whether an operation was under way in it, or began not long after.
func (d down) meets(op *history.Op) bool {
	return op.Began.Before(d.ended.Add(grace)) && op.Ended.After(d.began)
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
	began := time.Now()
	s.order("failover --no-wait --type " + kind)
	eventually(s.t, time.Minute, "both endpoints are down", func() bool { return s.account().Phase == "down" })
	asked, answered := s.windows()
	if phase := s.account().Phase; phase != "down" {
		s.t.Logf("the endpoints were up again before every window was asked: %s", phase)
	}
	took := eventually(s.t, 3*time.Minute, "the failover is over", func() bool { return s.account().Phase == "steady" })
	now := s.account()
	s.log.Enter("failed over")
	s.downs = append(s.downs, down{began, time.Now()})
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

// grace is how much longer than both endpoints are down a question may be refused: a node asks an account that did not
// answer again within a second.
const grace = 3 * time.Second

// unread stands in a refusal between the window and the reason.
const unread = " cannot be read now: "

// undisturbed has clients see no error, but questions that are refused while both endpoints are down,
// with 503 and the name of what cannot be read.
func (s *served) undisturbed(h *history.History) {
	s.t.Helper()
	refused, done := map[string]int{}, 0
	var late time.Duration
	for _, op := range h.Ops {
		if op.Outcome == history.Done {
			done++
			continue
		}
		i := len(s.downs) - 1
		for ; i >= 0 && !s.downs[i].meets(op); i-- {
		}
		if op.Call.Kind == history.Write || i < 0 || !strings.Contains(op.Why, ": 503") ||
			!strings.Contains(op.Why, unread) {
			s.t.Errorf("%s: a %v at %s is not done: %s", op.Process, op.Call.Kind,
				op.Began.Format(time.StampMilli), op.Why)
			continue
		}
		late = max(late, op.Began.Sub(s.downs[i].ended))
		_, why, _ := strings.Cut(op.Why, unread)
		why, _, _ = strings.Cut(why, `"`)
		refused[why]++
	}
	s.t.Logf("%d operations done; questions refused while both endpoints were down, or until %s later: %v", done,
		late.Round(10*time.Millisecond), refused)
}

// settle stops the clients, and waits until each node vouches for what either journal had. Then both nodes answer
// everything; and soon no journal holds a block, and both know the same of their streams.
func (s *served) settle() {
	s.t.Helper()
	s.dismiss()
	ended := clock.Now()
	for _, region := range regionNames {
		s.vouches(s.nodes[region], numbered(s.fresh[region][0].Series.Source, 0, 1), ended)
	}
	for _, region := range regionNames {
		s.holds(region, "")
	}
	took := eventually(s.t, 3*time.Minute, "both journals are empty, and the same", func() bool {
		east, west := s.rows("east"), s.rows("west")
		for key := range east {
			if strings.Contains(key, "|k,") {
				return false
			}
		}
		return maps.Equal(east, west)
	})
	s.t.Logf("both journals are empty, and the same, %s later", took.Round(100*time.Millisecond))
	for _, region := range regionNames {
		s.holds(region, "")
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
