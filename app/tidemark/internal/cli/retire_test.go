package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// TestRetire gives a journal up from the command line: advice first, then the act, with a file that takes no other's
// place; again it says that it was done.
func TestRetire(t *testing.T) {
	server := func(name string) *azurite.Server {
		return azuritetest.Require(t, azurite.Options{Folder: t.TempDir(), Accounts: []azurite.Account{{Name: name}}})
	}
	east, west, geo := server("jeast"), server("jwest"), server("geo")
	key := func(s *azurite.Server) string { return s.Accounts()[0].Key }
	settings := []string{"--region", "west", "--account", "geo", "--account-key", key(geo), "--table-url",
		geo.TableURL("geo"), "--replication", "none", "--journal-account", "jwest", "--journal-key", key(west),
		"--journal-url", west.TableURL("jwest"), "--queue-url", west.QueueURL("jwest"), "--peer-journal-account",
		"jeast",
		"--peer-journal-key", key(east), "--peer-journal-region", "east", "--peer-journal-url", east.TableURL("jeast")}
	says := func(code int, on string, args ...string) string {
		t.Helper()
		var stdout, stderr clitest.Output
		if args[0] != "certificate" {
			args = append([]string{args[0]}, append(settings, args[1:]...)...)
		}
		got := cli.Run(t.Context(), "test", args, &stdout, &stderr)
		if got != code || !strings.Contains(stderr.String()+stdout.String(), on) {
			t.Fatalf("%q: exit %d (want %d), stdout %q, stderr %q (want %q)", args, got, code, stdout.String(),
				stderr.String(), on)
		}
		return stdout.String()
	}
	file := filepath.Join(t.TempDir(), "loss.json")
	says(0, "are a pair and ready", "init")
	says(cli.ExitFailed, "the journal of region east answers", "retire", "--yes", "--certificate", file)
	wrong := append(slices.Clone(settings), "--peer-journal-key", key(west)) // the last one counts
	settings, wrong = wrong, settings
	says(cli.ExitFailed, "answers, with an error", "retire")
	settings = wrong
	if err := east.Stop(); err != nil {
		t.Fatal(err)
	}
	advice := says(0, "Nothing has been changed", "retire")
	if !strings.Contains(advice, "0 blocks acknowledged `one` and lost") {
		t.Errorf("%s", advice)
	}
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(cli.ExitFailed, "is there already: nothing was retired", "retire", "--yes", "--certificate", file)
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Fatalf("%q, %v", text, err)
	}
	file = filepath.Join(t.TempDir(), "other.json")
	printed := says(0, "is retired", "retire", "--yes", "--certificate", file, "--lost-at", "2026-11-30T10:00:00Z")
	kept, err := os.ReadFile(file)
	if err != nil || string(kept) != printed {
		t.Fatalf("kept %q, printed %q, %v", kept, printed, err)
	}
	for _, yes := range []string{"--yes=true", "--yes=false"} {
		says(0, "was retired before", "retire", yes)
	}
	says(0, "The certificate is as it was made: sha256:", "certificate", file)
	if err := os.WriteFile(file, []byte(strings.Replace(printed, `"lost": 0`, `"lost": 1`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	says(cli.ExitFailed, "it was changed after it was made", "certificate", file)
}
