package auth

import (
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/telemetry"
)

// Fixed says that every request is of one tenant, without credentials: for a machine of one's own.
func Fixed(t telemetry.Tenant) func(*http.Request) (telemetry.Tenant, error) {
	return func(*http.Request) (telemetry.Tenant, error) { return t, nil }
}

// Credential is the token a request carries: Authorization Bearer or Token, and on POST /write, as InfluxDB 1 has it,
// the password of Basic or the parameter p. "" when there is none.
func Credential(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return strings.TrimSpace(rest)
	}
	if problem.FormOf(r.URL.Path) != problem.FormInflux1 {
		return ""
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return r.URL.Query().Get("p")
}
