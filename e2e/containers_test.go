package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/rig/containers"
)

// engine is the Docker engine. Where there is none, or an image can neither be found nor pulled, the test is skipped
// with the reason, unless TIDEMARK_REQUIRE names docker: then it fails.
func engine(t testing.TB) *containers.Engine {
	t.Helper()
	engine, err := containers.Connect(t.Context(), containers.AzuriteImage, containers.RedisImage)
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "docker") {
			t.Fatal(err)
		}
		t.Skipf("not run: %v", err)
	}
	return engine
}

// newYard is a place for containers, empty.
func newYard(t testing.TB) *containers.Yard {
	t.Helper()
	yard := engine(t).NewYard(scratch)
	t.Cleanup(func() {
		if err := yard.Close(); err != nil {
			t.Error(err)
		}
	})
	return yard
}

// cloud is two regions in containers.
type cloud struct{ *containers.Regions }

// newCloud begins to start everything, and ready waits for it. The nodes look often, so that tests do not wait.
func newCloud(t testing.TB) (ready func(testing.TB) *cloud) {
	t.Helper()
	yard, file := newYard(t), program(t)
	var regions *containers.Regions
	var err error
	started := make(chan struct{})
	go func() {
		defer close(started)
		regions, err = containers.Start(t.Context(), yard, containers.Options{Settings: quick(), Program: file,
			Dockerfile: "../tools/images/tidemark/Dockerfile"})
	}()
	t.Cleanup(func() { <-started })
	return func(t testing.TB) *cloud {
		t.Helper()
		if <-started; err != nil {
			t.Fatal(err)
		}
		return &cloud{regions}
	}
}

// node is the node of a region, for a test.
func (c *cloud) node(t testing.TB, region string) *node {
	return &node{t: t, url: c.URLs[region], log: c.Log("node-" + region), paired: true}
}

// secondary is the state of the account's secondary, by the simulator.
type secondary struct {
	backlog  int       // writes that it lacks
	lastSync time.Time // of the tables
}

func (c *cloud) secondary(t testing.TB) secondary {
	t.Helper()
	r, err := send(http.MethodGet, c.Control+"/accounts/tidemark", nil, nil)
	var account struct {
		State   string
		Backlog int
		Stats   struct{ Table struct{ LastSync time.Time } }
	}
	if err != nil || r.status != http.StatusOK || json.Unmarshal(r.body, &account) != nil || account.State != "live" ||
		account.Stats.Table.LastSync.IsZero() {
		t.Fatalf("the account: %v, %d %s", err, r.status, r.body)
	}
	return secondary{account.Backlog, account.Stats.Table.LastSync}
}
