package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/rig/containers"
)

// reaped is the environment variable that makes TestReaped the process that TestKilledTestsLeaveNoContainer kills:
// its value is a file to write when there is something to leave behind.
const reaped = "TIDEMARK_E2E_REAPED"

// A test process is killed while it has a network and a container: its reaper takes them away.
func TestKilledTestsLeaveNoContainer(t *testing.T) {
	t.Parallel()
	engine := engine(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(t.TempDir(), "ready")
	cmd := exec.Command(self, "-test.run=^TestReaped$", "-test.v")
	cmd.Env = append(os.Environ(), reaped+"="+ready, "TMPDIR="+t.TempDir()) // its scratch goes with this test's
	var said strings.Builder
	cmd.Stdout = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	eventually(t, 2*time.Minute, "there is something to leave behind", func() bool {
		select {
		case err := <-over:
			t.Fatalf("it ended: %v\n%s", err, said.String())
		default:
		}
		_, err := os.Stat(ready)
		return err == nil
	})
	count := func() int {
		n, err := engine.Left(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 2 {
		t.Errorf("%d containers and networks, want one of each", n)
	}
	_ = cmd.Process.Kill()
	took := eventually(t, time.Minute, "the reaper comes", func() bool { return count() == 0 })
	t.Logf("nothing is left after %s", took.Round(10*time.Millisecond))
}

// TestReaped is the process that is killed.
func TestReaped(t *testing.T) {
	ready := os.Getenv(reaped)
	if ready == "" {
		t.Skip("not run: it is the process that TestKilledTestsLeaveNoContainer kills")
	}
	yard := newYard(t)
	if err := yard.Network(t.Context(), "east", false); err != nil {
		t.Fatal(err)
	}
	if err := yard.Start(t.Context(), "redis-east", containers.RedisImage, []string{"east"},
		containers.Says("Ready to accept connections")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ready, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	select {} // until killed
}
