package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// soon are flags of nodes that look often, so that a test does not wait for their sweeps.
var soon = []string{"--sweep-every", "3s", "--stream-idle", "5s"}

// TestPrimaryLoss has the primary endpoint of the account be away, and it alone, while clients write and read in both
// regions: first the east's, until a planned failover makes the west primary; then the west's, until an unplanned one
// makes the east primary, which loses what was not replicated. (While the primary's storage is out as well a planned
// failover is refused, which simulator/georep tries.) No client sees an error, but of windows that nobody can read
// while both endpoints are down, none an answer that is stale or claims too much; and a node that starts meanwhile
// serves.
func TestPrimaryLoss(t *testing.T) {
	t.Parallel()
	s := serveInTwo(t, "uniform 100ms 2s", soon...)
	how := []string{"reset", "hang", "status 503 ServerBusy"}
	for _, region := range regionNames {
		s.clients(region, 2)
	}
	for _, region := range regionNames {
		s.readers(region, 1)
		s.more(region, history.Both, 500)
	}
	half := time.Duration(count(10, 150)) * time.Second
	calm := stretch{from: s.log.Enter("calm")}
	s.lasts(half)
	calm.to = s.log.Enter("the primary is away")
	out := stretch{from: calm.to}
	for i, kind := range []string{planned, unplanned} {
		primary := regionNames[i]
		s.lasts(6 * time.Second) // a node asks every 5 s whether the secondary is live, which is another one now
		s.away(primary, how[s.rng.IntN(len(how))])
		if kind == unplanned {
			s.order("lag", "constant 10m") // of what is written from now on nothing is in time
		}
		s.lasts(half)
		s.startsAnother(regionNames[1-i])
		s.failover(kind)
		s.order("fault --remove primary")
		for _, region := range regionNames {
			s.more(region, history.Both, 200)
			s.reads(region)
		}
	}
	out.to = s.log.Enter("the primary is back")
	s.order("lag none")
	s.order("reenable")
	s.settle()
	h := s.judge(check.Demand{Acked: 150, Answers: 50, Clients: 7})
	s.undisturbed(h)
	before, in := percentile(h, calm, 0.99), percentile(h, out, 0.99)
	t.Logf("writes: p50 %s, p99 %s while all is well; p50 %s, p99 %s (%.2f times) while the primary is away",
		percentile(h, calm, 0.5), before, percentile(h, out, 0.5), in, float64(in)/float64(before))
}

// away has the account's endpoint in a region fail, for whoever calls it, and nothing else.
func (s *served) away(region, how string) {
	s.t.Helper()
	s.order("fault", fmt.Sprintf("%s if account=%s to=%s name=primary", how, s.line.Account, region))
	s.t.Logf("the account's endpoint in the %s: %s", region, how)
}

// startsAnother has another node of a region start while the primary is away: it takes writes, and answers every window
// as soon as it has heard whose the account's copy is.
func (s *served) startsAnother(region string) {
	s.t.Helper()
	began := time.Now()
	n := s.serve(region, freeAddress(s.t), s.settings(region)...)
	own := fresh(region+" another", 1)
	eventually(s.t, time.Minute, "a node that has just started acknowledges as both", func() bool {
		return s.do(n, own.Take(1)).Answer.Durability == history.Both
	})
	wrote := time.Since(began)
	c := numbered(own.Series.Source, 0, own.Taken()).of(history.Read)
	eventually(s.t, 20*time.Second, "a node that has just started answers", func() bool {
		a, err := send(http.MethodGet, n.url+query("/v1/readings", append(spanOf(time.Unix(0, c.From),
			time.Unix(0, c.To)), "source", c.Source, "metric", c.Metric)...), nil, nil)
		return err == nil && a.status == http.StatusOK
	})
	s.t.Logf("a node that starts in the %s meanwhile writes as both after %s, and answers after %s", region,
		wrote.Round(10*time.Millisecond), time.Since(began).Round(10*time.Millisecond))
	for _, from := range regionNames {
		for _, f := range s.fresh[from] {
			s.do(n, numbered(f.Series.Source, 0, max(1, f.Taken())).of(history.Read))
		}
	}
	n.stop()
	s.fresh[region] = append(s.fresh[region], own)
}

// TestFailback has the account fail over and back under load, planned and unplanned. Every acknowledged reading is in
// the answers of both regions at each step, and at the end. Whoever fails back before the account is geo-redundant
// again is refused, and told what would be lost.
func TestFailback(t *testing.T) {
	t.Parallel()
	s := serveInTwo(t, "uniform 100ms 2s", soon...)
	for _, region := range regionNames {
		s.clients(region, 2)
	}
	for _, region := range regionNames {
		s.readers(region, 1)
		s.more(region, history.Both, 500)
	}
	for i := range count(1, 10) {
		for _, kind := range s.ways(i) {
			if kind == unplanned {
				s.order("lag", "constant 10m")
			}
			s.failover(kind)
			for _, region := range regionNames {
				s.more(region, history.Both, 200)
				s.reads(region)
			}
			if kind == unplanned {
				s.order("lag", "uniform 100ms 2s")
				s.tooEarly()
			}
		}
	}
	s.settle()
	s.undisturbed(s.judge(check.Demand{Acked: 150, Answers: 50, Clients: 7}))
}

// ways are how the account fails over and back in a cycle: once each way, or every third time without a plan at all.
func (s *served) ways(cycle int) []string {
	ways := []string{planned, unplanned}
	if cycle%3 == 2 {
		ways[0] = unplanned
	}
	s.rng.Shuffle(2, func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	return ways
}

// tooEarly orders a failover back while there is no secondary, and while it is made anew; and waits until it is live.
func (s *served) tooEarly() {
	s.t.Helper()
	for _, kind := range []string{planned, unplanned} {
		s.refuses("failover --type "+kind, "there is no other copy of what "+s.account().Primary+" holds; make "+
			"the account geo-redundant again first")
	}
	s.order("reenable --no-wait")
	for _, kind := range []string{planned, unplanned} {
		s.refuses("failover --type "+kind, "would be lost")
	}
	took := eventually(s.t, 3*time.Minute, "the account is live", func() bool { return s.account().State == "live" })
	s.t.Logf("geo-redundant again after %s", took.Round(100*time.Millisecond))
}

// refuses wants an order to be refused with a text.
func (s *served) refuses(order, text string) {
	s.t.Helper()
	code, says := s.sim(order)
	if code == 0 || !strings.Contains(says, text) {
		s.t.Errorf("sim %s: status %d, %s; want %q", order, code, says, text)
	}
	s.t.Logf("sim %s: %s", order, strings.TrimSpace(says))
}
