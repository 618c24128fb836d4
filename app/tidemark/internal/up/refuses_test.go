package up_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestUpRefuses what it cannot run with, before anything has started.
func TestUpRefuses(t *testing.T) {
	clitest.RequireNode(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--listen", l.Addr().String()}, cli.ExitFailed, "--listen: the address " + l.Addr().String() +
			" is taken"},
		{[]string{"--lag", "sometimes"}, cli.ExitUsage, "there is no lag"},
		{[]string{"--folder", file}, cli.ExitUsage, "is a file: name a folder"},
	} {
		code, out := clitest.Said(t, append([]string{"up"}, c.args...)...)
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("up %q: %d, want %d, saying %q: %s", c.args, code, c.code, c.says, out)
		}
	}
}
