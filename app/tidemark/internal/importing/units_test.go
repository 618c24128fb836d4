package importing_test

import (
	"strings"
	"testing"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestImportSaysUnitsThatContradict: a node sees one request at a time, so that the first unit of a series and a
// later one meet in no request where they are in several pieces or files. Within one request the node rejects the
// row.
func TestImportSaysUnitsThatContradict(t *testing.T) {
	const head, celsius, fahrenheit = "time,source,metric,value,unit\n", "2026-01-01,roof,temp,20,C\n",
		"2026-01-02,roof,temp,68,F\n"
	const want = "warning: 1 series with several units: the first stands, and values of the others are stored as " +
		"they are; " +
		"convert them, or use another metric name:\n  source roof, metric temp: C, and later F\n"
	for name, c := range map[string]struct {
		flags string
		files []string
		says  string
		code  int
	}{
		"pieces": {"--batch=1", []string{"a.csv", head + celsius + fahrenheit + celsius}, want, cli.ExitRemarks},
		"files":  {"--batch=5", []string{"a.csv", head + celsius, "b.csv", head + fahrenheit}, want, cli.ExitRemarks},
		"atomic": {"--atomic", []string{"a.csv", head + celsius, "b.csv", head + fahrenheit}, want,
			cli.ExitFailed},
		"one": {"--batch=1", []string{"a.csv", head + celsius + "2026-01-03,roof,temp,21,\n" + celsius}, "", 0},
		"one request": {"--batch=5", []string{"a.csv", head + celsius + fahrenheit}, `line 3: unit "F" contradicts "C"`,
			cli.ExitRejected},
	} {
		url, _ := clitest.Serve(t, "--data", ":memory:")
		code, text := importFiles(t, url, c.flags, c.files...)
		if code != c.code || !strings.Contains(text, c.says) ||
			strings.Contains(text, "several units") != (c.says == want) {
			t.Errorf("%s: exit %d, want %d, saying %q: %s", name, code, c.code, c.says, text)
		}
	}
}
