package cli_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
)

func TestWrongCommandLines(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("secret,acme\nmistyped\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"serf"}, cli.ExitUsage, "--help"},
		{[]string{"serve", "--region", "we st"}, cli.ExitUsage, "--region is"},
		{[]string{"init", "--region", "we st"}, cli.ExitUsage, "--region is"},
		{[]string{"serve", "--max-bytes", "100"}, cli.ExitUsage, "--max-bytes is 100: it is at least 1048576"},
		{[]string{"serve", "--role", "boss"}, cli.ExitUsage, "--role"},
		{[]string{"serve", "--role", "api"}, cli.ExitUsage, "--account"},
		{[]string{"serve", "--retention", "soon"}, cli.ExitUsage, "90d"},
		{[]string{"serve", "--data", ":memory:", "--token-file", "/nowhere/tokens"}, cli.ExitUsage, "/nowhere/tokens"},
		{[]string{"serve", "--data", ":memory:", "--token-file", tokens}, cli.ExitUsage, "line 2: write token,tenant"},
		{[]string{"serve", "--data", ":memory:", "--listen", taken.Addr().String()}, cli.ExitFailed, "is taken"},
		{[]string{"serve", "--listen", "127.0.0.1:99999"}, cli.ExitUsage, "--listen is"},
		{[]string{"serve", "--listen", "127.0.0.1:http"}, cli.ExitUsage, "0 to 65535"},
		{[]string{"up", "--listen", "127.0.0.1:99999"}, cli.ExitUsage, "--listen: "},
		{[]string{"up", "--control", "8090"}, cli.ExitUsage, "--control: "},
		{[]string{"up", "--lag", "sometimes"}, cli.ExitUsage, "--lag: "},
		{[]string{"import", "/nowhere/x.csv"}, cli.ExitFailed, "/nowhere/x.csv"},
		{[]string{"import", "--batch", "0", "x.csv"}, cli.ExitUsage, "--batch"},
		{[]string{"init", "--account", "a", "--account-key", "?"}, cli.ExitUsage, "--account-key"},
		{[]string{"init", "--account", "a", "--account-key", "a2V5"}, cli.ExitUsage, "--replication is not given"},
		{[]string{"serve", "--account", "a", "--account-key", "a2V5"}, cli.ExitUsage, "--journal-account is not given"},
	} {
		var stdout, stderr clitest.Output
		code := cli.Run(t.Context(), "test", c.args, &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.says) || stdout.String() != "" {
			t.Errorf("%q: exit %d (want %d), stdout %q, stderr %q (want %q)", c.args, code, c.code, stdout.String(),
				stderr.String(), c.says)
		}
	}
}

func TestHelpVersionAndDocument(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"", "Two commands to begin with"}, {"--help", "Two commands to begin with"},
		{"serve --help", "Default: 127.0.0.1:8080"},
		{"version", "tidemark "}, {"openapi", "openapi: 3.1"}, {"openapi --json", `"openapi":"3.1`},
	} {
		var stdout, stderr clitest.Output
		if code := cli.Run(t.Context(), "test", strings.Fields(c.args), &stdout, &stderr); code != 0 ||
			!strings.Contains(stdout.String(), c.says) {
			t.Errorf("tidemark %s: exit %d, %q, %q", c.args, code, stdout.String(), stderr.String())
		}
	}
}

func TestWhatIsWrongWithACommandIsNoConfiguration(t *testing.T) {
	for _, args := range [][]string{{"import", "--batch", "0", "x.csv"}, {"import", "--url", "ftp://x", "x.csv"},
		{"sim", "watch", "--every", "1ms"}} {
		if code, text := clitest.Said(t, args...); code != cli.ExitUsage || strings.Contains(text, "configuration") {
			t.Errorf("%v: exit %d: %s", args, code, text)
		}
	}
}

// TestTheHelpThatIsMeantIsNamed by the command that was given, as far as it was.
func TestTheHelpThatIsMeantIsNamed(t *testing.T) {
	file := filepath.Join(clitest.Written(t, map[string]string{"a.csv": "time,temp\n2026-01-01,1\n"}), "a.csv")
	for command, want := range map[string]string{
		"nonsense":                   "See tidemark --help.",
		"import --nonsense a.csv":    "See tidemark import --help.",
		"import --batch 0 " + file:   "See tidemark import --help.",
		"sim outage --nonsense":      "See tidemark sim outage --help.",
		"sim nonsense":               "See tidemark sim --help.",
		"serve --shards 0":           "See tidemark serve --help.",
		"import --format x " + file:  "See tidemark import --help.",
		"import --atomic --url ? -":  "See tidemark import --help.",
		"sim up no-such-file.yaml":   "See tidemark sim up --help.",
		"import --patience -1s a.lp": "See tidemark import --help.",
	} {
		code, text := clitest.Said(t, strings.Fields(command)...)
		if code != cli.ExitUsage || !strings.HasSuffix(text, "\n"+want+"\n") {
			t.Errorf("%s: exit %d, want %q at the end:\n%s", command, code, want, text)
		}
	}
}

// TestTheExitStatusesAreInTheHelp of the program, and of import, which has its own.
func TestTheExitStatusesAreInTheHelp(t *testing.T) {
	for command, want := range map[string][]string{
		"--help":        {"Exit statuses: 0 done"},
		"import --help": {"Exit statuses:", "0  all was stored", "3  it came to its end", "4  it came to its end"},
	} {
		code, text := clitest.Said(t, strings.Fields(command)...)
		for _, w := range want {
			if code != 0 || !strings.Contains(text, w) {
				t.Errorf("%s: exit %d, no %q:\n%s", command, code, w, text)
			}
		}
	}
}

// TestOrdersTakeNoVariables: TIDEMARK_ACCOUNT and TIDEMARK_QUEUE are a node's.
func TestOrdersTakeNoVariables(t *testing.T) {
	for _, name := range []string{"ACCOUNT", "QUEUE", "TABLE", "SERVICE", "ALL", "FOR", "TYPE"} {
		t.Setenv("TIDEMARK_"+name, "queue")
	}
	var c cli.Commands
	for _, args := range []string{"sim lag none", "sim outage east", "sim heal", "sim failover", "sim reenable",
		"sim fault"} {
		if _, err := cli.NewParser(&c, io.Discard, io.Discard).Parse(strings.Fields(args)); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
	if c.Sim.Lag.Account != "" || c.Sim.Lag.Queue != "" || c.Sim.Failover.Account != "" {
		t.Errorf("%+v", c.Sim.Lag)
	}
}
