package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// One who has Telegraf points both of its outputs for InfluxDB at tidemark. It logs no error, and nothing of what it
// sends is lost, named by all tags or with --source-tags host: the same series, with the same first and last times
// and counts, whichever way they came.
func TestTelegraf(t *testing.T) {
	t.Parallel()
	telegraf(t)
	named, plain := telegrafNode(t, "--source-tags", "host"), telegrafNode(t)
	var outputs strings.Builder
	for _, c := range []*command{named, plain} {
		fmt.Fprintf(&outputs, telegrafOutputs, c.url, c.url)
	}
	sender := startTelegraf(t, telegrafInputs+outputs.String())
	flushed := func(c *command, token string) bool {
		var page seriesPage
		c.askAs(token, "/v1/series?metric=cpu_usage_idle", &page)
		// Two looks at a processor make one of these, so it comes with the second flush.
		return len(page.Series) > 0 && page.Series[0].Count >= 3
	}
	for _, c := range []*command{named, plain} {
		for _, token := range []string{"one", "two"} {
			eventually(t, 2*time.Minute, "four flushes of "+token+" are there: "+sender.log,
				func() bool { return flushed(c, token) })
		}
	}
	sender.endWell(syscall.SIGINT) // it flushes what it has

	want := plain.measured("one")
	if len(want) < 30 {
		t.Errorf("only %d series: %v", len(want), want)
	}
	for _, got := range [][]string{plain.measured("two"), named.measured("one"), named.measured("two")} {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d series, expected %d (-want +got):\n%s", len(got), len(want), d)
		}
	}
	for line := range strings.Lines(sender.text(sender.log)) {
		if strings.Contains(line, " E! ") || strings.Contains(line, "drop") {
			t.Errorf("Telegraf says: %s", line)
		}
	}
	checkTextIsCounted(t, named)
	checkGroupedByHost(t, named)
	named.endWell(syscall.SIGTERM)
	plain.endWell(syscall.SIGTERM)
}

const telegrafInputs = `
[agent]
  interval = "500ms"
  flush_interval = "500ms"
  hostname = "e"
  skip_processors_after_aggregators = true
[[inputs.cpu]]
[[inputs.mem]]
[[inputs.disk]]
[[inputs.net]]
  ignore_protocol_stats = true
[[inputs.system]]
`

// telegrafOutputs write the same to two tenants.
const telegrafOutputs = `
[[outputs.influxdb]]
  urls = [%q]
  username = "anybody"
  password = "one"
  skip_database_creation = true
[[outputs.influxdb_v2]]
  urls = [%q]
  token = "two"
  organization = "any"
  bucket = "any"
`

// telegrafNode is a node of the tenants first and second, with the tokens one and two.
func telegrafNode(t *testing.T, args ...string) *command {
	t.Helper()
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("one,first\ntwo,second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return serveIn(t, t.TempDir(), append(args, "--data", ":memory:", "--token-file", tokens)...)
}

// seriesPage is an answer of GET /v1/series.
type seriesPage struct {
	Series []struct {
		Source, Metric, First, Last string
		Count                       int
	}
	Next string
}

// askAs asks for a path with a token and wants 200.
func (c *command) askAs(token, path string, into any) {
	c.t.Helper()
	c.decode(c.ask(http.MethodGet, path, map[string]string{"Authorization": "Bearer " + token}, nil).body, into)
}

// measured is every series without the source's name, which is what differs.
func (c *command) measured(token string) []string {
	c.t.Helper()
	var list []string
	for cursor := ""; ; {
		var page seriesPage
		path := query("/v1/series", "limit", "1000")
		if cursor != "" {
			path = query("/v1/series", "limit", "1000", "cursor", cursor)
		}
		c.askAs(token, path, &page)
		for _, s := range page.Series {
			list = append(list, fmt.Sprintf("%s %s %s %d", s.Metric, s.First, s.Last, s.Count))
		}
		if cursor = page.Next; cursor == "" {
			slices.Sort(list)
			return list
		}
	}
}

// checkTextIsCounted wants uptime_format in the metrics and, once for each tenant, in the log.
func checkTextIsCounted(t *testing.T, c *command) {
	t.Helper()
	if text := c.get("/metrics"); !bytes.Contains(text, []byte(`tidemark_line_skipped_total{kind="text"} `)) {
		t.Error("the metrics do not say that text was left out")
	}
	for _, tenant := range []string{"first", "second"} {
		if n := strings.Count(c.text(c.log), "tenant="+tenant+" measurement=system name=uptime_format"); n != 1 {
			t.Errorf("the log says %d times that uptime_format of %s is left out\n%s", n, tenant, c.tail())
		}
	}
}

// checkGroupedByHost wants the readings of all processors in the group of their host.
func checkGroupedByHost(t *testing.T, c *command) {
	t.Helper()
	all, processors := 0, 0
	var page seriesPage
	c.askAs("two", "/v1/series?metric=cpu_usage_idle", &page)
	for _, s := range page.Series {
		processors++
		all += s.Count
		if !strings.HasPrefix(s.Source, "e,cpu=cpu") {
			t.Errorf("a processor's source is %s", s.Source)
		}
	}
	var answer struct {
		Groups []struct {
			Key    map[string]string
			Values struct{ Count []json.Number }
		}
	}
	c.askAs("two", "/v1/aggregates?metric=cpu_usage_idle&label=host%3De&group_by=host&step=1d&fn=count", &answer)
	counted := 0
	for _, g := range answer.Groups {
		for _, n := range g.Values.Count {
			k, _ := n.Int64()
			counted += int(k)
		}
	}
	if len(answer.Groups) != 1 || answer.Groups[0].Key["host"] != "e" || counted != all || processors < 2 {
		t.Errorf("grouped by host: %+v, expected %d readings of %d processors", answer.Groups, all, processors)
	}
}
