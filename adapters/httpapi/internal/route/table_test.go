package route_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestPathsAndMethodsThatAreNot(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for _, method := range []string{"GET", "HEAD"} {
		if w := r.Do(method, "/", nil); w.Code != 302 || w.Header().Get("Location") != "/docs" || w.Body.Len() > 0 {
			t.Errorf("%s /: %d to %q %s", method, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	for _, path := range []string{"/v1//latest", "//v1/latest", "/v1/./latest", "/v1/x/../latest", "/v1/latest/..",
		"/v1/latest//"} {
		for _, method := range []string{"GET", "POST"} {
			if p := apitest.WantProblem(t, r.Do(method, "http://host"+path, nil), 404,
				"not-found"); !strings.Contains(p.Detail,
				"without //") {
				t.Errorf("%s %s: %s", method, path, p.Detail)
			}
		}
	}
	for _, path := range []string{"/v1", "/v1/nothing", "/v1/readings/x", "/v2/readings", "/debug/pprof/",
		"/v1/sources/", "/%2e%2e/etc/passwd"} {
		apitest.WantProblem(t, r.Do("GET", path, nil), 404, "not-found")
	}
	for target, allow := range map[string]string{"PATCH /v1/readings": "GET, HEAD, POST, DELETE",
		"DELETE /v1/sources/roof": "GET, HEAD, PUT", "GET /v1/tasks/t/redrive": "POST",
		"OPTIONS /v1/latest": "GET, HEAD", "POST /health/ready": "GET, HEAD", "POST /": "GET, HEAD",
		"TRACE /docs": "GET, HEAD"} {
		method, path, _ := strings.Cut(target, " ")
		w := r.Do(method, path, nil)
		p := apitest.WantProblem(t, w, 405, "method-not-allowed")
		if w.Header().Get("Allow") != allow || !strings.Contains(p.Detail, allow) {
			t.Errorf("%s: Allow %q, %s", target, w.Header().Get("Allow"), p.Detail)
		}
	}
	for target, want := range map[string]string{"GET /write": `{"error":"here it is POST"}`,
		"GET /api/v2/write": `{"code":"method not allowed","message":"here it is POST"}`} {
		method, path, _ := strings.Cut(target, " ")
		if w := r.Do(method, path, nil); w.Code != 405 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}
