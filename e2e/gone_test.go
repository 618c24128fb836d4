package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/rig"
)

// recorder keeps every append that the service took, so that it can arrive again: same stream, same number, same
// bytes.
type recorder struct {
	mu    sync.Mutex
	calls []*rig.Call
}

func (s *site) record() *recorder {
	r := &recorder{}
	s.Tables.SetWitness(func(c *rig.Call, a rig.Answer) {
		if c.Kind == isAppend && !a.Refused() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.calls = append(r.calls, c)
		}
	})
	return r
}

// replay sends all appends again and reports how many the service took.
func (s *site) replay(t testing.TB, r *recorder) (taken int) {
	t.Helper()
	r.mu.Lock()
	calls := slices.Clone(r.calls)
	r.mu.Unlock()
	s.Tables.SetWitness(nil)
	for _, c := range calls {
		a, err := s.Tables.Forward(c)
		if err != nil || a.Status == http.StatusForbidden {
			t.Fatalf("an append of %s again: %d %v %s", blockOf(c), a.Status, err, a.Body)
		}
		if !a.Refused() {
			taken++
		}
	}
	if len(calls) == 0 {
		t.Fatal("no append was recorded")
	}
	return taken
}

// fill writes n readings of a series in several blocks.
func fill(n *node, from, to int) {
	n.t.Helper()
	for at := from; at < to; at += 100 {
		s := series{Source: "s", Metric: "m", Unit: "u"}
		for k := at; k < min(to, at+100); k++ {
			s.add(timeOf(k), valueOf(k))
		}
		n.write(document(s))
	}
}

// holds wants exactly the readings of some numbers, in readings and in rollups.
func holds(n *node, when string, has func(k int) bool, upTo int) {
	n.t.Helper()
	want := 0
	for k := range upTo {
		if has(k) {
			want++
		}
	}
	got := n.readings("s", "m", timeOf(0), timeOf(upTo))
	for _, p := range got {
		if k := indexOf(p.Time); !has(k) || p.Value != valueOf(k) {
			n.t.Errorf("%s: %s should not be there", when, p)
			return
		}
	}
	if len(got) != want {
		n.t.Errorf("%s: %d readings, should be %d", when, len(got), want)
	}
	if c := n.aggregate("count", "s", "m", timeOf(0), timeOf(upTo)); int(c) != want {
		n.t.Errorf("%s: aggregates count %v, should be %d", when, c, want)
	}
}

// Deleted readings do not return: not after compaction, nor after a restart, nor when old blocks arrive again. A
// fresh import is later and returns.
func TestDeletedStaysDeleted(t *testing.T) {
	t.Parallel()
	seeded(t)
	s := newSite(t, "TIDEMARK_ACCEPT_BOUND=5s")
	soon := quick(asBoth, "TIDEMARK_ACCEPT_BOUND=5s")
	n := s.start(append(soon, "TIDEMARK_STREAM_IDLE=5m", "TIDEMARK_DEAD_AFTER=10m")...)
	rec := s.record()
	const all = 2000
	fill(n, 0, all)
	without := func(k int) bool { return k < 500 || k >= 1200 }
	gone := append(spanOf(timeOf(500), timeOf(1200)), "source", "s", "metric", "m")
	n.ask(http.MethodDelete, query("/v1/readings", gone...), nil, nil)
	holds(n, "just deleted", without, all)

	look := s.lookout()
	look.drained()
	holds(n, "compacted", without, all)
	taken := s.replay(t, rec)
	t.Logf("%d appends arrived again while their stream was open: the service took %d", len(rec.calls), taken)
	holds(n, "after old blocks arrived", without, all)
	holds(s.start(quick(asAPI)...), "from a new node, after old blocks arrived", without, all)

	n.Kill()
	n = s.start(soon...)
	holds(n, "after a crash", without, all)
	look.wait(func(j journal) bool { return j.empty() && j.over() }) // the old blocks were swept, too
	if again := s.replay(t, rec); again > 0 {
		t.Errorf("%d appends were taken after their stream had ended", again)
	}
	time.Sleep(8 * time.Second) // the floor passes the deletion
	n.stop()
	n = s.start(soon...) // a worker begins with carrying out deletions, and then forgets them
	time.Sleep(2 * time.Second)
	holds(n, "after the deletion was carried out", without, all)

	fill(n, 600, 700)
	with := func(k int) bool { return without(k) || k >= 600 && k < 700 }
	holds(n, "imported again", with, all)
	look.drained()
	holds(n, "imported again and compacted", with, all)
}

// Expired readings do not return: not after compaction, nor after a restart, nor when old blocks arrive again, nor
// when retention is given up. One that is older than retention is refused by name.
func TestExpiredStaysExpired(t *testing.T) {
	t.Parallel()
	seeded(t)
	s := newSite(t)
	n := s.start(quick(asBoth, "TIDEMARK_STREAM_IDLE=5m", "TIDEMARK_DEAD_AFTER=10m")...)
	rec := s.record()
	now := time.Now()
	write := func(n *node, age time.Duration) reply {
		doc := series{Source: "s", Metric: "m"}
		doc.add(now.Add(-age), age.Hours())
		r, err := send(http.MethodPost, n.url+"/v1/readings", asJSON, document(doc))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const day = 24 * time.Hour
	ages := []time.Duration{day, 20 * day, 29 * day, 31 * day, 40 * day, 400 * day, 1000 * day}
	for _, age := range ages {
		if r := write(n, age); r.status != http.StatusOK {
			t.Fatalf("%s old, kept for ever: %d %s", age, r.status, r.body)
		}
	}
	check := func(when string, n *node, want int) {
		t.Helper()
		if got := n.readings("s", "m", now.Add(-2000*day), now); len(got) != want {
			t.Errorf("%s: %d readings, should be %d", when, len(got), want)
		}
		got := 0.0
		var body struct {
			Groups []struct{ Values map[string][]*float64 }
		}
		n.decode(n.get(query("/v1/aggregates", append(spanOf(now.Add(-2000*day), now), "source", "s", "step", "1y",
			"fn", "count")...)), &body)
		for _, c := range body.Groups[0].Values["count"] {
			if c != nil {
				got += *c
			}
		}
		if int(got) != want {
			t.Errorf("%s: aggregates count %v, should be %d", when, got, want)
		}
	}
	check("kept for ever", n, len(ages))
	look := s.lookout()
	look.drained()
	n.stop()

	n = s.start(quick(asBoth, "TIDEMARK_RETENTION=30d")...)
	check("kept for 30 days", n, 3)
	r := write(n, 35*day)
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(strings.ToLower(string(r.body)), "retention") {
		t.Errorf("a reading older than retention: %d %s", r.status, r.body)
	}
	eventually(t, 3*time.Minute, "retention was carried out", look.hasHorizon)
	check("retention was carried out", n, 3)
	s.replay(t, rec)
	check("after old blocks arrived", n, 3)
	n.stop()
	n = s.start(quick(asBoth)...) // kept for ever again: what has expired stays so
	check("after a restart without retention", n, 3)
	s.replay(t, rec)
	check("after old blocks arrived again", n, 3)
}

// hasHorizon reports whether the account says that a retention was carried out.
func (l lookout) hasHorizon() bool {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for pager := l.service.NewClient("State").NewListEntitiesPager(&aztables.ListEntitiesOptions{}); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			l.t.Fatalf("read State: %v", err)
		}
		for _, entity := range page.Entities {
			var r row
			if json.Unmarshal(entity, &r) == nil && strings.Contains(r.RowKey, "horizon") {
				return true
			}
		}
	}
	return false
}
