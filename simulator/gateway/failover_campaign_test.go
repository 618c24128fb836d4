package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

// tally is what the moments of a campaign added up to.
type tally struct{ acknowledged, unknown, unknownThere, lost, lostUnknown, kept, stale, gone, failbackLost int }

func (a *tally) add(b tally) {
	a.acknowledged += b.acknowledged
	a.unknown += b.unknown
	a.unknownThere += b.unknownThere
	a.lost += b.lost
	a.lostUnknown += b.lostUnknown
	a.kept += b.kept
	a.stale += b.stale
	a.gone += b.gone
	a.failbackLost += b.failbackLost
}

// TestFailoverCampaign: an unplanned failover under load at random moments, with and without an outage of the primary
// region, until the account is geo-redundant again and back in its region. What is gone is what the simulator lists,
// no more and no less.
func TestFailoverCampaign(t *testing.T) {
	seed := soakSeed(t)
	moments := 3
	if campaign() {
		moments = 50
	}
	var sum tally
	for i := range moments {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m := newMoment(t, seed+uint64(i), i)
			m.run()
			for _, wrong := range m.wrong {
				t.Error(wrong)
			}
			m.tally.acknowledged = len(m.writes)
			sum.add(m.tally)
		})
	}
	t.Logf("%d moments: %+v", moments, sum)
	if campaign() && (sum.lost == 0 || sum.kept == 0 || sum.gone == 0) {
		t.Error("nothing was lost, or nothing was kept: the moments show nothing")
	}
}

// moment is one failover and what follows.
type moment struct {
	*fleet
	rng  *rand.Rand
	n    int
	ids  atomic.Int64
	down network.Fault // of the primary region, before the order; "" is none

	unknown []written // their writers got no answer
	saved   map[place]map[string]azcore.ETag
	synced  time.Time // the latest Last Sync Time that anybody read before the roles changed
	dead    map[string]bool
	tally   tally
}

func newMoment(t *testing.T, seed uint64, n int) *moment {
	rng := rand.New(rand.NewPCG(seed, 0))
	r := newRig(t, plan{geo: georep.Options{Seed: seed, Lag: lag(t, "log-normal median 100ms sigma 1 max 2s"),
		Windows: georep.Windows{Down: 20 * time.Millisecond}}})
	m := &moment{fleet: newFleet(r, []string{"ships"}, 4), rng: rng, n: n, dead: map[string]bool{}}
	m.down = []network.Fault{"", network.Hang, network.Refuse, network.Reset, network.Unavailable}[rng.IntN(5)]
	if _, err := m.primary.NewClient("ships").CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.drain()
	return m
}

func (m *moment) run() {
	loss := m.lose()
	m.check("after the failover", loss)
	m.conditions()
	m.lrs()
	m.again(loss)
	m.failback(loss)
}

// lose fails over under load, and gives what the simulator lists.
func (m *moment) lose() Loss {
	stop := m.write()
	endSync := m.watchSync()
	m.wait(100, 600)
	var outage string
	if m.down != "" {
		var err error
		if outage, err = m.r.net.Begin(network.Outage{Region: "east", Fault: m.down}); err != nil {
			m.r.t.Fatal(err)
		}
		m.wait(0, 300)
	}
	m.save()
	m.r.failover(georep.Unplanned)
	endSync()
	loss := m.loss(1)
	m.r.until("writes go on under the same name", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return slices.ContainsFunc(m.writes, func(w written) bool { return w.stamp.After(loss.At) })
	})
	stop()
	m.settled()
	if outage != "" {
		if err := m.r.net.End(outage); err != nil {
			m.r.t.Fatal(err)
		}
	}
	return loss
}

func (m *moment) wait(least, most int) {
	pause(m.r.t.Context(), time.Duration(least+m.rng.IntN(most-least))*time.Millisecond)
}

// write starts 6 writers. Stop lets them end what they began.
func (m *moment) write() (stop func()) {
	ctx, cancel := context.WithCancel(m.r.t.Context())
	var work sync.WaitGroup
	for w := range 6 {
		rng := rand.New(rand.NewPCG(m.rng.Uint64(), uint64(w)))
		work.Go(func() { m.sail(ctx, rng, w) })
	}
	return func() { cancel(); work.Wait() }
}

// sail writes batches, each with a row of its own as witness and rows that all share, and single writes to a row that
// only this writer has, and drops for another after a write of unknown outcome: so that what is lost and what is
// there says which write it was.
func (m *moment) sail(ctx context.Context, rng *rand.Rand, w int) {
	whole := context.WithoutCancel(ctx)
	life := 0
	for ctx.Err() == nil {
		p := m.places[rng.IntN(len(m.places))]
		id := int(m.ids.Add(1))
		known := true
		if own := (rowOp{kind: "merge", rk: fmt.Sprintf("own-%d-%d", w, life),
			fields: fields(rng, id)}); rng.IntN(3) == 0 {
			known = m.attempt(written{place: p, ops: []rowOp{own}, began: time.Now()}, func() (azcore.ETag, error) {
				return m.single(whole, "upsert", p, own, "")
			})
		} else {
			known = m.witnessed(whole, rng, p, id)
		}
		if !known {
			life++
			pause(ctx, 10*time.Millisecond)
		}
	}
}

func (m *moment) witnessed(ctx context.Context, rng *rand.Rand, p place, id int) (known bool) {
	ops := []rowOp{{kind: "put", rk: fmt.Sprintf("w%d", id), fields: fields(rng, id)},
		{kind: "merge", rk: "last", fields: fields(rng, id)}}
	shared := fmt.Sprintf("r%d", rng.IntN(5))
	if etag := m.etag(p, shared); etag != "" && rng.IntN(3) == 0 {
		ops = append(ops, rowOp{kind: "delete", rk: shared})
	} else {
		ops = append(ops, rowOp{kind: "put", rk: shared, fields: fields(rng, id)})
	}
	verbs := map[string]aztables.TransactionType{"put": aztables.TransactionTypeInsertReplace,
		"merge": aztables.TransactionTypeInsertMerge, "delete": aztables.TransactionTypeDelete}
	actions := make([]aztables.TransactionAction, len(ops))
	for i, op := range ops {
		actions[i] = aztables.TransactionAction{ActionType: verbs[op.kind], Entity: rowBody(p, op)}
	}
	actions[0].ActionType = aztables.TransactionTypeAdd
	return m.attempt(written{place: p, ops: ops, began: time.Now()},
		func() (azcore.ETag, error) { return m.batch(ctx, p, actions) })
}

// attempt does a write and files it under what became of it. False: its writer does not know.
func (m *moment) attempt(w written, do func() (azcore.ETag, error)) bool {
	etag, err := do()
	switch {
	case err == nil:
		m.acknowledged(w, etag)
	case m.refused(err):
	default:
		w.ended = time.Now()
		m.mu.Lock()
		m.unknown = append(m.unknown, w)
		m.mu.Unlock()
		return false
	}
	return true
}

// watchSync keeps the latest Last Sync Time, read from outside, until the roles change.
func (m *moment) watchSync() (end func()) {
	ctx, cancel := context.WithCancel(m.r.t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		for pause(ctx, 2*time.Millisecond) {
			before := len(m.r.a.Discarded())
			if at, err := lastSync(ctx, m.secondary); err == nil && before == 0 && at.After(m.synced) {
				m.synced = at
			}
		}
	})
	return func() { cancel(); work.Wait() }
}

// save keeps the ETags that are known now.
func (m *moment) save() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = map[place]map[string]azcore.ETag{}
	for _, w := range m.writes {
		for _, op := range w.ops {
			if m.saved[w.place] == nil {
				m.saved[w.place] = map[string]azcore.ETag{}
			}
			if op.kind != "delete" {
				m.saved[w.place][op.rk] = m.etags[w.table+"/"+w.pk+"/"+op.rk]
			}
		}
	}
}

func (m *moment) settled() {
	m.r.until("nothing is under way", func() bool { return m.r.a.Status().UnderWay == 0 })
}

// loss is the newest of so many losses.
func (m *moment) loss(of int) Loss {
	losses := m.r.a.Discarded()
	if len(losses) != of {
		m.r.t.Fatalf("%d losses are listed, want %d", len(losses), of)
	}
	return losses[of-1]
}
