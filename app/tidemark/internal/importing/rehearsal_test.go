package importing_test

import (
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestAllOrNothing: a file of which a node would not take all, or of which not all would stand, is refused before
// anything is sent, wherever in it and in whatever request what is wrong would be.
func TestAllOrNothing(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:", "--retention", "87600h")
	good := csvHead + record(1, "1") + record(2, "2") + record(3, "3")
	lines := "temp,host=e,rack=1 value=1 1700000000\ntemp,host=e,rack=2 value=2 1700000000\n"
	const named = "nothing was sent: --atomic asks for all or nothing"
	for name, c := range map[string]struct {
		flags string
		files []string
		says  []string
	}{
		"a row is not acceptable": {"", []string{"a.csv", good + record(4, "x")},
			[]string{"a.csv: not all is acceptable\n  1 not accepted:\n    line 5: column \"temp\": \"x\" is no number",
				named}},
		"a row overwrites another": {"", []string{"a.csv", good + record(1, "7")},
			[]string{"1 reading would not stand", "1 in line 2 of a.csv, 7 in line 5 of a.csv", named}},
		"a row of the file before": {"", []string{"a.csv", good, "b.ndjson", reading(1, "7")},
			[]string{"1 in line 2 of a.csv, 7 in line 1 of b.ndjson", named}},
		"of the file's end": {"", []string{"a.ndjson", reading(1, "1") + "\n" + reading(2, "2") + "\n{}\n"},
			[]string{"line 3: ", named}},
		"a document": {"", []string{"a.json", "[" + reading(1, "1") + "," + reading(1, "2") + "]"},
			[]string{"1 in reading 1 of a.json, 2 in reading 2 of a.json", named}},
		"a local time": {"--tz=Europe/Berlin", []string{"a.csv", "time,source,temp\n2025-10-26 02:30,roof,1\n"},
			[]string{"line 2: 2025-10-26 02:30", named}},
		"text alone": {"", []string{"a.csv", "time,source,temp\n2026-01-01,roof,x\n"},
			[]string{"there is no number in it", named}},
		"older than is kept": {"", []string{"a.csv", good + "2001-01-01,roof,1\n"},
			[]string{"line 5 of a.csv is not acceptable, and maybe others: ",
				"readings older than the retention are not kept", named}},
		"tags of the command": {"--precision=s --source-tags=host --label-tags=rack", []string{"a.lp", lines},
			[]string{"1 in line 1 of a.lp, 2 in line 2 of a.lp", named}},
		"a file that is good": {"", []string{"a.csv", good, "b.csv", "time,source,temp\n2026-01-01,roof\n"},
			[]string{"b.csv: not all is acceptable", named}},
	} {
		t.Run(name, func(t *testing.T) {
			code, text := importFiles(t, url, "--atomic --batch=1 "+c.flags, c.files...)
			for _, want := range c.says {
				if code != cli.ExitFailed || !strings.Contains(text, want) || strings.Contains(text, " stored") {
					t.Errorf("exit %d, saying %q:\n%s", code, want, text)
				}
			}
			if got := stored(t, url, "roof", "temp"); got != nil {
				t.Fatalf("stored %v", got)
			}
		})
	}
	code, text := importFiles(t, url, "--atomic --batch=2 --precision=s", "a.csv", good, "b.lp", lines)
	if code != 0 || len(stored(t, url, "roof", "temp")) != 3 || strings.Count(text, " stored") != 2 {
		t.Errorf("what is good: exit %d:\n%s", code, text)
	}
	if code, text := clitest.FromStdin(t, good, "import", "--url", url, "--atomic", "-"); code != cli.ExitUsage ||
		!strings.Contains(text, "standard input (-) can be read only once") {
		t.Errorf("a pipe: exit %d:\n%s", code, text)
	}
}

// TestTagsOfTheNodeDecideBefore anything is sent too: a node that names sources by host makes one series of two.
func TestTagsOfTheNodeDecideBefore(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:", "--source-tags=host", "--label-tags=rack")
	lines := "temp,host=e,rack=1 value=1 1\ntemp,host=e,rack=2 value=2 1\n"
	code, text := importFiles(t, url, "--atomic --batch=1 --precision=ns", "a.lp", lines)
	if code != cli.ExitFailed || !strings.Contains(text, "source e, metric temp") ||
		strings.Contains(text, " stored") ||
		stored(t, url, "e", "temp") != nil {
		t.Errorf("exit %d:\n%s", code, text)
	}
}

// TestWhatImportMade is named: the first ten sources and metrics, and how many there are.
func TestWhatImportMade(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	many := "time,source,temp\n"
	for _, s := range strings.Fields("a b c d e f g h i j k l") {
		many += "2026-01-01," + s + ",1\n"
	}
	const remedy = "  if it says what a reading is of, give --source-column "
	for name, c := range map[string]struct{ flags, file, text, says string }{
		"two devices": {"", "probes.csv", "time,address,temp\n2026-01-01,x28,1\n2026-01-02,x29,2\n",
			"probes.csv: 2 readings stored\n  1 source: probes, after the file's name\n  1 metric: temp\n" +
				"  column \"address\" holds no numbers and was left out (2 cells)\n" + remedy +
				"address; if it says more of a source, give --label-columns address\n"},
		"named": {"--source-column=probe --batch=1", "a.csv",
			"time,probe,temp,hum\n2026-01-01,x,1,\n2026-01-02,y,2,3\n",
			"a.csv:   2 sources: x, y\n  2 metrics: temp, hum\n"},
		"beside one": {"", "a.csv", "time,source,probe,temp\n2026-01-01,x,p,1\n2026-01-02,x,q,2\n", remedy +
			"source,probe; if"},
		"several": {"", "a.csv", "time,sky,note,temp\n2026-01-01,x,p,1\n",
			"  if one of them, as \"note\", says what a reading is of, give --source-column note; if"},
		"by the flag": {"--source=roof", "a.csv", "time,temp\n2026-01-01,1\n", "1 source: roof\n"},
		"many": {
			"--batch=5", "a.csv", many, "  12 sources: a, b, c, d, e, f, g, h, i, j and 2 more\n  1 metric: temp\n"},
		"not accepted": {"", "a.csv", "time,source,temp\n2026-01-01,x,1\nyesterday,y,2\n", "  1 source: x\n"},
		"lines": {"--precision=ns", "a.lp", "net,host=e in=1,out=2 1\n",
			"  1 source: host=e\n  2 metrics: net_in, net_out\n"},
	} {
		_, text := importFiles(t, url, c.flags, c.file, c.text)
		if got := strings.ReplaceAll(text, "a.csv: 3 readings stored\n", "a.csv: "); !strings.Contains(got, c.says) {
			t.Errorf("%s: no %q:\n%s", name, c.says, text)
		}
	}
}

// TestMoreThanAreListed: a node that rejects more rows than its answer lists, because it does not keep readings that
// old, has stored none of these: none of them overwrites another.
func TestMoreThanAreListed(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:", "--retention", "2h")
	now := time.Now().UTC().Format(time.RFC3339)
	rows, lines := "time,source,temp\n", ""
	for i := range 1500 {
		value := string(rune('0' + i%10))
		rows += "2020-01-01T00:00:00Z,old,5" + value + "\n"
		lines += "temp,source=old value=5" + value + " 1\n"
	}
	for name, text := range map[string]string{"a.csv": rows + now + ",new,1\n" + now + ",new,2\n", "a.lp": lines +
		"temp,source=new value=1\ntemp,source=new value=2\n"} {
		code, said := importFiles(t, url, "--precision=ns", name, text)
		if code != cli.ExitRejected || !strings.Contains(said, name+": 2 readings stored\n  1 source: new\n") ||
			!strings.Contains(said, "  1,500 not accepted:") ||
			!strings.Contains(said, "warning: 1 stored reading does not stand") ||
			strings.Contains(said, "source old") {
			t.Errorf("%s: exit %d:\n%s", name, code, said)
		}
	}
}
