package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/rig"
)

// telegraf is the path of a Telegraf: what TIDEMARK_TELEGRAF names, or the one in the PATH, or one that is built in
// the user's cache folder. Where none can be had the test is skipped and says why, unless TIDEMARK_REQUIRE names
// telegraf: then it fails.
func telegraf(t testing.TB) string {
	t.Helper()
	path, err := findTelegraf()
	if err == nil {
		return path
	}
	if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "telegraf") {
		t.Fatalf("TIDEMARK_REQUIRE names telegraf, and there is none: %v", err)
	}
	t.Skipf("there is no Telegraf: %v\nname one in TIDEMARK_TELEGRAF, or set TIDEMARK_REQUIRE=telegraf to fail instead",
		err)
	return ""
}

var findTelegraf = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TIDEMARK_TELEGRAF"); path != "" {
		return path, nil
	}
	if path, err := exec.LookPath("telegraf"); err == nil {
		return path, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // its modules may have to be fetched
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.FromSlash("../tools/telegraf/build"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // the compiler too
	cmd.WaitDelay = 10 * time.Second
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		end := strings.Join(lines[max(0, len(lines)-5):], "\n")
		return "", errors.Join(fmt.Errorf("building it: %w", err), ctx.Err(), errors.New(end))
	}
	return strings.TrimSpace(string(out)), nil
})

// startTelegraf starts it with a configuration.
func startTelegraf(t testing.TB, configuration string) *command {
	t.Helper()
	path, file := telegraf(t), filepath.Join(t.TempDir(), "telegraf.conf")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--config", file)
	cmd.Env = rig.Unconfigured()
	return launch(t, "telegraf", "", cmd)
}
