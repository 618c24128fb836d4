package auth_test

import (
	"net/http"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/telemetry"
)

func TestTenantsAreHeldToTheirRate(t *testing.T) {
	who := telemetry.Tenant("acme")
	r := apitest.New(t, httpapi.Config{TenantRate: 2, TenantBurst: 3}, func(d *httpapi.Deps) {
		d.Tenant = func(*http.Request) (telemetry.Tenant, error) { return who, nil }
	})
	for range 3 {
		apitest.WantStatus(t, r.Do("GET", "/v1/latest", nil), 200)
	}
	w := r.Do("GET", "/v1/latest", nil)
	apitest.WantProblem(t, w, 429, "throttled")
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	apitest.WantStatus(t, r.Do("GET", "/health/ready", nil), 200)
	who = "other"
	apitest.WantStatus(t, r.Do("GET", "/v1/latest", nil), 200)
	who = "acme"
	r.Now = r.Now.Add(500 * time.Millisecond)
	apitest.WantStatus(t, r.Do("GET", "/v1/latest", nil), 200)
	apitest.WantProblem(t, r.Do("GET", "/v1/latest", nil), 429, "throttled")
}
