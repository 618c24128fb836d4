package questions_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/fault"
)

// TestWhatCannotBeReadIsNamed: a question that is refused because its answer is out of reach names the window, and
// keeps the reason and when to come again.
func TestWhatCannotBeReadIsNamed(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 2)
	r.Query.Err = &fault.Error{Kind: fault.Unavailable, Op: "rows.get", RetryAfter: 7 * time.Second,
		Message: "the account does not answer: try again later"}
	span := "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z"
	for path, names := range map[string]string{
		"/v1/readings?source=roof&metric=temp&" + span: `readings of source "roof", metric "temp" ` +
			`from 2026-11-23T00:00:00Z to 2026-11-24T00:00:00Z`,
		"/v1/aggregates?metric=temp&fn=mean&step=1h&" + span: `readings of metric "temp" from 2026-11-23T00:00:00Z ` +
			`to 2026-11-24T00:00:00Z`,
		"/v1/latest?source=roof": `latest readings of source "roof"`,
		"/v1/latest":             `latest readings`,
	} {
		w := r.Do("GET", path, nil)
		apitest.WantStatus(t, w, 503)
		var p struct{ Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Retry-After") != "7" ||
			p.Detail != names+" cannot be read now: the account does not answer: try again later" {
			t.Errorf("%s: Retry-After %s, %s, %v", path, w.Header().Get("Retry-After"), w.Body, err)
		}
	}
	r.Query.Err = fault.New(fault.Throttled, "rows.get", "too much at once")
	w := r.Do("GET", "/v1/latest", nil)
	apitest.WantStatus(t, w, 429)
	if strings.Contains(w.Body.String(), "cannot be read") {
		t.Errorf("%s", w.Body)
	}
}
