package body_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

// hostile are bodies that must store nothing, in all-or-nothing requests. Members of want stand in the detail or in
// the reasons.
func TestHostileBodiesStoreNothing(t *testing.T) {
	reading := func(source, metric, at, value string) string {
		return fmt.Sprintf(`{"readings":[{"source":"roof","metric":"temp","time":0,"value":1},{"source":%s,`+
			`"metric":%s,"time":%s,"value":%s}]}`, source, metric, at, value)
	}
	good := func(i int, s string) string {
		f := []string{`"roof"`, `"temp"`, "0", "1"}
		f[i] = s
		return reading(f[0], f[1], f[2], f[3])
	}
	long := `"` + strings.Repeat("x", 513) + `"`
	labels := func(n int) string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint("k", i)] = "v"
		}
		b, _ := json.Marshal(m)
		return `{"readings":[{"source":"roof","metric":"temp","time":0,"value":1}],"sources":[{"source":"roof",` +
			`"labels":` + string(b) + `}]}`
	}
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"empty":          {"", 400, "byte 0"},
		"broken":         {`{"readings":[`, 400, "byte 13"},
		"no JSON":        {"hello", 400, "byte 0"},
		"two documents":  {apitest.TwoReadings + apitest.TwoReadings, 400, "byte"},
		"unknown member": {`{"readings":[],"tenant":"other"}`, 400, "tenant"},
		"unknown field": {`{"readings":[{"source":"a","metric":"b","time":0,"value":1,"PartitionKey":"x"}]}`, 422,
			"PartitionKey"},
		"not finite":        {good(3, "1e400"), 422, "too large"},
		"NaN":               {good(3, "NaN"), 400, "byte"},
		"inexact":           {good(3, "9007199254740993"), 422, "does not hold exactly"},
		"a text as value":   {good(3, `"1"`), 422, "string"},
		"time out of range": {good(2, `"1699-12-31T23:59:59Z"`), 422, "out of range"},
		"time no time":      {good(2, `"yesterday"`), 422, "RFC 3339"},
		"name too long":     {good(0, long), 422, "512"},
		"metric too long":   {good(1, long), 422, "512"},
		"empty name":        {good(0, `""`), 422, "source"},
		"control character": {good(0, `"a\u0000b"`), 422, "control"},
		"bad UTF-8":         {good(0, "\"\xff\""), 400, "UTF-8"},
		"lone surrogate":    {good(0, `"\ud800"`), 400, "surrogate"},
		"too many labels":   {labels(33), 422, "33 labels"},
		"deep":              {strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), 400, "deep"},
		"deep in a reading": {good(0, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), 400, "deep"},
		"deep objects":      {strings.Repeat(`{"readings":`, 10_000), 400, ""},
		"fields given twice": {`{"readings":[{"source":"a","source":"b","metric":"b","time":0,"value":1}]}`, 422,
			"twice"},
	} {
		t.Run(name, func(t *testing.T) {
			r := apitest.New(t, httpapi.Config{})
			w := r.Do("POST", "/v1/readings?atomic=true", []byte(c.body), "Content-Type", "application/json")
			kind := "rejected"
			if c.status == 400 {
				kind = "invalid"
			}
			p := apitest.WantProblem(t, w, c.status, kind)
			text := p.Detail
			for _, x := range p.Rejected {
				text += "; " + x.Reason
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("%q is not in %q", c.want, text)
			}
			if len(r.Ingest.Writes) != 0 {
				t.Errorf("stored %+v", r.Ingest.Writes)
			}
		})
	}
}
