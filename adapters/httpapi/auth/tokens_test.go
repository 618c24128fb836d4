package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/auth"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func TestTokens(t *testing.T) {
	tenant, err := auth.Tokens(strings.NewReader("# tokens\n\nalpha,acme\n beta , other \ngamma,acme\n"))
	if err != nil {
		t.Fatal(err)
	}
	for authorization, want := range map[string]telemetry.Tenant{"Bearer alpha": "acme", "bearer beta": "other",
		"Token gamma": "acme", "Token  alpha ": "acme", "": "", "Bearer": "", "Bearer ": "",
		"Bearer alphax": "", "Bearer ALPHA": "", "alpha": "", "Basic alpha": "", "Bearer # tokens": "",
		"Bearer acme": ""} {
		q, _ := http.NewRequest("GET", "/v1/readings", nil)
		q.Header.Set("Authorization", authorization)
		q.Header.Set("X-Tenant", "acme")
		got, err := tenant(q)
		if got != want || (want == "") != fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%q: %q, %v", authorization, got, err)
		}
	}
	for _, file := range []string{"", "# nothing\n", "alpha\n", ",acme\n", "alpha,\n", "a,b\na,c\n", "a,b\x01c\n"} {
		if _, err := auth.Tokens(strings.NewReader(file)); err == nil || strings.Contains(err.Error(), "alpha") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestTenantsComeFromCredentials(t *testing.T) {
	tenant, err := auth.Tokens(strings.NewReader("alpha,acme\nbeta,other\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Tenant = tenant })
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
