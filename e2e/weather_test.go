package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// idle is a node whose worker looks for nothing after its start, so that nothing is compacted; keen is one whose
// worker looks all the time.
var (
	idle = []string{"--work-poll", "1h", "--sweep-every", "1h"}
	keen = []string{"--work-poll", "50ms", "--sweep-every", "500ms"}
)

// The weather goes in by the command line and comes out of a node that keeps its data in memory and compacts it.
func TestWeatherInMemory(t *testing.T) {
	t.Parallel()
	c := serveIn(t, t.TempDir(), append(keen, "--data", ":memory:")...)
	w := weatherOf(t, &c.node, "seattle-weather", "seattle-weather-hourly-normals") // the names of the files
	w.label()
	importFile(t, c, w.days, w.days.path)
	importFile(t, c, w.hours, w.hours.path)
	c.compacted()
	w.checkCatalogue()
	w.checkReadings()
	w.checkAggregates(weatherZones...)
	w.checkGroups()

	local := readWeather(t, "seattle-weather.csv", "local", zoneOf(t, "America/Los_Angeles"))
	importFile(t, c, local, local.path, "--source", local.source, "--tz", "America/Los_Angeles")
	for metric, want := range local.series {
		from, to := local.span()
		w.equal("local "+metric, want, c.readings(local.source, metric, from, to))
	}
	c.endWell(syscall.SIGTERM)
}

// Worker stopped, the same file three times in shuffled order, worker running, after compaction: the same answers,
// byte for byte, all right.
func TestWeatherThreeTimesShuffled(t *testing.T) {
	t.Parallel()
	rng, dir := seeded(t), t.TempDir()
	c := serveIn(t, dir, idle...)
	w := weatherOf(t, &c.node, "seattle", "normals")
	for _, f := range w.files() {
		importFile(t, c, f, f.path, "--source", f.source)
	}
	w.checkCatalogue()
	w.checkReadings()
	w.checkAggregates("Europe/Berlin")
	w.checkGroups()
	for range 3 {
		for _, f := range w.files() {
			importFile(t, c, f, shuffled(t, rng, f.path), "--source", f.source, "--batch",
				strconv.Itoa(1000+rng.IntN(9000)))
		}
	}
	w.again(&c.node, "after the file came four times")
	if n := c.metric(`tidemark_rows_changed_total{table="chunks"}`); n != 0 {
		t.Errorf("%v rows were compacted: this was to be before", n)
	}
	c.endWell(syscall.SIGTERM)

	c = serveIn(t, dir, keen...)
	w.again(&c.node, "while it compacts")
	c.compacted()
	w.again(&c.node, "after compaction")
	importFile(t, c, w.hours, shuffled(t, rng, w.hours.path), "--source", w.hours.source)
	w.again(&c.node, "once more, over compacted readings")
	c.endWell(syscall.SIGTERM)
}

// importFile sends a file by `tidemark import` and wants to be told what became of it.
func importFile(t *testing.T, c *command, f *weatherFile, path string, args ...string) {
	t.Helper()
	code, stdout, stderr := runCommand(t, t.TempDir(), append([]string{"import", "--url", c.url, path}, args...)...)
	want := []string{thousandsOf(f.readings()) + " readings stored"}
	for column, cells := range f.text {
		want = append(want, fmt.Sprintf("column %q", column), thousandsOf(cells)+" cells")
	}
	for _, says := range want {
		if code != 0 || stdout != "" || !strings.Contains(stderr, says) {
			t.Fatalf("import of %s ends with %d, %q and %s, should say %q", path, code, stdout, stderr, says)
		}
	}
}

// thousandsOf writes 26277 as 26,277.
func thousandsOf(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousandsOf(n/1000), n%1000)
}

// shuffled is the file with its lines in another order, and the header first.
func shuffled(t *testing.T, rng *rand.Rand, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimRight(text, "\n"), []byte("\n"))
	lines[len(lines)-1] = append(bytes.Clone(lines[len(lines)-1]), '\n')
	rng.Shuffle(len(lines)-1, func(i, k int) { lines[i+1], lines[k+1] = lines[k+1], lines[i+1] })
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(out, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// compacted waits until the journal is empty and chunks were written, by this node.
func (n *node) compacted() { compacted(n.t, n) }

// compacted waits until every node sees an empty journal and one of them, whichever, has written chunks. It reads
// meanwhile, because a node counts the blocks it has seen when it last read.
func compacted(t testing.TB, nodes ...*node) {
	t.Helper()
	var blocks, rows float64
	took := eventually(t, 5*time.Minute, "the journal is empty", func() bool {
		blocks, rows = 0, 0
		for _, n := range nodes {
			n.get("/v1/latest")
			blocks += n.metric("tidemark_journal_blocks")
			rows += n.metric(`tidemark_rows_changed_total{table="chunks"}`)
		}
		return blocks == 0 && rows > 0
	})
	t.Logf("%v chunk rows were written; the journal was empty after %s", rows, took.Round(time.Millisecond))
}

// metric is a number of /metrics, 0 if it is absent.
func (n *node) metric(name string) float64 {
	n.t.Helper()
	line := regexp.MustCompile("^" + regexp.QuoteMeta(name) + " (.*)$")
	for s := bufio.NewScanner(bytes.NewReader(n.get("/metrics"))); s.Scan(); {
		if m := line.FindStringSubmatch(s.Text()); m != nil {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				n.t.Fatal(err)
			}
			return v
		}
	}
	return 0
}
