package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// met is how many requests rules have met.
func met(rules *inject.Engine) (n int) {
	for _, of := range rules.Counts() {
		n += of
	}
	return n
}

// impatient sends a request and gives up as soon as a rule has met it.
func impatient(t *testing.T, rules *inject.Engine, send func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- send(ctx) }()
	for late := time.Now().Add(guard); ; time.Sleep(time.Millisecond) {
		if met(rules) > 0 {
			break
		}
		if time.Now().After(late) {
			t.Fatal("no rule met the request")
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("the request was not held: %v", err)
	}
}

// impatientInsert inserts one row and gives up while that is held.
func (r *rig) impatientInsert(c *aztables.Client, pk string) {
	r.t.Helper()
	impatient(r.t, r.faults, func(ctx context.Context) error {
		_, err := c.AddEntity(ctx, entity(pk, "1", value(1)), nil)
		return err
	})
}

// TestAHeldRequestArrivesAlthoughItsSenderHasGone: the row is there, nobody heard of it, and the secondary gets it.
func TestAHeldRequestArrivesAlthoughItsSenderHasGone(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"geo-redundant": false, "local": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, plan{local: local})
			p := r.primary().NewClient("Orders")
			if _, err := p.CreateTable(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			r.fault("hold 200ms if operation=insert times=1")
			r.impatientInsert(p, "a")
			r.until("the held row is there", func() bool { return r.read(p, "a", "1") == "1" })
			r.until("its answer is told as lost", func() bool { return len(r.told("lost-answer")) == 1 })
			if e := r.told("lost-answer")[0]; e.Call.Operation != "insert" || (e.Entry == nil) != local {
				t.Errorf("told as lost: %+v", e)
			}
			if !local {
				r.drain()
				r.same(p, r.secondary().NewClient("Orders"))
			}
		})
	}
}

// TestAHeldRequestAnswersWhoWaits: a patient sender gets its answer late.
func TestAHeldRequestAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("hold 100ms if operation=insert times=1")
	began := time.Now()
	if _, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
	if lost := r.told("lost-answer"); len(lost) > 0 {
		t.Errorf("told as lost: %+v", lost)
	}
}

// TestAHeldMessageArrivesAlthoughItsSenderHasGone: the queue service does the same.
func TestAHeldMessageArrivesAlthoughItsSenderHasGone(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"geo-redundant": false, "local": true} {
		t.Run(name, func(t *testing.T) {
			r := newQueueRig(t, local)
			c := r.primary()
			if _, err := c.CreateQueue(t.Context(), "work", nil); err != nil {
				t.Fatal(err)
			}
			setRules(t, r.faults, "hold 200ms if operation=put-message times=1")
			impatient(t, r.faults, func(ctx context.Context) error {
				_, err := c.NewQueueClient("work").EnqueueMessage(ctx, "held", nil)
				return err
			})
			r.until("the held message is there", func() bool {
				shown := r.peek(c, "work")
				return len(shown) == 1 && shown[0].Text == "held"
			})
		})
	}
}

// TestAHeldRequestHoldsNoLastSyncTimeBack: it has not arrived, so that nothing is under way.
func TestAHeldRequestHoldsNoLastSyncTimeBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("hold 1h if operation=insert times=1")
	r.impatientInsert(p, "a")
	if s := r.a.Status(); s.UnderWay != 0 {
		t.Errorf("%d writes are under way", s.UnderWay)
	}
	r.upsert(p, "b", "1", 1)
	r.drain() // which is not possible with a write under way
	r.abandonHeld()
}

// TestAHeldRequestFindsTheWayCut: an outage that began while it was held refuses it, or lets it wait.
func TestAHeldRequestFindsTheWayCut(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("hold 2s if operation=insert times=1")
	r.impatientInsert(p, "a")
	id := r.begin(network.Outage{To: "east", How: inject.Refuse})
	r.until("the held request is lost", func() bool { return len(r.told("refused")) == 1 })
	r.end(id)
	if got := r.read(p, "a", "1"); got != "" {
		t.Errorf("it came through the outage: %q", got)
	}
	r.fault()
	r.fault("hold 100ms if operation=insert times=1")
	r.impatientInsert(p, "b")
	id = r.begin(network.Outage{To: "east", How: inject.Silent})
	r.end(id)
	r.until("it arrives when the way has healed", func() bool { return r.read(p, "b", "1") == "1" })
}

// TestAHeldRequestFindsItsStoreElsewhere: the store has moved to another port while the request was held.
func TestAHeldRequestFindsItsStoreElsewhere(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"geo-redundant": false, "local": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, plan{local: local})
			p := r.primary().NewClient("Orders")
			if _, err := p.CreateTable(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			is := queueStore(r.servers["east"])
			nowhere := Store{Table: "http://127.0.0.1:9", Queue: is.Queue}
			if err := r.g.SetStore("east", nowhere); err != nil {
				t.Fatal(err)
			}
			r.fault("hold 300ms if operation=insert times=1")
			r.impatientInsert(p, "a")
			if err := r.g.SetStore("east", is); err != nil {
				t.Fatal(err)
			}
			r.until("the held row is there", func() bool { return r.read(p, "a", "1") == "1" })
		})
	}
}

// TestAHeldRequestFindsAnotherPrimary: it arrives where the primary was.
func TestAHeldRequestFindsAnotherPrimary(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("hold 2s if operation=insert times=1")
	r.impatientInsert(p, "a")
	r.failover(georep.Planned)
	r.until("the held request is lost", func() bool { return len(r.told("refused")) == 1 })
	if got := r.read(p, "a", "1"); got != "" {
		t.Errorf("the old primary took it: %q", got)
	}
}

// TestCloseEndsWhatIsHeld: a request that is held for an hour does not keep the gateway.
func TestCloseEndsWhatIsHeld(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("hold 1h if operation=insert times=1")
	r.impatientInsert(p, "a")
	r.abandonHeld()
}

// TestCloseBesideHolds: nothing that is held begins while Close waits for it to end, and nothing is left afterwards.
// The race detector looks at it too.
func TestCloseBesideHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("hold 1h if operation=insert")
	var senders sync.WaitGroup
	for i := range 16 {
		senders.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), guard)
			defer cancel()
			_, err := p.AddEntity(ctx, entity(fmt.Sprint(i), "1", value(1)), nil)
			if err == nil || isAnswer(err) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a request that was held while the gateway closed ended with %v", err)
			}
		})
	}
	for late := time.Now().Add(guard); met(r.faults) < 16; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d of 16 requests are held", met(r.faults))
		}
	}
	r.abandonHeld()
	senders.Wait()
	if r.g.begin() {
		t.Error("something begins in a gateway that is closed")
	}
}

// abandonHeld closes the gateway before the servers of the rig, which wait for what they serve.
func (r *rig) abandonHeld() {
	r.t.Helper()
	closed := make(chan error, 1)
	go func() { closed <- r.g.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			r.t.Error(err)
		}
	case <-time.After(guard):
		r.t.Fatal("the gateway waits for what is held")
	}
}
