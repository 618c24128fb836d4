package importing_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
)

// rooms is a file of three sensors at one time.
const rooms = "time,sensor,room,temp\n2026-01-01,s1,kitchen,20\n2026-01-01,s2,cellar,12\n2026-01-01,s3,attic,15\n"

// No row of a file is lost in silence: what would be is refused before anything is sent, with the flag that mends it.
func TestImportRefusesWhatItWouldLose(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	for _, c := range []struct {
		name, text, flags string
		code              int
		says              string
	}{
		{
			"a.csv", rooms, "", cli.ExitFailed, `a.csv: the header: there is no column source; if "sensor" or "room" ` +
				`says what a reading is of, give --source-column sensor; if all readings are of one source, give ` +
				`--source a`},
		{
			"a.csv", rooms, "--source home", cli.ExitFailed,
			`a.csv: column "sensor" tells records apart: lines 2 and 3 have the same time, and "s1" and "s2" in it; ` +
				`if it says what a reading is of, give --source-column sensor instead of --source; if it does not ` +
				`matter, give --skip-columns sensor`},
		{"a.csv", rooms, "--source home --source-column sensor", cli.ExitFailed,
			"a.csv: the header: --source-column and --source are both given, and one alone can say the source"},
		{"a.csv", "time,source,temp\n2026-01-01,s1,20\n", "--source home", cli.ExitFailed,
			`a.csv: the header: there is a column "source", and --source is given as "home"; leave --source out, or, ` +
				`if the column does not matter, give --skip-columns source`},
		{"a.csv", "time,source,temp\n2026-01-01,s1,20\n", "--source home --skip-columns source", 0,
			"1 source: home"},
		{"a.csv", rooms, "--source home --batch 1", cli.ExitFailed, "lines 2 and 3 have the same time"},
		{"a.csv", strings.ReplaceAll(rooms, "sensor,room", "where,Raum & Flur"), "--skip-columns where", cli.ExitFailed,
			`give --source-column 'Raum & Flur'`},
		{"a.csv", rooms, "--source-column sonsor", cli.ExitFailed,
			`there is no column "sonsor", which --source-column names; the columns are "time", "sensor", "room", "temp"`},
		{"a.csv", rooms, "--source-column sensor --label-columns sensor", cli.ExitFailed,
			"is named for two things, --label-columns and --source-column"},
		{"history.csv", "entity_id,state,last_changed\nsensor.a,21,2026-01-01T06:00:00.000Z\n", "", cli.ExitFailed,
			`or give --time-column last_changed; there is no column source; if "entity_id" says what a reading is ` +
				`of, give --source-column entity_id`},
		{"a.csv", rooms, "--source-column sensor --tz Berlin", cli.ExitUsage,
			`--tz is "Berlin", and there is no such zone`},
		{"comma.csv", "time;temp\n2026-01-01;21,5\n2026-01-02;22,25\n", "", cli.ExitRejected,
			"write 21.5; if all decimals of the file have a comma, say so: decimal_comma=true (import: " +
				"--decimal-comma)"},
		{"comma.csv", "time;temp\n2026-01-01 06:00;21,5\n2026-01-02 06:30;-1\n", "--decimal-comma --atomic --batch 1",
			0,
			"2 readings stored"},
		{"comma.csv", "time;temp\n2026-01-01;\"1.234,5\"\n2026-01-02;1,5\n", "--decimal-comma", cli.ExitRejected,
			`line 2: column "temp": "1.234,5" is no number; marks between thousands are not read: write 1234,5`},
		{"a.csv", "<html>\n", "", cli.ExitFailed, "not CSV: "},
		{"a.json", `{"source":"a","metric":"m","time":"2026-01-01T00:00:00Z","value":1}`, "--source b", cli.ExitUsage,
			"--source is about CSV files, and none of the files is one"},
		{"a.lp", "m,host=a v=1 1767225600000000000\n", "--source-column host", cli.ExitUsage,
			"--source-column is about CSV files, and none of the files is one"},

		{"a.csv", rooms, "--source-column sensor --label-columns room", 0, "3 readings stored"},
		{
			"history.csv", "entity_id,state,last_changed\nsensor.a,21,2026-01-01T06:00:00.000Z\nsensor.b,unknown," +
				"2026-01-01T06:00:00.000Z\n",
			"--source-column entity_id --time-column last_changed", cli.ExitRejected,
			`line 3: column "state": "unknown" is no number`},
		{"station.csv", "Date;Time;Temp (C)\n2026-01-01;06:00;1\n2026-01-01;07:00;2\n", "--time-column Date,Time", 0,
			"2 readings stored"},
		{"two.csv", "time,source,sensor,temp\n2026-01-01,h,a,1\n2026-01-01,h,b,2\n",
			"--source-column source --source-column sensor", 0, "2 readings stored"},
		{"ids.csv", "time,trip_id,temp\n2026-01-01,7,1\n2026-01-02,8,2\n", "", 0,
			`column "trip_id" says by its name what a reading is of, and was left out (2 cells): say what it is ` +
				`with --source-column`},
		{"channels.csv", "time,channel,temp\n2026-01-01,1,20\n2026-01-01,2,21\n", "", cli.ExitRemarks,
			"if a column of a CSV file tells such rows apart, name it with --source-column"},
		{"channels.csv", "time,channel,temp\n2026-01-01,1,20\n2026-01-01,2,21\n", "--source-column channel", 0,
			"channels.csv: 2 readings stored\n  2 sources: 1, 2\n  1 metric: temp\n"},
		{"notes.csv", "time,temp,quality\n2026-01-01,1,good\n2026-01-02,2,bad\n", "", 0,
			`column "quality" holds no numbers and was left out (2 cells)`},
	} {
		code, text := imported(t, url, c.name, c.text, strings.Fields(c.flags)...)
		if code != c.code || !strings.Contains(text, c.says) ||
			code == cli.ExitFailed && strings.Contains(text, "stored") {
			t.Errorf("%s %s: exit %d, want %d, saying %q:\n%s", c.name, c.flags, code, c.code, c.says, text)
		}
	}
	for source, want := range map[string]string{"s1": "00:00 20", "s2": "00:00 12", "s3": "00:00 15",
		"h,sensor=b": "00:00 2"} {
		if diff := cmp.Diff([]string{want}, stored(t, url, source, "temp")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
	if diff := cmp.Diff([]string{"06:00 21.5", "00:00 1.5", "06:30 -1"}, stored(t, url, "comma", "temp")); diff != "" {
		t.Errorf("decimal commas (-want +got):\n%s", diff)
	}
	answer, err := http.Get(url + "/v1/sources/s3")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if !strings.Contains(string(text), `"labels":{"room":"attic"}`) {
		t.Errorf("labels: %s", text)
	}
}

// What is decided of a file is decided of the whole file, wherever it is cut: what would be refused in its last piece
// keeps its first from being sent, and a column of values is one in a piece without a number too.
func TestImportDecidesOfTheWholeFile(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	late := "time,where,temp\n2026-01-01,a,1\n2026-01-02,a,2\n2026-01-03,a,3\n2026-01-03,b,4\n"
	for _, batch := range []string{"1", "2", "3", "9"} {
		code, text := imported(t, url, "late.csv", late, "--batch", batch)
		if code != cli.ExitFailed || strings.Contains(text, "stored") ||
			!strings.Contains(text, `column "where" tells records apart: lines 4 and 5`) {
			t.Errorf("cut after %s: exit %d: %s", batch, code, text)
		}
	}
	if got := stored(t, url, "late", "temp"); got != nil {
		t.Errorf("stored %v", got)
	}
	states := "time,source,state\n2026-01-01,x,unknown\n2026-01-02,x,unknown\n2026-01-03,x,7\n"
	for _, batch := range []string{"1", "2", "9"} {
		code, text := imported(t, url, "states.csv", states, "--batch", batch)
		if code != cli.ExitRejected || !strings.Contains(text, "1 reading stored") ||
			!strings.Contains(text, "2 not accepted:") || strings.Contains(text, "holds no numbers") {
			t.Errorf("cut after %s: exit %d: %s", batch, code, text)
		}
	}
	code, text := clitest.FromStdin(t, late, "import", "--url", url, "--source=pipe", "--batch=2", "-")
	if code != cli.ExitFailed || !strings.Contains(text, "2 readings stored") ||
		!strings.Contains(text, `from line 4 on nothing was sent: column "where" tells records apart`) {
		t.Errorf("a pipe, of which only the first piece is looked at before: exit %d: %s", code, text)
	}
}

// An hour of local times that occurs twice is read as one file, wherever the file is cut; what its order does not
// tell is named.
func TestImportReadsAnHourThatOccursTwice(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	in := "time,temp\n"
	for i, at := range strings.Fields("01:30 02:00 02:30 02:00 02:30 03:00") {
		in += fmt.Sprintf("2026-10-25 %s,%d\n", at, i)
	}
	want := []string{"23:30 0", "00:00 1", "00:30 2", "01:00 3", "01:30 4", "02:00 5"}
	lines := strings.SplitAfter(strings.TrimPrefix(in, "time,temp\n"), "\n")
	falling := "time,temp\n"
	for i := len(lines) - 1; i >= 0; i-- {
		falling += lines[i]
	}
	for name, text := range map[string]string{"rising": in, "falling": falling} {
		for _, batch := range []string{"1", "2", "3", "4", "9"} {
			source := name + batch
			code, out := imported(t, url, source+".csv", text, "--tz", "Europe/Berlin", "--batch", batch)
			if diff := cmp.Diff(want, stored(t, url, source, "temp")); diff != "" || code != 0 ||
				strings.Contains(out, "occurs twice") {
				t.Errorf("%s, cut after %s: exit %d: %s (-want +got):\n%s", name, batch, code, out, diff)
			}
		}
	}
	code, out := clitest.FromStdin(t, in, "import", "--url", url, "--source=pipe", "--tz=Europe/Berlin", "--batch=2",
		"-")
	if diff := cmp.Diff(want, stored(t, url, "pipe", "temp")); diff != "" || code != cli.ExitRemarks {
		t.Errorf("a pipe, of which the first piece alone tells nothing: exit %d: %s (-want +got):\n%s", code, out, diff)
	}
	code, out = imported(t, url, "once.csv", "time,temp\n2026-10-25 01:30,1\n2026-10-25 02:30,2\n2026-10-25 03:30,3\n",
		"--tz", "Europe/Berlin", "--batch", "1")
	if code != cli.ExitRemarks || !strings.Contains(out, "3 readings stored") ||
		!strings.Contains(out, "warning: 1 record with a local time that occurs twice") ||
		!strings.Contains(out, "    line 3: 2026-10-25 02:30") {
		t.Errorf("what is not told: exit %d: %s", code, out)
	}
}

// Whoever writes columns' names with commas in them, or in the environment, is understood.
func TestNamesOfColumnsOnTheCommandLine(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	in := "time;where, exactly;n;temp\n2026-01-01;a;1;1\n2026-01-01;b;2;2\n"
	if code, text := imported(t, url, "a.csv", in, "--source-column", "where, exactly", "--skip-columns",
		"n"); code != 0 || !strings.Contains(text, "2 readings stored") {
		t.Errorf("exit %d: %s", code, text)
	}
	code, text := imported(t, url, "a.csv", "time;source;where, exactly;temp\n2026-01-01;x;a;1\n2026-01-01;x;b;2\n")
	if code != cli.ExitFailed || !strings.Contains(text,
		"give --source-column source --source-column 'where, exactly'") {
		t.Errorf("exit %d: %s", code, text)
	}
	os.Setenv("TIDEMARK_SOURCE_COLUMN", "sensor,room")
	defer os.Unsetenv("TIDEMARK_SOURCE_COLUMN")
	if code, text := imported(t, url, "b.csv", rooms); code != 0 ||
		len(stored(t, url, "s1,room=kitchen", "temp")) != 1 {
		t.Errorf("from the environment: exit %d: %s", code, text)
	}
}
