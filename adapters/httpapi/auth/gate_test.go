package auth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/auth"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
	"tidemark/ports/authn"
)

func TestWhatARequestShows(t *testing.T) {
	for authorization, want := range map[string]authn.Credential{"Bearer alpha": "alpha", "bearer beta": "beta",
		"Token gamma": "gamma", "Token  alpha ": "alpha", "": "", "Bearer": "", "Bearer ": "", "Bearer ALPHA": "ALPHA",
		"alpha": "", "Basic alpha": "", "Bearer # tokens": "# tokens"} {
		q, _ := http.NewRequest("GET", "/v1/readings", nil)
		q.Header.Set("Authorization", authorization)
		if got := auth.Credential(q); got != want {
			t.Errorf("%q shows %q", authorization, string(got))
		}
	}
}

func TestTenantsComeFromCredentials(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Callers = apitest.Callers{"alpha": apitest.Of("acme"), "beta": apitest.Of("other")}
	})
	for token, want := range map[string]telemetry.Tenant{"alpha": "acme", "beta": "other"} {
		apitest.WantStatus(t, r.Do("GET", "/v1/latest", nil, "Authorization", "Bearer "+token, "Tidemark-Tenant",
			"evil"), 200)
		if r.Query.Asked[0] != want {
			t.Errorf("asked for %v", r.Query.Asked[0])
		}
	}
	r.Query.Asked = nil
	for path, item := range apitest.Served(t, r).Paths {
		path = strings.NewReplacer("{source}", "roof", "{id}", "t1").Replace(path)
		for method, op := range item {
			if w := r.Do(strings.ToUpper(method), path, nil); (len(op.Security) > 0) != (w.Code == 401) {
				t.Errorf("%s %s without a token: %d", method, path, w.Code)
			}
		}
	}
	if r.Query.Asked != nil || len(r.Ingest.Writes) > 0 {
		t.Error("a use case was asked without a tenant")
	}
}

// careless is an authenticator that lets somebody in who is of no tenant.
type careless struct{}

func (careless) Authenticate(context.Context, authn.Credential) (identity.Principal, error) {
	return identity.Principal{Subject: "me", Roles: identity.AllRoles()}, nil
}

func TestWhoIsOfNoTenantIsNobody(t *testing.T) {
	r := apitest.New(t, httpapi.Config{TenantRate: 1}, func(d *httpapi.Deps) { d.Callers = careless{} })
	for range 3 { // not held to a rate, either
		apitest.WantProblem(t, r.Do("GET", "/v1/latest", nil), 401, "unauthenticated")
	}
	if r.Query.Asked != nil {
		t.Error("a use case was asked without a tenant")
	}
}

// TestTheLogNamesWhoCalled, by tenant and subject.
func TestTheLogNamesWhoCalled(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.Err = context.DeadlineExceeded
	apitest.WantStatus(t, r.Do("GET", "/v1/latest", nil), 503)
	if !strings.Contains(r.Log.String(), "tenant=acme subject=me ") {
		t.Errorf("the log says %s", r.Log.String())
	}
}
