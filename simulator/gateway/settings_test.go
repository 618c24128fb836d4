package gateway

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/georep"
)

// setPolicy gives a table an access policy of that name, or takes all away.
func (r *rig) setPolicy(c *aztables.Client, name string) {
	r.t.Helper()
	var o aztables.SetAccessPolicyOptions
	if name != "" {
		may, from, to := "r", time.Now().Add(-time.Hour).UTC(), time.Now().Add(time.Hour).UTC()
		o.TableACL = []*aztables.SignedIdentifier{{ID: &name,
			AccessPolicy: &aztables.AccessPolicy{Permission: &may, Start: &from, Expiry: &to}}}
	}
	if _, err := c.SetAccessPolicy(r.t.Context(), &o); err != nil {
		r.t.Fatal(err)
	}
}

// policies holds that a table has this access policy alone, or none.
func (r *rig) policies(when string, c *aztables.Client, name string) {
	r.t.Helper()
	got, err := c.GetAccessPolicy(r.t.Context(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	want := 0
	if name != "" {
		want = 1
	}
	if len(got.SignedIdentifiers) != want || want == 1 && *got.SignedIdentifiers[0].ID != name {
		r.t.Errorf("%s: %d policies, want %q", when, len(got.SignedIdentifiers), name)
	}
}

// setRetention sets the service's properties: for so many days its metrics are kept.
func (r *rig) setRetention(days int32) {
	r.t.Helper()
	yes, version := true, "1.0"
	retention := &aztables.RetentionPolicy{Enabled: &yes, Days: &days}
	_, err := r.primary().SetProperties(r.t.Context(), aztables.ServiceProperties{
		HourMetrics: &aztables.Metrics{Enabled: &yes, IncludeAPIs: &yes, Version: &version,
			RetentionPolicy: retention}}, nil)
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) retention(when string, c *aztables.ServiceClient, want int32) {
	r.t.Helper()
	got, err := c.GetProperties(r.t.Context(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	var days int32
	if m := got.HourMetrics; m != nil && m.RetentionPolicy != nil && m.RetentionPolicy.Days != nil {
		days = *m.RetentionPolicy.Days
	}
	if days != want {
		r.t.Errorf("%s: metrics are kept for %d days, want %d", when, days, want)
	}
}

// TestPoliciesAndPropertiesAreReplicated, as everything else of the account.
func TestPoliciesAndPropertiesAreReplicated(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.pause()
	r.setPolicy(p, "readers")
	r.setRetention(7)
	r.policies("before it arrives", s, "")
	r.retention("before it arrives", r.secondary(), 0)
	r.resume()
	r.drain()
	r.policies("replicated", s, "readers")
	r.retention("replicated", r.secondary(), 7)
}

// TestPoliciesAndPropertiesAreCopied by a bootstrap, and what changes meanwhile comes after the copy.
func TestPoliciesAndPropertiesAreCopied(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	other, _ := r.table("Others")
	r.setPolicy(p, "readers")
	r.setRetention(7)
	r.drain()
	r.failover(georep.Unplanned)
	r.until("the old copy is deleted", func() bool { return len(r.told("wiped")) > 0 })
	r.setRetention(8)
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.setPolicy(other, "meanwhile")
	r.drain()
	r.policies("copied", s, "readers")
	r.policies("set meanwhile", r.secondary().NewClient("Others"), "meanwhile")
	r.retention("copied", r.secondary(), 8)
	r.failover(georep.Planned)
	r.policies("failed back", p, "readers")
	r.setPolicy(p, "")
	r.drain()
	r.policies("taken away", s, "")
}
