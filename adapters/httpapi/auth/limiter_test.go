package auth_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestTenantsAreHeldToTheirRate(t *testing.T) {
	r := apitest.New(t, httpapi.Config{TenantRate: 2, TenantBurst: 3}, func(d *httpapi.Deps) {
		d.Callers = apitest.Callers{"acme": apitest.Of("acme"), "other": apitest.Of("other")}
	})
	who := "acme"
	latest := func() *httptest.ResponseRecorder {
		t.Helper()
		return r.Do("GET", "/v1/latest", nil, "Authorization", "Bearer "+who)
	}
	for range 3 {
		apitest.WantStatus(t, latest(), 200)
	}
	w := latest()
	apitest.WantProblem(t, w, 429, "throttled")
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	apitest.WantStatus(t, r.Do("GET", "/health/ready", nil), 200)
	who = "other"
	apitest.WantStatus(t, latest(), 200)
	who = "acme"
	r.Now = r.Now.Add(500 * time.Millisecond)
	apitest.WantStatus(t, latest(), 200)
	apitest.WantProblem(t, latest(), 429, "throttled")
}
