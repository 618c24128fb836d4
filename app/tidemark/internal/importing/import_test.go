package importing_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/app/tidemark/internal/files"
)

const (
	threeLines = "time,temp\n2026-01-01,1\n2026-01-02,2\n2026-01-03,3\n"
	oneReading = `{"source":"a","metric":"m","time":"2026-01-01T00:00:00Z","value":1}`
	lineText   = "weather,source=roof temp=1,hum=2 1767268800000000000\n\n# a remark\nweather,source=roof temp=3 " +
		"1767268801000000000\n"
)

// TestEveryFormOfFile imports each, or says why not: never is "0 readings stored" all that is said of a file that was
// not understood.
func TestEveryFormOfFile(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	for _, c := range []struct {
		name, text, flags string
		code              int
		says              string
	}{
		{"a.csv", threeLines, "", 0, "a.csv: 3 readings stored"},
		{"a.tsv", strings.ReplaceAll(threeLines, ",", "\t"), "", 0, "a.tsv: 3 readings stored"},
		{"a.csv.gz", gzipped(threeLines), "", 0, "a.csv.gz: 3 readings stored"},
		{"A.CSV.ZST", zstded(threeLines), "", 0, "A.CSV.ZST: 3 readings stored"},
		{"packed.csv", gzipped(threeLines), "", 0, "packed.csv: 3 readings stored"},
		{"a.ndjson", oneReading + "\n" + oneReading, "", 0, "a.ndjson: 2 readings stored"},
		{"a.jsonl.gz", gzipped("\ufeff" + oneReading), "", 0, "a.jsonl.gz: 1 reading stored"},
		{"a.json", "[" + oneReading + ",\n" + oneReading + "]", "", 0, "a.json: 2 readings stored"},
		{"b.json", `{"readings":[` + oneReading + `]}`, "", 0, "b.json: 1 reading stored"},
		{"a.lp", lineText, "", 0, "a.lp: 3 readings stored"},
		{"a.line.zst", zstded(lineText), "--batch=1", 0, "a.line.zst: 3 readings stored"},
		{"seconds.lp", "weather,source=roof temp=1 1767268800\n", "--precision=s", 0, "1 reading stored"},
		{"unsaid.lp", "weather,source=roof temp=1 1767268800\n", "", cli.ExitRejected,
			`line 1: "1767268800" looks like Unix seconds, of 2026-01-01: name the precision (--precision s); if it ` +
				`really is 1970, send seconds or RFC 3339`},
		{"unsaid.csv", "time,temp\n1767268800,1\n2026-01-01T12:00:00Z,2\n", "", cli.ExitRejected,
			`line 2: "1767268800" looks like Unix seconds, of 2026-01-01: name the precision (--precision s)`},
		{"unsaid.ndjson", `{"source":"a","metric":"b","time":1767268800000,"value":1}`, "", cli.ExitRejected,
			"looks like Unix milliseconds, of 2026-01-01: name the precision (--precision ms)"},
		{"asis.lp", "weather,source=roof temp=1 17672688\n", "--precision=ns", 0, "1 reading stored"},
		{"misnamed.lp", "weather,source=roof temp=1 1767268800\n", "--precision=ms", cli.ExitFailed,
			"in seconds it is of 2026-01-01: send --precision s; if it really is 1970, send seconds or RFC 3339"},
		{"misnamed.csv", "time,temp\n1767268800,1\n1767268801,2\n", "--precision=us", cli.ExitFailed,
			"misnamed.csv: in microseconds (--precision us) every time lies in the first weeks of 1970; in seconds " +
				"the " +
				"first is of 2026-01-01: send --precision s"},
		{"a.dat", threeLines, "--format=csv", 0, "a.dat: 3 readings stored"},
		{"header.csv", "time,temp\n", "", 0, "header.csv: no records"},

		{"text.lp", "system,host=e load=1,up=\"x\" 1\nsystem,host=f up=\"y\" 1\n", "--batch=1 --precision=s", 0,
			`field "up of system" is text, which is no reading, and was left out (2 values)`},
		{"big.lp", "net n=9007199254740993i,m=1 1\nnet n=oh 1\n", "--precision=ns", cli.ExitRejected,
			`field "n of net" has integers that a float64 does not hold exactly`},
		{"tags.lp", lineText, "--source-tags=host --label-tags=host", cli.ExitUsage, `tag "host" is named twice`},

		{"spoilt.lp", "weather,source=roof temp=1 1\n\nweather,source=roof temp=oh,hum=2 1\nnonsense\n",
			"--batch=1 --precision=s", cli.ExitRejected, "line 4: "},
		{"spoilt.json", `[` + oneReading + `,{"source":"a"}]`, "", cli.ExitRejected, "reading 2: "},
		{"commas.csv", "time;temp\n2026-01-01;1,5\n", "", cli.ExitRejected, "decimals have a point"},

		{"a.dat", threeLines, "", cli.ExitFailed, "--format"},
		{"noending", threeLines, "", cli.ExitFailed, ".ndjson"},
		{"a.csv", "[" + oneReading + "]", "", cli.ExitFailed, "a.csv: not CSV: the header: "},
		{"wide.csv", inUTF16(threeLines), "", cli.ExitFailed, "UTF-16"},
		{"wide.ndjson", inUTF16(oneReading), "", cli.ExitFailed, "UTF-16"},
		{"mac.csv", strings.ReplaceAll(threeLines, "\n", "\r"), "", cli.ExitFailed,
			"not CSV: its lines end with CR alone"},
		{"zero.csv", "time,temp\n2026-01-01,\x00\n", "", cli.ExitFailed, "not text"},
		{"a.csv", "PK\x03\x04....", "", cli.ExitFailed, "zip"},
		{"cut.csv.gz", gzipped(threeLines)[:20], "", cli.ExitFailed,
			"cut.csv.gz: it is compressed and cut off after 20 bytes: copy it again"},
		{"head.csv.gz", gzipped(threeLines)[:5], "", cli.ExitFailed,
			"head.csv.gz: it is compressed and cut off after 5 bytes: copy it again"},
		{"cut.ndjson.zst", zstded(oneReading)[:20], "", cli.ExitFailed,
			"cut.ndjson.zst: it is compressed and cut off after 20 bytes: copy it again"},
		{"none.csv", "", "", cli.ExitFailed, "none.csv: the file is empty"},
		{"none.ndjson", "", "", cli.ExitFailed, "none.ndjson: the file is empty"},
		{"none.lp", "\n", "", cli.ExitFailed, "none.lp: the file is empty"},
		{"none.jsonl.gz", gzipped("\ufeff\n"), "", cli.ExitFailed, "none.jsonl.gz: the file is empty"},
		{"empty.csv", "\n\n", "", cli.ExitFailed, "empty"},
		{"empty.json", "\n\n", "", cli.ExitFailed, "empty"},
		{"notime.csv", "when,temp\n2026-01-01,1\n", "", cli.ExitFailed,
			"notime.csv: the header: there is no column of times; name it one of timestamp, datetime, date_time, " +
				"date time, time, date, or give --time-column when"},
		{"lines.json", oneReading + "\n" + oneReading, "", cli.ExitFailed, "--format ndjson"},
	} {
		path := filepath.Join(clitest.Written(t, map[string]string{c.name: c.text}), c.name)
		code, text := clitest.Said(t, append([]string{"import", "--url", url, path}, strings.Fields(c.flags)...)...)
		if code != c.code || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: exit %d, want %d, saying %q:\n%s", c.name, c.flags, code, c.code, c.says, text)
		}
		if strings.Contains(text, "from line 2 on: The request is wrong") {
			t.Errorf("%s: the header is told as a line's fault: %s", c.name, text)
		}
	}
}

// TestNothingIsSentWhenAFileIsWrong looks at all files first, and names each that is wrong.
func TestNothingIsSentWhenAFileIsWrong(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	folder := clitest.Written(t, map[string]string{"a.csv": threeLines, "notime.csv": "when,temp\n1,1\n", "x.doc": "x",
		"big.csv": threeLines})
	var args []string
	for _, name := range []string{"a.csv", "notime.csv", "x.doc", "big.csv"} {
		args = append(args, filepath.Join(folder, name))
	}
	code, text := clitest.Said(t, append([]string{"import", "--url", url}, args...)...)
	if code != cli.ExitFailed || strings.Contains(text, "stored") {
		t.Errorf("exit %d: %s", code, text)
	}
	for _, want := range []string{"notime.csv: the header: ", "x.doc: ", "nothing was sent"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}

// TestWhatWasNotSentIsNamed breaks a file in its middle: the files behind it are named.
func TestWhatWasNotSentIsNamed(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	folder := clitest.Written(t, map[string]string{"a.csv": threeLines, "b.ndjson": oneReading + "\n" +
		strings.Repeat("x", files.MaxRecordBytes+1), "c.csv": threeLines})
	code, text := clitest.Said(t, "import", "--url", url, "--batch", "1", filepath.Join(folder, "a.csv"),
		filepath.Join(folder, "b.ndjson"), filepath.Join(folder, "c.csv"))
	if code != cli.ExitFailed || strings.Count(text, " stored") != 2 ||
		!strings.Contains(text, "line 2: a record of more than") ||
		!strings.Contains(text, "not sent: "+filepath.Join(folder, "c.csv")) {
		t.Errorf("exit %d: %s", code, text)
	}
}

// TestAQuoteThatDoesNotCloseIsFoundBefore anything is sent, wherever in a CSV file it is.
func TestAQuoteThatDoesNotCloseIsFoundBefore(t *testing.T) {
	folder := clitest.Written(t, map[string]string{"a.csv": threeLines, "b.csv": threeLines + "\"" +
		strings.Repeat("x\n", files.MaxRecordBytes)})
	code, text := clitest.Said(t, "import", "--batch", "1", filepath.Join(folder, "a.csv"),
		filepath.Join(folder, "b.csv"))
	if code != cli.ExitFailed || strings.Contains(text, "stored") ||
		!strings.Contains(text, "b.csv: line 5: a record of more than") || !strings.Contains(text, "nothing was sent") {
		t.Errorf("exit %d: %s", code, text)
	}
}

func TestStandardInput(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	for _, c := range []struct {
		text, flags string
		code        int
		says        string
	}{
		{threeLines, "--source=roof", 0, "standard input: 3 readings stored"},
		{gzipped(threeLines), "--source=roof", 0, "3 readings stored"},
		{oneReading, "--format=ndjson", 0, "1 reading stored"},
		{lineText, "--format=line", 0, "3 readings stored"},
		{threeLines, "", cli.ExitFailed, "--source NAME"},
		{"[" + oneReading + "]", "--source=roof", cli.ExitFailed, "not CSV: "},
	} {
		args := append([]string{"import", "--url", url, "-"}, strings.Fields(c.flags)...)
		code, text := clitest.FromStdin(t, c.text, args...)
		if code != c.code || !strings.Contains(text, c.says) || strings.Contains(text, "in the request") {
			t.Errorf("%s: exit %d, want %d, saying %q: %s", c.flags, code, c.code, c.says, text)
		}
	}
}

// TestStandardInputIsNamedOnce: the second time there would be nothing left, after the first had been stored.
func TestStandardInputIsNamedOnce(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	code, text := clitest.FromStdin(t, threeLines, "import", "--url", url, "--source=roof", "-", "-")
	if code != cli.ExitUsage || strings.Contains(text, "stored") ||
		!strings.Contains(text, "standard input (-) is named twice") {
		t.Errorf("exit %d: %s", code, text)
	}
}

func TestTheAddressOfTheNode(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	file := filepath.Join(clitest.Written(t, map[string]string{"a.csv": threeLines}), "a.csv")
	if code, text := clitest.Said(t, "import", "--url", strings.TrimPrefix(url, "http://"), file); code != 0 ||
		!strings.Contains(text, "3 readings stored") {
		t.Errorf("without a scheme: exit %d: %s", code, text)
	}
	for _, bad := range []string{"ftp://127.0.0.1:1", "http://", "http://127.0.0.1:x"} {
		if code, text := clitest.Said(t, "import", "--url", bad, file); code != cli.ExitUsage ||
			!strings.Contains(text, "http://127.0.0.1:8080") {
			t.Errorf("%s: exit %d: %s", bad, code, text)
		}
	}
}

// TestWaitingIsSaid: whoever waits for a node that is not there is told at once, not when the patience ends.
func TestWaitingIsSaid(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	began := time.Now()
	code, text := clitest.Said(t, "import", "--patience", "2500ms", "--url", "http://"+l.Addr().String(),
		filepath.Join("..", "weather", "seattle-weather.csv"))
	if code != cli.ExitFailed || strings.Count(text, "trying again for up to 2.5s") != 1 ||
		strings.Count(text, "is a node running there?") != 2 {
		t.Errorf("exit %d after %s: %s", code, time.Since(began), text)
	}
}

// TestAServiceThatIsNotTidemark is told from a node.
func TestAServiceThatIsNotTidemark(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	folder := clitest.Written(t, map[string]string{"a.csv": threeLines, "a.lp": lineText})
	for _, name := range []string{"a.csv", "a.lp"} {
		if code, text := clitest.Said(t, "import", "--url", l.Addr().String(),
			filepath.Join(folder, name)); code != cli.ExitFailed ||
			!strings.Contains(text, "is "+l.Addr().String()+" a node?") {
			t.Errorf("%s: exit %d: %s", name, code, text)
		}
	}
}

func TestImportTellsWhatBecameOfAFile(t *testing.T) {
	url, _ := clitest.Serve(t, "--data", ":memory:")
	good := filepath.Join("..", "weather", "seattle-weather.csv")
	var stderr clitest.Output
	if code := cli.Run(t.Context(), "test", []string{"import", "--url", url, "--batch", "500", good}, io.Discard,
		&stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	for _, want := range []string{"5,844 readings stored",
		`column "weather" holds no numbers and was left out (1,461 cells)`} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in %s", want, stderr.String())
		}
	}

	spoilt := filepath.Join(t.TempDir(), "spoilt.csv")
	text := "time,temp\n2026-01-01,1\n2026-01-02,2\n\n2026-01-03,warm\n2026-01-04,4\n"
	if err := os.WriteFile(spoilt, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, batch := range []string{"100", "2"} { // the line is that of the file, however it was cut
		var stderr clitest.Output
		if code := cli.Run(t.Context(), "test", []string{"import", "--url", url, "--batch", batch, spoilt}, io.Discard,
			&stderr); code != cli.ExitRejected {
			t.Errorf("exit %d, want %d: %s", code, cli.ExitRejected, stderr.String())
		}
		if !strings.Contains(stderr.String(), "3 readings stored") || !strings.Contains(stderr.String(), "line 5: ") {
			t.Errorf("batch %s: %s", batch, stderr.String())
		}
	}

	ndjson := filepath.Join(t.TempDir(), "x.ndjson")
	if err := os.WriteFile(ndjson, []byte(`{"source":"a","metric":"m","time":"2026-01-01T00:00:00Z","value":1}`+"\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	stderr = clitest.Output{}
	if code := cli.Run(t.Context(), "test", []string{"import", "--url", url, ndjson}, io.Discard, &stderr); code != 0 ||
		!strings.Contains(stderr.String(), ": 1 reading stored") {
		t.Errorf("NDJSON: exit %d: %s", code, stderr.String())
	}
}

func TestImportWithoutANode(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var stderr clitest.Output
	code := cli.Run(t.Context(), "test", []string{"import", "--patience", "200ms", "--url", "http://" +
		l.Addr().String(),
		filepath.Join("..", "weather", "seattle-weather.csv")}, io.Discard, &stderr)
	if code != cli.ExitFailed || !strings.Contains(stderr.String(), "is a node running there?") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
