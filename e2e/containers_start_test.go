package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"

	"tidemark/simulator/rig/containers"
)

// doesNotStart: a container that does not become what it should be is told apart from one that the machine starved, by
// what it said and by how much processor time it had.
func (c *cloud) doesNotStart(t *testing.T) {
	err := c.Start(t.Context(), "odd", containers.RedisImage, []string{"east"},
		wait.ForAll(containers.Says("Ready to accept connections"),
			wait.ForLog("never said").WithStartupTimeout(time.Second)))
	if err == nil {
		t.Fatal("it has started")
	}
	for _, want := range []string{"never said", "of processor time", "Redis version="} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is without %q: %v", want, err)
		}
	}
}
