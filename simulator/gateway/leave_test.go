package gateway

import (
	"errors"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
)

// dying is a rig whose primary's store can be killed, and comes back at once without what it had: as another that is
// empty.
func dying(t *testing.T, w georep.Windows) (r *rig, p *aztables.Client, restart func() (Store, bool, error)) {
	east, empty := azuritetest.Require(t, azurite.Options{}), azuritetest.Require(t, azurite.Options{})
	r = newRig(t, plan{own: map[georep.Region]*azurite.Server{"east": east}, geo: georep.Options{Windows: w}})
	if _, err := empty.AddAccount(t.Context(), r.account); err != nil {
		t.Fatal(err)
	}
	p, _ = r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	if err := east.Kill(); err != nil {
		t.Fatal(err)
	}
	r.g.Distrust("east")
	return r, p, func() (Store, bool, error) { return queueStore(empty), true, nil }
}

// TestAFailoverSavesTheSecondary from a primary that comes back empty while the failover is announced. Nobody sees it
// empty.
func TestAFailoverSavesTheSecondary(t *testing.T) {
	t.Parallel()
	r, p, restart := dying(t, georep.Windows{Announce: 500 * time.Millisecond, Down: 50 * time.Millisecond,
		Complete: 50 * time.Millisecond})
	if err := r.a.Failover(georep.Unplanned); err != nil {
		t.Fatal(err)
	}
	if err := r.g.Renew("east", restart); err != nil {
		t.Fatal(err)
	}
	for r.a.Status().Phase == georep.Announced {
		if _, err := p.GetEntity(t.Context(), "a", "1", nil); isAnswer(err) {
			t.Fatalf("the primary answers without what it had: %v", err)
		}
	}
	r.until("the failover is over", func() bool { return r.a.Status().Phase == georep.Steady })
	if got := r.read(p, "a", "1"); got != "1" {
		t.Errorf("the new primary shows %q", got)
	}
	if losses := r.a.Discarded(); len(losses) != 1 || len(losses[0].Entries) != 0 || len(r.told("resync")) != 0 {
		t.Errorf("losses %+v, %d copies made anew", losses, len(r.told("resync")))
	}
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.drain()
	if got := r.read(r.secondary().NewClient("Orders"), "a", "1"); got != "1" {
		t.Errorf("the new secondary shows %q", got)
	}
}

// TestAKilledPrimaryIsNoSecondary: a planned failover is not taken while the primary's store is dead. One that was
// under way is carried out, and the old primary is made anew: at once where it is there again, and when it is
// otherwise.
func TestAKilledPrimaryIsNoSecondary(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"restarted before": true, "restarted after": false} {
		t.Run(name, func(t *testing.T) {
			r, p, restart := dying(t, georep.Windows{Announce: 200 * time.Millisecond})
			if err := r.a.Failover(georep.Planned); !errors.Is(err, georep.ErrPrimaryDown) {
				t.Fatalf("a planned failover from a store that is dead: %v", err)
			}
			r.a.Back("east", false)
			if err := r.a.Failover(georep.Planned); err != nil {
				t.Fatal(err)
			}
			r.g.Distrust("east")
			renew := func() {
				if err := r.g.Renew("east", restart); err != nil {
					t.Fatal(err)
				}
			}
			if before {
				renew()
			}
			r.until("the failover is over", func() bool {
				return r.a.Status().Primary == "west" &&
					r.a.Status().Phase == georep.Steady
			})
			if !before {
				if state := r.a.Status().State; state != georep.Bootstrap {
					t.Errorf("the state is %s while the secondary is dead", state)
				}
				renew()
			}
			r.drain()
			if got := r.read(p, "a", "1") + r.read(r.secondary().NewClient("Orders"), "a", "1"); got != "11" {
				t.Errorf("the regions show %q", got)
			}
		})
	}
}
