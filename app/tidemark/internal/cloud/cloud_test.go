package cloud_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestSimUpRefuses wrong files and taken ports, before anything has started.
func TestSimUpRefuses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	for text, says := range map[string]string{
		"regions: [{name: east}]\naccounts: [{name: tidemark, primary: east, secondary: moon}]\n": bad +
			":2:55: there is no region \"moon\"",
		"outside: {table: " + port + "}\n": "outside.table: the address 127.0.0.1:" + port + " is taken",
		"regoins: []\n":                    "did you mean \"regions\"?",
	} {
		if err := os.WriteFile(bad, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out := clitest.Said(t, "sim", "up", bad); code == 0 || !strings.Contains(out, says) {
			t.Errorf("%s: %d %s, want %q", text, code, out, says)
		}
	}
	if code, out := clitest.Said(t, "sim", "up", "nowhere.yaml"); code != cli.ExitUsage ||
		!strings.Contains(out, "there is no file nowhere.yaml") || strings.Contains(out, "stat ") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := clitest.Said(t, "sim", "up", "--control", "8090"); code != cli.ExitUsage ||
		!strings.Contains(out, "write HOST:PORT") {
		t.Errorf("%d %s", code, out)
	}
	clitest.RequireNode(t)
	if code, out := clitest.Said(t, "sim", "up", "--control", l.Addr().String()); code != cli.ExitFailed ||
		!strings.Contains(out, "control.listen: the address "+l.Addr().String()+" is taken") {
		t.Errorf("%d %s", code, out)
	}
}
