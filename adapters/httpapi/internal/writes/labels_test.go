package writes_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestLabelsThatAreRefused(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	many := map[string]string{}
	for i := range 33 {
		many[fmt.Sprint(i)] = "v"
	}
	manyJSON, _ := json.Marshal(map[string]any{"labels": many})
	for in, want := range map[string]int{`{"labels":{"":"x"}}`: 422, `{"labels":{"a":1}}`: 422,
		`{"labels":{},"tenant":"other"}`: 422, `{}`: 422, `{`: 400, ``: 400, `[]`: 422, `{"labels":{}} {}`: 400,
		`{"labels":{}}x`: 400, `null`: 422,
		`{"labels":{"a":"\u0000"}}`: 422, string(manyJSON): 422, `{"labels":` + strings.Repeat("[", 10_000) +
			strings.Repeat("]", 10_000) + `}`: 400} {
		w := r.Do("PUT", "/v1/sources/roof", []byte(in), "Content-Type", "application/json")
		if p := apitest.WantProblem(t, w, want, "invalid"); p.Detail == "" || strings.Contains(p.Detail, "[[[") {
			t.Errorf("%.40s: %s", in, p.Detail)
		}
	}
	for in, want := range map[string]string{
		`{"labels":{"b":"x","a":5}}`:   `body.labels: label "a" is a number: send a string`,
		`{"labels":{"a":null}}`:        `label "a" is null`,
		`{"labels":{"a":{"b":["c"]}}}`: `label "a" is an object`, `{"labels":{"a":["c"]}}`: `label "a" is an array`,
		`{"labels":{"a":true}}`:               `label "a" is a boolean`,
		`{"labels":{"a":"x","b":"","a":"y"}}`: `label "a" is given twice`,
		`{"labels":{},"labels":{"a":"x"}}`:    "body.labels: it is given twice",
		`{"labels":["a"]}`:                    "body.labels: it is an array: send an object",
		`{"labels":5}`:                        "body.labels: it is a number",
		`{"labels":null}`:                     "body.labels: it is missing", `{}`: "body.labels: it is missing"} {
		p := apitest.WantProblem(t, r.Do("PUT", "/v1/sources/roof", []byte(in), "Content-Type", "application/json"),
			422, "invalid")
		if !strings.Contains(p.Detail, want) || len(p.Errors) != 1 || p.Errors[0].Location != "body.labels" {
			t.Errorf("%s: %+v", in, p)
		}
	}
	apitest.WantProblem(t, r.Do("PUT", "/v1/sources/roof", []byte("{\"labels\":{\"a\":\"\xff\"}}"), "Content-Type",
		"application/json"), 400, "invalid")
	zipped := apitest.Compress(t, "gzip", []byte(`{"labels":{"a":"`+strings.Repeat("x", 100_000)+`"}}`))
	apitest.WantProblem(t, r.Do("PUT", "/v1/sources/roof", zipped, "Content-Type", "application/json",
		"Content-Encoding", "gzip"),
		413, "too-large")
	apitest.WantProblem(t, r.Do("PUT", "/v1/sources/roof", []byte(`labels: {}`), "Content-Type", "application/yaml"),
		415,
		"unsupported-media-type")
	apitest.WantProblem(t, r.Do("PUT", "/v1/sources/a%00b", []byte(`{"labels":{}}`), "Content-Type",
		"application/json"), 422,
		"invalid")
	if len(r.Ingest.Writes) != 0 {
		t.Errorf("%d writes", len(r.Ingest.Writes))
	}
}
