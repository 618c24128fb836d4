//go:build linux

package topology_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/topology"
)

// slowStorage is a node that, told to end, takes a second to write its data, which is a line in a file. It answers
// nothing.
const slowStorage = `#!/bin/sh
trap '' TERM
echo '{"table":9,"queue":9}'
cat >/dev/null
sleep 1
echo written >>"$SLOW_STORAGE"
`

// slow has topologies of this test run on slow storage, and gives the file that it writes.
func slow(t *testing.T) (written string) {
	requireAzurite(t)
	bin := t.TempDir()
	written = filepath.Join(bin, "written")
	if err := os.WriteFile(filepath.Join(bin, "node"), []byte(slowStorage), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("SLOW_STORAGE", written)
	return written
}

// TestARegionNamedLock can be kept: the lock of the folder is not in its way.
func TestARegionNamedLock(t *testing.T) {
	slow(t)
	c := quick()
	c.Folder = t.TempDir()
	c.Accounts = c.Accounts[:1]
	c.Regions[1].Name, c.Accounts[0].Secondary = "lock", "lock"
	s, err := topology.Start(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestAStartWaitsForTheDataOfAKilledSimulator: its storage is still writing when the simulator is gone.
func TestAStartWaitsForTheDataOfAKilledSimulator(t *testing.T) {
	written, c := slow(t), quick()
	c.Folder = filepath.Join(t.TempDir(), "kept")
	simulator := exec.Command(os.Args[0], "-test.run=TestSimulatorToKill$")
	simulator.Env = append(os.Environ(), "FOLDER_OF_SIMULATOR="+c.Folder)
	if err := simulator.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = simulator.Process.Kill() }()
	eventually(t, "the simulator runs", func() error {
		_, err := os.Stat(filepath.Join(c.Folder, "ready"))
		return err
	})
	_ = simulator.Process.Kill()
	_ = simulator.Wait()
	var said strings.Builder
	s, err := topology.Start(t.Context(), c, func(format string,
		args ...any) {
		fmt.Fprintf(&said, format+"\n", args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(written)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if string(text) != "written\nwritten\n" || !strings.Contains(said.String(),
		"waiting for the storage of an earlier simulator to write its data") {
		t.Errorf("started when %q was written, saying:\n%s", text, said.String())
	}
}

// TestSimulatorToKill is the process that another test kills.
func TestSimulatorToKill(t *testing.T) {
	c := quick()
	if c.Folder = os.Getenv("FOLDER_OF_SIMULATOR"); c.Folder == "" {
		t.Skip("not run: it is a process that another test starts")
	}
	if _, err := topology.Start(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Folder, "ready"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute) // it is killed
}
