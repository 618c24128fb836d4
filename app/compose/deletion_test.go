package compose

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// call sends a request without a body.
func call(t *testing.T, method, url string) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(body)
}

// A deletion of a series that only the journal knows is carried out; one of a name that nobody wrote is refused and
// leaves no trace.
func TestADeletionKnowsTheJournalAndLeavesNoGhosts(t *testing.T) {
	cfg := inMemory()
	cfg.Work.Poll, cfg.Work.Sweep = time.Hour, time.Hour // nothing is compacted
	n := start(t, cfg)
	if code, body := post(t, n.URL()+"/api/v2/write", "text/plain", lines); code != http.StatusNoContent {
		t.Fatalf("write: %d %s", code, body)
	}
	const span = "&from=1700000000000000000&to=1700000001000000000"
	for params, want := range map[string]string{"source=nobody": "no source", "source=nobody&metric=a": "no source",
		"source=roof&metric=zzz": "no metric"} {
		if code, body := call(t, http.MethodDelete, n.URL()+"/v1/readings?"+params+span); code != http.StatusNotFound ||
			!strings.Contains(body, want) {
			t.Errorf("%s: %d %s", params, code, body)
		}
	}
	if _, body := get(t, n.URL()+"/v1/sources"); strings.Contains(body, "nobody") || strings.Contains(body, "zzz") {
		t.Errorf("sources: %s", body)
	}
	if code, body := call(t, http.MethodDelete, n.URL()+"/v1/readings?source=roof&metric=weather_temp"+
		span); code != http.StatusOK {
		t.Errorf("known in the journal: %d %s", code, body)
	}
	if _, body := get(t, n.URL()+"/v1/series"); !strings.Contains(body, `"count":1`) {
		t.Errorf("series: %s", body)
	}
}
