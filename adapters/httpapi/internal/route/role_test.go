package route_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/identity"
	"tidemark/domain/work"
	"tidemark/ports/authn"
)

// needs are the operations with the role that their callers need; "" is none.
var needs = map[string]string{
	"GET /v1/readings": "Telemetry.Read", "GET /v1/aggregates": "Telemetry.Read", "GET /v1/latest": "Telemetry.Read",
	"GET /v1/series": "Telemetry.Read", "GET /v1/sources": "Telemetry.Read",
	"GET /v1/sources/{source}": "Telemetry.Read",
	"GET /v1/status":           "Telemetry.Read", "GET /v1/tasks": "Telemetry.Read",
	"GET /v1/tasks/{id}": "Telemetry.Read",
	"POST /v1/readings":  "Telemetry.Write", "DELETE /v1/readings": "Telemetry.Write",
	"PUT /v1/sources/{source}": "Telemetry.Write", "POST /write": "Telemetry.Write",
	"POST /api/v2/write":          "Telemetry.Write",
	"POST /v1/tasks/{id}/redrive": "Operations.Act",
	"GET /health/live":            "", "GET /health/ready": "", "GET /metrics": "", "GET /ping": "", "HEAD /ping": "",
	"GET /openapi.json": "", "GET /docs": "",
}

// TestEveryOperationNeedsItsRole asks each operation of the document with every role but the one it needs, and with
// that one alone.
func TestEveryOperationNeedsItsRole(t *testing.T) {
	callers := apitest.Callers{}
	for _, role := range identity.AllRoles().List() {
		others := slices.DeleteFunc(identity.AllRoles().List(), func(r identity.Role) bool { return r == role })
		callers[authn.Credential("only "+role.String())] = with(role)
		callers[authn.Credential("not "+role.String())] = with(others...)
	}
	callers["none"] = with()
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Callers = callers })
	r.Tasks.AllTasks = []work.Task{apitest.Task("t1")}
	tried := map[string]bool{}
	for path, item := range apitest.Served(t, r).Paths {
		for method, op := range item {
			name := strings.ToUpper(method) + " " + path
			role, listed := needs[name]
			tried[name] = true
			if !listed || (role == "") != (len(op.Security) == 0) {
				t.Errorf("%s needs the role %q, listed: %v; it is open: %v", name, role, listed, len(op.Security) == 0)
				continue
			}
			refused(t, r, name, role)
		}
	}
	for name := range needs {
		if !tried[name] {
			t.Errorf("%s is not in the document", name)
		}
	}
}

// TestRolesAreDocumented holds the table of docs/operations.md against what operations need.
func TestRolesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range identity.AllRoles().List() {
		var of []string
		for name, needed := range needs {
			if needed == role.String() {
				of = append(of, name)
			}
		}
		slices.Sort(of)
		row := "| `" + role.String() + "` | " + role.Allows() + " | `" + strings.Join(of, "`, `") + "` |\n"
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/operations.md lacks %s", row)
		}
	}
}

func with(roles ...identity.Role) identity.Principal {
	return identity.Principal{Tenant: "acme", Roles: identity.RolesOf(roles...)}
}

// refused tries one operation.
func refused(t *testing.T, r *apitest.Rig, name, role string) {
	t.Helper()
	method, path, _ := strings.Cut(name, " ")
	path = strings.NewReplacer("{source}", "roof", "{id}", "t1").Replace(path)
	ask := func(token string) (int, string) {
		w := r.Do(method, path, []byte("{}"), "Authorization", "Token "+token, "Content-Type", "application/json")
		return w.Code, w.Body.String()
	}
	if role == "" {
		if code, body := ask("none"); code >= 400 {
			t.Errorf("%s is for everybody: %d %s", name, code, body)
		}
		return
	}
	for _, token := range []string{"none", "not " + role} {
		r.Query.Asked, r.Ingest.Writes, r.Status.Asked = nil, nil, ""
		code, body := ask(token)
		if code != 403 || !strings.Contains(body, "the role "+role+" is missing, which allows to ") {
			t.Errorf("%s with %q: %d %s", name, token, code, body)
		}
		if r.Query.Asked != nil || len(r.Ingest.Writes) > 0 || r.Status.Asked != "" {
			t.Errorf("%s with %q: a use case was asked", name, token)
		}
	}
	if code, body := ask("only " + role); code == 401 || code == 403 {
		t.Errorf("%s with its role: %d %s", name, code, body)
	}
}

// TestWhatALackingRoleIsTold is a problem like all others, and an error as InfluxDB's clients know it.
func TestWhatALackingRoleIsTold(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Callers = apitest.Anybody(with(identity.TelemetryRead))
	})
	const says = "the role Telemetry.Write is missing, which allows to write and delete readings and to replace " +
		"labels: use credentials that have it"
	p := apitest.WantProblem(t, r.Do("POST", "/v1/readings", []byte("{}"), "Content-Type", "application/json"), 403,
		"forbidden")
	if p.Detail != says || p.Title != "Not allowed" || p.Instance == "" {
		t.Errorf("%+v", p)
	}
	for path, want := range map[string]string{"/write": `{"error":"` + says + `"}`,
		"/api/v2/write": `{"code":"forbidden","message":"` + says + `"}`} {
		w := r.Do("POST", path, []byte("cpu value=1 0"))
		if w.Code != 403 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
