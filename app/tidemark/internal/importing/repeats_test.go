package importing_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/app/tidemark/internal/files"
)

const csvHead = "time,source,temp\n"

// TestImportTellsWhatItOverwrites in every form, between the pieces of a file and between files: what the node cannot
// see, because it is not in one request. The later row is what the node has afterwards. The import has done what it
// was asked, and its exit status says that there is something to look at.
func TestImportTellsWhatItOverwrites(t *testing.T) {
	array := func(all ...string) string { return "[" + strings.Join(all, ",") + "]" }
	lines := func(all ...string) string { return strings.Join(all, "\n") }
	three := csvHead + record(1, "1") + record(2, "2") + record(1, "5")
	columnar := `{"series":[{"source":"roof","metric":"temp","times":["2026-01-01T00:00:01Z"],"values":[1]}]}`
	for name, c := range map[string]struct {
		flags, says string
		files       []string
	}{
		"CSV, one piece": {"", "1 in line 2 of a.csv, 5 in line 4 of a.csv", []string{"a.csv", three}},
		"CSV, pieces":    {"--batch=1", "1 in line 2 of a.csv, 5 in line 4 of a.csv", []string{"a.csv", three}},
		"CSV, files": {"", "1 in line 2 of a.csv, 5 in line 3 of b.csv",
			[]string{"a.csv", csvHead + record(1, "1"), "b.csv", csvHead + record(2, "2") + record(1, "5")}},
		"NDJSON, pieces": {"--batch=1", "1 in line 1 of a.ndjson, 5 in line 4 of a.ndjson",
			[]string{"a.ndjson", lines(reading(1, "1"), reading(2, "2"), "", reading(1, "5"))}},
		"NDJSON, files": {"", "1 in line 1 of a.ndjson, 5 in line 2 of b.ndjson",
			[]string{"a.ndjson", reading(1, "1"), "b.ndjson", lines(reading(2, "2"), reading(1, "5"))}},
		"JSON, one piece": {"", "1 in reading 1 of a.json, 5 in reading 3 of a.json",
			[]string{"a.json", array(reading(1, "1"), reading(2, "2"), reading(1, "5"))}},
		"JSON, files": {"", "1 in reading 1 of a.json, 5 in reading 2 of b.json",
			[]string{"a.json", array(reading(1, "1")), "b.json", array(reading(2, "2"), reading(1, "5"))}},
		"columnar": {"", "1 in reading 1 of a.json, 5 in line 2 of b.csv",
			[]string{"a.json", columnar, "b.csv", csvHead + record(1, "5")}},
		"protocol, pieces": {"--batch=1 --precision=s", "1 in line 1 of a.lp, 5 in line 4 of a.lp",
			[]string{"a.lp", protocol(1, "1") + "# \n" + protocol(2, "2") + protocol(1, "5")}},
		"protocol, files": {"--precision=s", "1 in line 1 of a.lp, 5 in line 2 of b.lp",
			[]string{"a.lp", protocol(1, "1"), "b.lp", protocol(2, "2") + protocol(1, "5")}},
		"a row is rejected": {"--batch=1", "1 in line 2 of a.csv, 5 in line 4 of a.csv",
			[]string{"a.csv", csvHead + record(1, "1") + record(1, "1e999") + record(1, "5")}},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := clitest.Serve(t, "--data", ":memory:")
			code, text := importFiles(t, url, c.flags, c.files...)
			want := cli.ExitRemarks
			if strings.Contains(name, "rejected") {
				want = cli.ExitRejected
			}
			says := "warning: 1 stored reading does not stand, because a later row gives another value for the same " +
				"series and time:\n" +
				"  source roof, metric temp, 2026-01-01T00:00:01Z: " + c.says + "\n"
			if code != want || !strings.Contains(text, says) {
				t.Errorf("exit %d, want %d, saying %q:\n%s", code, want, says, text)
			}
			span := "&from=2026-01-01T00:00:01Z&to=2026-01-01T00:00:02Z"
			answer, err := http.Get(url + "/v1/readings?source=roof&metric=temp" + span)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			if !strings.Contains(string(body), `"readings":[{"time":"2026-01-01T00:00:01Z","value":5}]`) {
				t.Errorf("the later row does not stand: %s", body)
			}
		})
	}
}

// TestTheSameRowsAgainAreHarmless: a file that is imported twice, in whatever form, has nothing to tell.
func TestTheSameRowsAgainAreHarmless(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	code, text := importFiles(t, url, "--batch=1", "a.csv", csvHead+record(1, "1")+record(1, "1.0"),
		"b.ndjson", reading(1, "1"), "c.json", reading(1, "1"), "d.csv", csvHead+record(1, "1"))
	if code != 0 || strings.Contains(text, "stand") || strings.Contains(text, "compared") {
		t.Errorf("exit %d: %s", code, text)
	}
}

// TestTagsDecideWhatIsOverwritten: which lines are of one series the node says, and not the file alone.
func TestTagsDecideWhatIsOverwritten(t *testing.T) {
	lines := "temp,host=e,rack=1 value=1 1\ntemp,host=e,rack=2 value=2 1\n"
	for flags, want := range map[string]string{
		"": "", "--source-tags=host": "",
		"--source-tags=host --label-tags=rack": "source e, metric temp, 1970-01-01T00:00:00.000000001Z: " +
			"1 in line 1 of a.lp, 2 in line 2 of a.lp",
	} {
		url, _ := clitest.Serve(t, append([]string{"--data", ":memory:"}, strings.Fields(flags)...)...)
		code, text := importFiles(t, url, "--batch=1 --precision=ns", "a.lp", lines)
		if code != map[bool]int{true: cli.ExitRemarks}[want != ""] || strings.Contains(text, "stand") != (want != "") ||
			!strings.Contains(text, want) {
			t.Errorf("%q: exit %d, want %q: %s", flags, code, want, text)
		}
	}
}

// TestTheFirstTenAreNamed and the others counted, in the order of the rows.
func TestTheFirstTenAreNamed(t *testing.T) {
	text := csvHead
	for i := range 13 {
		text += record(7, fmt.Sprint(i))
	}
	url, _ := clitest.Serve(t, "--data", ":memory:")
	code, said := importFiles(t, url, "--batch=5", "a.csv", text)
	if code != cli.ExitRemarks || !strings.Contains(said, "12 stored readings do not stand") ||
		strings.Count(said, "source roof") != 10 ||
		!strings.Contains(said, "9 in line 11 of a.csv, 10 in line 12 of a.csv\n  and 2 more\n") {
		t.Errorf("exit %d: %s", code, said)
	}
}

// TestAnImportThatBreaksOffTellsWhatItOverwrote before.
func TestAnImportThatBreaksOffTellsWhatItOverwrote(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	file := reading(1, "1") + "\n" + reading(1, "2") + "\n" + strings.Repeat("x", 2*files.MaxRecordBytes)
	code, text := importFiles(t, url, "--batch=1", "a.ndjson", file)
	if code != cli.ExitFailed || !strings.Contains(text, "1 in line 1 of a.ndjson, 2 in line 2 of a.ndjson") {
		t.Errorf("exit %d: %s", code, text)
	}
}

// TestWhatTheNodeDoesNotKeepIsNotOverwritten: rows from before the retention are rejected, both of them.
func TestWhatTheNodeDoesNotKeepIsNotOverwritten(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:", "--retention", "2h")
	now := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	object := func(time string, value int) string {
		return fmt.Sprintf(`{"source":"roof","metric":"temp","time":%q,"value":%d}`, time, value) + "\n"
	}
	const old = "2020-01-01T00:00:00Z"
	for name, text := range map[string]string{
		"a.csv":    csvHead + old + ",roof,1\n" + old + ",roof,2\n" + now + ",roof,3\n" + now + ",roof,4\n",
		"a.ndjson": object(old, 1) + object(old, 2) + object(now, 3) + object(now, 4),
		"a.lp": "temp,source=roof value=1 1\ntemp,source=roof value=2 1\n" +
			"temp,source=roof value=3\ntemp,source=roof value=4\n",
	} {
		code, said := importFiles(t, url, "", name, text)
		if code != cli.ExitRejected || !strings.Contains(said, "1 stored reading does not stand") ||
			!strings.Contains(said, ": 3 in ") {
			t.Errorf("%s: exit %d: %s", name, code, said)
		}
	}
}
