package aztable_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

// geo is a geo-redundant account of the simulator in front of two Azurites, and a client of it.
type geo struct {
	account *gateway.Account
	client  *aztable.Client
}

// newGeo makes one whose replication is paused.
func newGeo(t *testing.T, west *azurite.Server) geo {
	t.Helper()
	east, a := azuritetest.Account(t)
	if _, err := west.AddAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	store := func(s *azurite.Server) gateway.Store {
		return gateway.Store{Table: strings.TrimSuffix(s.TableURL(a.Name), "/"+a.Name),
			Queue: strings.TrimSuffix(s.QueueURL(a.Name), "/"+a.Name)}
	}
	g, err := gateway.New(gateway.Options{Stores: map[georep.Region]gateway.Store{"east": store(east),
		"west": store(west)}})
	if err != nil {
		t.Fatal(err)
	}
	account, err := g.AddAccount(gateway.AccountOptions{Name: a.Name, Key: a.Key,
		Geo: georep.Options{Primary: "east", Secondary: "west"}})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(g.Handler(network.Outside, georep.Table))
	t.Cleanup(func() {
		front.Close()
		if err := g.Close(); err != nil {
			t.Errorf("close the gateway: %v", err)
		}
	})
	client, err := aztable.Open(aztable.Config{URL: front.URL + "/" + a.Name, Account: a.Name, Key: a.Key,
		Replication: aztable.ReadAccessGeo, SecondaryURL: front.URL + "/" + a.Name + "-secondary",
		TryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	account.Pause(georep.Scope{})
	return geo{account, client}
}

// TestSecondaryProof: the secondary endpoint of an account gives the version before until the update has arrived, which
// an Azurite alone does not.
func TestSecondaryProof(t *testing.T) {
	t.Parallel()
	west := azuritetest.Require(t, azurite.Options{})
	chunkstest.RunSecondary(t, func(p chunkstest.T) chunkstest.Replicated {
		g := newGeo(t, west)
		return chunkstest.Replicated{Store: g.client.Rows(), Secondary: g.client.Secondary(), Arrive: func() {
			g.account.Resume(georep.Scope{})
			if err := g.account.Drained(t.Context()); err != nil {
				p.Fatalf("%v", err)
			}
			g.account.Pause(georep.Scope{})
		}}
	})
}

// TestAnAccountWithoutASecondary has none to be read; one that lost it is away, and nothing of it counts as absent.
func TestAnAccountWithoutASecondary(t *testing.T) {
	t.Parallel()
	local, err := aztable.Open(aztable.Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "a2V5",
		Replication: aztable.Local})
	if err != nil || local.Secondary() != nil {
		t.Errorf("a local account: %v, %v", local.Secondary(), err)
	}
	gone := httptest.NewServer(refusing{403, "InsufficientAccountPermissions"})
	defer gone.Close()
	geo, err := aztable.Open(aztable.Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "a2V5",
		Replication: aztable.ReadAccessGeo, SecondaryURL: gone.URL + "/a-secondary"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := geo.Secondary().Get(t.Context(), chunks.HorizonKey("t")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("get: %v", err)
	}
	if _, err := geo.Secondary().Expired(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("expired: %v", err)
	}
	for _, err := range geo.Secondary().Scan(t.Context(), chunks.Sources("t", "")) {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("scan: %v", err)
		}
	}
}

// refusing answers everything with a status and a code.
type refusing struct {
	status int
	code   string
}

func (r refusing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("x-ms-error-code", r.code)
	w.WriteHeader(r.status)
}
