package clitest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/simulator/topology"
)

// SimUp runs sim up in this process until the test ends, and gives its ready line.
func SimUp(t *testing.T, args ...string) (topology.Addresses, *Output) {
	t.Helper()
	RequireNode(t)
	ctx, cancel := context.WithCancel(context.Background())
	var stdout, stderr Output
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, "test", append([]string{"sim", "up"}, args...), &stdout, &stderr) }()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("sim up ended with %d: %s", code, stderr.String())
		}
	})
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if line, _, whole := strings.Cut(stdout.String(), "\n"); whole {
			var a topology.Addresses
			d := json.NewDecoder(strings.NewReader(line))
			d.DisallowUnknownFields()
			if err := d.Decode(&a); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			return a, &stderr
		}
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("sim up ended with %d: %s", code, stderr.String())
		default:
		}
	}
	t.Fatalf("no ready line: %s", stderr.String())
	return topology.Addresses{}, nil
}

// RequireNode skips a test that needs Azurite where this machine has no Node.js, or fails it where that is required.
func RequireNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "azurite") {
		t.Fatal("TIDEMARK_REQUIRE names azurite and this machine has no Node.js")
	}
	t.Skip("Azurite needs Node.js, and this machine has none")
}
