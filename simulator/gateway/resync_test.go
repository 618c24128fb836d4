package gateway

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

// TestRenewUnderLoad: the secondary's store loses everything, and again in the middle of the copy, while writers go
// on. Live is said again, and then both stores are equal.
func TestRenewUnderLoad(t *testing.T) {
	t.Parallel()
	west := azuritetest.Require(t, azurite.Options{})
	r := newRig(t, plan{own: map[georep.Region]*azurite.Server{"west": west}, copyRate: 500,
		geo: georep.Options{Seed: 7, Lag: lag(t, "uniform 1ms 30ms")}})
	p, s := r.table("Orders")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() { r.writeMuch(ctx, p, w) })
	}
	for range 3 {
		time.Sleep(100 * time.Millisecond)
		restart := func() (Store, bool, error) {
			err := west.Kill()
			if state := r.a.Status().State; state != georep.Bootstrap {
				t.Errorf("the state is %s while the store is away", state)
			}
			if err == nil {
				err = west.Restart(t.Context())
			}
			return queueStore(west), true, err
		}
		if err := r.g.Renew("west", restart); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond)
	cancel()
	writers.Wait()
	r.drain()
	if state := r.a.Status().State; state != georep.Live {
		t.Errorf("the state is %s", state)
	}
	r.same(p, s)
	if n := len(r.told("resync")); n != 3 {
		t.Errorf("%d events say that the copy is made anew, want 3", n)
	}
}

// TestRenewOfThePrimary: it comes back empty, with messages that the ledger still knows. Both regions are empty then,
// and go on.
func TestRenewOfThePrimary(t *testing.T) {
	t.Parallel()
	east := azuritetest.Require(t, azurite.Options{})
	r := newRig(t, plan{own: map[georep.Region]*azurite.Server{"east": east}})
	r.table("Orders")
	front := httptest.NewServer(r.g.Handler(network.Outside, georep.Queue))
	t.Cleanup(front.Close)
	q := &queueRig{t: t, a: r.a, server: front}
	q.makeQueue("jobs")
	q.put("jobs", "lost")
	r.drain()
	if err := r.g.Renew("east", func() (Store, bool, error) {
		if err := east.Kill(); err != nil {
			return Store{}, true, err
		}
		err := east.Restart(t.Context())
		return queueStore(east), true, err
	}); err != nil {
		t.Fatal(err)
	}
	r.drain()
	q.makeQueue("jobs")
	id, _ := q.put("jobs", "kept")
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	r.same(p, s)
	sameMessages(t, q, "jobs", "after the loss", id)
}
