package body_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestContentTypesOfWrites(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for _, ct := range []string{"", "application/xml", "application/x-www-form-urlencoded",
		"text/csv; charset=iso-8859-1", "text/plain", ";"} {
		p := apitest.WantProblem(t, r.Do("POST", "/v1/readings", []byte(apitest.TwoReadings), "Content-Type", ct), 415,
			"unsupported-media-type")
		if !strings.Contains(p.Detail, "application/x-ndjson") {
			t.Errorf("%q: %s", ct, p.Detail)
		}
	}
}
