package docs_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestDocsAreSelfContained(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	w := r.Do("GET", "/docs", nil)
	apitest.WantStatus(t, w, 200)
	page := w.Body.String()
	if regexp.MustCompile(`(?i)<script|<link|<img|<iframe|src=|https?://|javascript:|@import| on[a-z]+=`).
		MatchString(page) {
		t.Error("the page brings something from elsewhere, or a script")
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	sum := sha256.Sum256([]byte(style[1]))
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") ||
		!strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) {
		t.Errorf("the policy %q does not allow the style and nothing else", policy)
	}
	for path, item := range apitest.Served(t, r).Paths {
		for _, op := range item {
			if !strings.Contains(page, path) || !strings.Contains(page, `id="`+op.OperationID+`"`) {
				t.Errorf("%s is not on the page", path)
			}
		}
	}
	for name := range apitest.Served(t, r).Components.Schemas {
		if !strings.Contains(page, `id="schema-`+name+`"`) {
			t.Errorf("schema %s is not on the page", name)
		}
	}
}
