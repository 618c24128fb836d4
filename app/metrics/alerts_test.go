package metrics

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"
)

// alerts is the part of deploy/prometheus/alerts.yaml that a person reads.
type alerts struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr string
			Annotations struct{ Summary, Description, Runbook string }
		}
	}
}

// TestAlertsAreOfMetricsThatThereAre, and each says what it means and where to read on.
func TestAlertsAreOfMetricsThatThereAre(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got alerts
	if err := yaml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	told, headings := names(), headings(t)
	rules := got.Groups[0].Rules
	for _, r := range rules {
		used := regexp.MustCompile(`tidemark_\w+`).FindAllString(r.Expr, -1)
		for _, name := range used {
			if !told[strings.TrimSuffix(name, "_count")] {
				t.Errorf("%s is about %s, which there is not", r.Alert, name)
			}
		}
		anchor, is := strings.CutPrefix(r.Annotations.Runbook, "docs/operations.md#")
		said := r.Annotations.Summary != "" && r.Annotations.Description != ""
		if len(used) == 0 || !said || !is || !headings[anchor] {
			t.Errorf("%s lacks something, or its runbook is nowhere: %+v", r.Alert, r)
		}
	}
	if len(rules) < 10 {
		t.Errorf("%d rules", len(rules))
	}
}

// TestAlertsTellTheirStories by Prometheus' own tool.
func TestAlertsTellTheirStories(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	switch required := slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "promtool"); {
	case err != nil && required:
		t.Fatal("TIDEMARK_REQUIRE names promtool and this machine has none: install Prometheus")
	case err != nil:
		t.Skip("no promtool on this machine: install Prometheus, or set TIDEMARK_REQUIRE=promtool to fail instead")
	}
	c := exec.Command(tool, "test", "rules", "alerts_test.yaml")
	c.Dir = "../../deploy/prometheus"
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// names are the metrics that are registered.
func names() map[string]bool {
	of := regexp.MustCompile(`fqName: "([^"]+)"`)
	descs, out := make(chan *prometheus.Desc), map[string]bool{}
	m := New("test")
	m.Tail(nil) // it is asked for no value
	go func() {
		m.registry.Describe(descs)
		close(descs)
	}()
	for d := range descs {
		out[of.FindStringSubmatch(d.String())[1]] = true
	}
	return out
}

// headings are those of docs/operations.md, as links name them.
func headings(t *testing.T) map[string]bool {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if title, is := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); is && strings.HasPrefix(line, "#") {
			out[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-")] = true
		}
	}
	return out
}
