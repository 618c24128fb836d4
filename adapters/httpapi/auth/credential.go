package auth

import (
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/ports/authn"
)

// Credential is the token a request carries: Authorization Bearer or Token, and on POST /write, as InfluxDB 1 has it,
// the password of Basic or the parameter p. "" when there is none.
func Credential(r *http.Request) authn.Credential {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return authn.Credential(strings.TrimSpace(rest))
	}
	if problem.FormOf(r.URL.Path) != problem.FormInflux1 {
		return ""
	}
	if _, password, ok := r.BasicAuth(); ok {
		return authn.Credential(password)
	}
	return authn.Credential(r.URL.Query().Get("p"))
}
