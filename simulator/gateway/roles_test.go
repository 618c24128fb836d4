package gateway

import (
	"testing"

	"tidemark/simulator/gateway/internal/sharedkey"
	"tidemark/simulator/georep"
)

// TestLateFollower: geo-redundancy is ordered again after a failover has changed the roles and before its follower
// has let callers in.
func TestLateFollower(t *testing.T) {
	away := Store{Table: "http://127.0.0.1:9", Queue: "http://127.0.0.1:9"}
	g, err := New(Options{Stores: map[georep.Region]Store{"east": away, "west": away}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	o := AccountOptions{Name: "late", Key: "bGF0ZQ==", Geo: georep.Options{Primary: "east", Secondary: "west"}}
	key, err := sharedkey.New(o.Name, o.Key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAccount(g, o, key) // nobody drives it but this test
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Failover(georep.Unplanned); err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	follow := a.failover()
	a.mu.Unlock()
	if follow == nil {
		t.Fatal("the failover changed no roles")
	}
	if err := a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	follow()
	if got, want := *a.roles.Load(), (roles{primary: "west", secondary: "east", empty: true}); got != want {
		t.Errorf("callers are routed by %+v, want %+v", got, want)
	}
}
