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

	"tidemark/simulator/check"
	"tidemark/simulator/history"
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

// fill writes readings of a series in several blocks.
func fill(sc *scenario, n *node, from, to int) {
	sc.t.Helper()
	for at := from; at < to; at += 100 {
		sc.do(n, fresh("s", 1).Of(at, min(to, at+100)))
	}
}

// Deleted readings do not return: not after compaction, nor after a restart, nor when old blocks arrive again. A
// fresh import is later and returns.
func TestDeletedStaysDeleted(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t, "TIDEMARK_ACCEPT_BOUND=5s") // the floor follows the clock by as much
	soon := quick(asBoth, "TIDEMARK_PURGE_EVERY=500ms")
	n := s.start(append(soon, "TIDEMARK_STREAM_IDLE=5m", "TIDEMARK_DEAD_AFTER=10m")...)
	rec := s.record()
	all := numbered("s", 0, 2000)
	fill(sc, n, 0, 2000)
	sc.do(n, numbered("s", 500, 1200).of(history.Delete))
	sc.whole(n, all)

	look := s.lookout()
	look.drained()
	sc.whole(n, all)
	taken := s.replay(t, rec)
	t.Logf("%d appends arrived again while their stream was open: the service took %d", len(rec.calls), taken)
	sc.whole(n, all)
	sc.whole(s.start(quick(asAPI)...), all)

	n.Kill()
	n = s.start(soon...)
	sc.whole(n, all)
	look.wait(func(j journal) bool { return j.empty() && j.over() }) // the old blocks were swept, too
	if again := s.replay(t, rec); again > 0 {
		t.Errorf("%d appends were taken after their stream had ended", again)
	}
	took := eventually(t, hangs, "the deletion is carried out and forgotten", func() bool {
		return look.state("deletions") == "1-"
	})
	t.Logf("the deletion was carried out and forgotten %s after the last old block had come",
		took.Round(time.Millisecond))
	sc.whole(n, all)
	sc.whole(s.start(quick(asAPI)...), all)

	fill(sc, n, 600, 700)
	sc.whole(n, all)
	look.drained()
	sc.whole(n, all)
	sc.judge(check.Demand{Acked: 22, Answers: 36})
}

// Expired readings do not return: not after compaction, nor after a restart, nor when old blocks arrive again, nor
// when retention is given up. One that is older than retention is refused by name.
func TestExpiredStaysExpired(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t)
	n := s.start(quick(asBoth, "TIDEMARK_STREAM_IDLE=5m", "TIDEMARK_DEAD_AFTER=10m")...)
	rec := s.record()
	now := time.Now()
	const day = 24 * time.Hour
	old := func(age time.Duration) history.Call {
		return together([]reading{{seriesOf("s", "m"), now.Add(-age).UnixNano(), age.Hours()}})
	}
	ages := []time.Duration{day, 20 * day, 29 * day, 31 * day, 40 * day, 400 * day, 1000 * day}
	for _, age := range ages {
		sc.do(n, old(age))
	}
	all := span{Series: seriesOf("s", "m"), from: now.Add(-2000 * day), to: now, step: 50 * day}
	sc.whole(n, all)
	look := s.lookout()
	look.drained()
	n.stop()

	n = s.start(quick(asBoth, "TIDEMARK_RETENTION=30d")...)
	limit := now.Add(-30 * day).UnixNano() // no reading is so near to it that it matters how long this test takes
	sc.keep = func() *history.Expiry { return &history.Expiry{Gone: limit, Going: limit} }
	sc.whole(n, all)
	if op := sc.try(n, old(35*day)); op.Outcome != history.Refused ||
		!strings.Contains(strings.ToLower(op.Why), "retention") {
		t.Errorf("a reading older than retention: %v %s", op.Outcome, op.Why)
	}
	eventually(t, 3*time.Minute, "retention was carried out", func() bool { return look.state("horizon") != "" })
	sc.whole(n, all)
	s.replay(t, rec)
	sc.whole(n, all)
	n.stop()
	n = s.start(quick(asBoth)...) // kept for ever again: what has expired stays so
	sc.whole(n, all)
	s.replay(t, rec)
	sc.whole(n, all)
	sc.judge(check.Demand{Acked: len(ages), Answers: 24, Refused: 1})
}

// state is what the row of the account's state with a name holds, "" if there is no such row.
func (l lookout) state(name string) string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for pager := l.service.NewClient("State").NewListEntitiesPager(&aztables.ListEntitiesOptions{}); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			l.t.Fatalf("read State: %v", err)
		}
		for _, entity := range page.Entities {
			var row struct {
				RowKey string
				Value  []byte `json:"d00"`
			}
			if err := json.Unmarshal(entity, &row); err != nil {
				l.t.Fatalf("row of State: %v: %s", err, entity)
			}
			if strings.Contains(row.RowKey, name) {
				return string(row.Value)
			}
		}
	}
	return ""
}
