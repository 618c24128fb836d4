package problem_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

// TestEveryOperationNamesTheParameterThatWasMeant: without one of its letters, which is a name that nothing has.
func TestEveryOperationNamesTheParameterThatWasMeant(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(r.Do("GET", "/openapi.json", nil).Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for path, item := range document.Paths {
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x")
		for method, op := range item {
			for _, p := range op.Parameters {
				if p.In != "query" || len(p.Name) < 4 {
					continue
				}
				tried++
				typo := p.Name[:2] + p.Name[3:]
				w := r.Do(strings.ToUpper(method), path+"?"+typo+"=1", nil, "Content-Type", "text/csv")
				var text string
				var all map[string]any
				_ = json.Unmarshal(w.Body.Bytes(), &all)
				for _, member := range []string{"detail", "error", "message"} {
					if s, ok := all[member].(string); ok {
						text = s
					}
				}
				if w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity ||
					!strings.Contains(text, `there is no parameter "`+typo+`": did you mean `) ||
					!strings.Contains(text, "? There are ") || !strings.Contains(text, p.Name) {
					t.Errorf("%s %s?%s=1: %d %s", method, path, typo, w.Code, w.Body)
				}
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d parameters were tried", tried)
	}
}

// TestAMemberThatWasMeant is named, too.
func TestAMemberThatWasMeant(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	p := apitest.WantProblem(t, r.Do("PUT", "/v1/sources/roof", []byte(`{"lables":{}}`), "Content-Type",
		"application/json"), 422,
		"invalid")
	if !strings.Contains(p.Detail, `there is no member "lables": did you mean labels? There are `) {
		t.Errorf("%q", p.Detail)
	}
}
