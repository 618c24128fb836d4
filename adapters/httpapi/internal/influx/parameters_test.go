package influx_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

// TestParametersOfLineProtocolThatAreNot: a parameter with a typo is no precision, and is refused as InfluxDB would.
func TestParametersOfLineProtocolThatAreNot(t *testing.T) {
	for path, form := range map[string]string{"/write": `{"error":"`,
		"/api/v2/write": `{"code":"invalid","message":"`} {
		for query, says := range map[string]string{
			"precison=s":       `precison\": did you mean precision? There are `,
			"db=x&Precision=s": `Precision\": did you mean precision? There are `,
			"epoch=ms":         `epoch\": leave it out, or write one of `, "x": `x\": leave it out, or write one of `} {
			r := apitest.New(t, httpapi.Config{})
			w := r.Do("POST", path+"?"+query, []byte("m value=1 1790000000"))
			want := form + `there is no parameter \"` + says
			text := w.Body.String()
			if w.Code != 400 || !strings.HasPrefix(text, want) || !strings.Contains(text, ", precision, ") ||
				r.Ingest.Readings() != 0 {
				t.Errorf("%s?%s: %d %s", path, query, w.Code, w.Body)
			}
		}
	}
}
