package compose

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fromTelegraf is two flushes of two processors and two disks, with what Telegraf sends that is no reading.
const fromTelegraf = `cpu,cpu=cpu0,host=e usage_user=1 1700000000000000000
cpu,cpu=cpu1,host=e usage_user=99 1700000000000000000
disk,device=a,fstype=ext4,host=e,mode=rw,path=/ used=10i 1700000000000000000
disk,device=b,fstype=xfs,host=e,mode=ro,path=/b used=20i 1700000000000000000
system,host=e load1=0.5 1700000000000000000
system,host=e uptime_format=" 0:07" 1700000000000000000
net,host=e,interface=eth0 bytes_recv=9007199254740993i,drop_in=0i 1700000000000000000
cpu,cpu=cpu0,host=e usage_user=2 1700000010000000000
cpu,cpu=cpu1,host=e usage_user=98 1700000010000000000
`

// TestTagsTellSourcesApart: with --source-tags host nothing overwrites anything, all tags are labels, and grouping by
// host works.
func TestTagsTellSourcesApart(t *testing.T) {
	cfg := inMemory()
	cfg.HTTP.SourceTags = []string{"host"}
	n := start(t, cfg)
	if code, body := post(t, n.URL()+"/api/v2/write", "text/plain", fromTelegraf); code != http.StatusNoContent {
		t.Fatalf("write: %d %s", code, body)
	}
	span := "&from=2023-11-14T00:00:00Z&to=2023-11-15T00:00:00Z&step=1d"
	want := map[string][]string{
		"/v1/latest?metric=cpu_usage_user": {
			`{"source":"e,cpu=cpu0","metric":"cpu_usage_user","time":"2023-11-14T22:13:30Z","value":2}`,
			`{"source":"e,cpu=cpu1","metric":"cpu_usage_user","time":"2023-11-14T22:13:30Z","value":98}`},
		"/v1/sources/e,cpu=cpu1": {`"labels":{"cpu":"cpu1","host":"e"}`},
		"/v1/sources/e,device=b,fstype=xfs,mode=ro,path=%2Fb": {
			`"labels":{"device":"b","fstype":"xfs","host":"e","mode":"ro","path":"/b"}`},
		"/v1/aggregates?metric=cpu_usage_user&fn=count,max&group_by=host" + span: {
			`"key":{"host":"e","metric":"cpu_usage_user"}`, `"count":[4]`, `"max":[99]`},
		"/v1/aggregates?label=host%3De&metric=cpu_usage_user&fn=count&group_by=cpu" + span: {
			`"key":{"cpu":"cpu0","metric":"cpu_usage_user"}`, `"key":{"cpu":"cpu1","metric":"cpu_usage_user"}`},
		"/metrics": {`tidemark_line_skipped_total{kind="integer"} 1`, `tidemark_line_skipped_total{kind="text"} 1`},
	}
	for path, parts := range want {
		code, text := get(t, n.URL()+path)
		for _, part := range parts {
			if code != http.StatusOK || !strings.Contains(text, part) {
				t.Errorf("%s: %d, no %s in\n%.2000s", path, code, part, text)
			}
		}
	}
}

// TestAsManySeriesWithSourceTags as without.
func TestAsManySeriesWithSourceTags(t *testing.T) {
	want := []string{"cpu_usage_user", "cpu_usage_user", "disk_used", "disk_used", "net_drop_in", "system_load1"}
	for _, tags := range [][]string{nil, {"host"}} {
		cfg := inMemory()
		cfg.HTTP.SourceTags = tags
		n := start(t, cfg)
		if code, body := post(t, n.URL()+"/write", "text/plain", fromTelegraf); code != http.StatusNoContent {
			t.Fatalf("write: %d %s", code, body)
		}
		_, text := get(t, n.URL()+"/v1/series")
		var page struct{ Series []struct{ Metric string } }
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range page.Series {
			got = append(got, s.Metric)
		}
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("--source-tags %v: metrics of the series (-want +got):\n%s\n%s", tags, d, text)
		}
	}
}
