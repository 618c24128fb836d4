package gateway

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/check"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// tally is what the moments of a campaign added up to.
type tally struct{ acknowledged, unknown, lost, kept, stale, gone, failbackLost int }

func (a *tally) add(b tally) {
	a.acknowledged += b.acknowledged
	a.unknown += b.unknown
	a.lost += b.lost
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
			for _, v := range m.verdicts() {
				t.Error(v)
			}
			for _, v := range check.Enough(&m.h, check.Demand{Acked: 30, Answers: 8,
				Truth: map[string]int{"promoted": 1,
					"apply": 10}}) {
				t.Error(v)
			}
			m.tally.acknowledged = m.count(history.WriteRows, history.Done)
			m.tally.unknown = m.count(history.WriteRows, history.Unknown)
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
	down inject.How // of the primary region, before the order; "" is none

	saved map[rowName]azcore.ETag
	tally tally
}

func newMoment(t *testing.T, seed uint64, n int) *moment {
	rng := rand.New(rand.NewPCG(seed, 0))
	r := newRig(t, plan{geo: georep.Options{Seed: seed, Lag: lag(t, "log-normal median 100ms sigma 1 max 2s"),
		Windows: georep.Windows{Down: 20 * time.Millisecond}}})
	m := &moment{fleet: newFleet(r, []string{"ships"}, 4), rng: rng, n: n}
	m.down = []inject.How{"", inject.Silent, inject.Refuse, inject.Torn, inject.Busy}[rng.IntN(5)]
	m.makeTable(t.Context(), "ships")
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
		if outage, err = m.r.net.Begin(network.Outage{Region: "east", How: m.down}); err != nil {
			m.r.t.Fatal(err)
		}
		m.wait(0, 300)
	}
	m.save()
	m.r.failover(georep.Unplanned)
	endSync()
	loss := m.loss(1)
	m.r.until("writes go on under the same name", func() bool {
		m.diary.mu.Lock()
		defer m.diary.mu.Unlock()
		return slices.ContainsFunc(m.h.Ops, func(op *history.Op) bool { return op.Answer.Stamp.After(loss.At) })
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
		if own := (history.Row{Do: history.Merge, Key: fmt.Sprintf("own-%d-%d", w, life),
			Fields: fields(rng, id)}); rng.IntN(3) == 0 {
			op := m.sent("writer", p, own)
			etag, err := m.single(whole, "upsert", p, own, "")
			known = m.ended(op, etag, err)
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
	rows := []history.Row{{Do: history.Put, Key: fmt.Sprintf("w%d", id), Fields: fields(rng, id)},
		{Do: history.Merge, Key: "last", Fields: fields(rng, id)}}
	shared := fmt.Sprintf("r%d", rng.IntN(5))
	if etag := m.etag(p, shared); etag != "" && rng.IntN(3) == 0 {
		rows = append(rows, history.Row{Do: history.DeleteRow, Key: shared})
	} else {
		rows = append(rows, history.Row{Do: history.Put, Key: shared, Fields: fields(rng, id)})
	}
	verbs := map[history.Do]aztables.TransactionType{history.Put: aztables.TransactionTypeInsertReplace,
		history.Merge: aztables.TransactionTypeInsertMerge, history.DeleteRow: aztables.TransactionTypeDelete}
	actions := make([]aztables.TransactionAction, len(rows))
	for i, row := range rows {
		actions[i] = aztables.TransactionAction{ActionType: verbs[row.Do], Entity: rowBody(p, row)}
	}
	actions[0].ActionType = aztables.TransactionTypeAdd
	op := m.sent("writer", p, rows...)
	etag, err := m.batch(ctx, p, actions)
	return m.ended(op, etag, err)
}

// watchSync asks for the Last Sync Time again and again, from outside.
func (m *moment) watchSync() (end func()) {
	ctx, cancel := context.WithCancel(m.r.t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		for pause(ctx, 2*time.Millisecond) {
			_, _ = m.asked(ctx, "watch", 0) // down, or without a secondary: there is none
		}
	})
	return func() { cancel(); work.Wait() }
}

// save keeps the ETags that are known now.
func (m *moment) save() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = maps.Clone(m.etags)
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
