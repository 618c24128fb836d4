package httpapi

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// Fixed says that every request is of one tenant, without credentials: for a machine of one's own.
func Fixed(t telemetry.Tenant) func(*http.Request) (telemetry.Tenant, error) {
	return func(*http.Request) (telemetry.Tenant, error) { return t, nil }
}

// Credential is the token a request carries: Authorization Bearer or Token, and on POST /write, as InfluxDB 1 has it, the password of Basic or
// the parameter p. "" when there is none.
func Credential(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return strings.TrimSpace(rest)
	}
	if formOf(r.URL.Path) != formInflux1 {
		return ""
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return r.URL.Query().Get("p")
}

// Tokens reads a token file and tells tenants by it. A line is "token,tenant"; empty lines and those that begin with # do not count. Several
// tokens may name one tenant. The error names the line, and never the token. Only hashes are kept, and all of them are compared in constant time.
func Tokens(file io.Reader) (func(*http.Request) (telemetry.Tenant, error), error) {
	type entry struct {
		hash   [sha256.Size]byte
		tenant telemetry.Tenant
	}
	var entries []entry
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		token, tenant, ok := strings.Cut(line, ",")
		token, tenant = strings.TrimSpace(token), strings.TrimSpace(tenant)
		if !ok || token == "" {
			return nil, fmt.Errorf("line %d: write token,tenant", n)
		}
		if err := telemetry.CheckName("tenant", tenant); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		e := entry{sha256.Sum256([]byte(token)), telemetry.Tenant(tenant)}
		for _, other := range entries {
			if other.hash == e.hash {
				return nil, fmt.Errorf("line %d: the token is given twice", n)
			}
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("there is no token: write a line token,tenant")
	}
	return func(r *http.Request) (telemetry.Tenant, error) {
		given := Credential(r)
		hash := sha256.Sum256([]byte(given))
		found := -1
		for i := range entries {
			found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], entries[i].hash[:]), i, found)
		}
		switch {
		case given == "":
			return "", fault.New(fault.Unauthenticated, "httpapi.tenant", "a token is needed: send Authorization: Bearer and the token")
		case found < 0:
			return "", fault.New(fault.Unauthenticated, "httpapi.tenant", "the token is unknown")
		}
		return entries[found].tenant, nil
	}, nil
}

// limiter holds every tenant to its rate. The nil limiter admits everything.
type limiter struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	tenants map[telemetry.Tenant]*rate.Limiter // as many as have credentials
}

func newLimiter(cfg Config) *limiter {
	if cfg.TenantRate <= 0 {
		return nil
	}
	return &limiter{rate: rate.Limit(cfg.TenantRate), burst: cfg.TenantBurst, tenants: map[telemetry.Tenant]*rate.Limiter{}}
}

// admit takes a request of a tenant in, or says when to come again.
func (l *limiter) admit(t telemetry.Tenant, now time.Time) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	one := l.tenants[t]
	if one == nil {
		one = rate.NewLimiter(l.rate, l.burst)
		l.tenants[t] = one
	}
	l.mu.Unlock()
	if one.AllowN(now, 1) {
		return nil
	}
	wait := time.Duration(math.Ceil((1 - one.TokensAt(now)) / float64(l.rate) * float64(time.Second)))
	return &fault.Error{Kind: fault.Throttled, Op: "httpapi.rate", RetryAfter: wait,
		Message: fmt.Sprintf("more than %g requests a second: send fewer and larger ones", float64(l.rate))}
}
