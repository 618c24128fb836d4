package auth

import (
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// limiter holds every tenant to its rate. The nil limiter admits everything.
type limiter struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	tenants map[telemetry.Tenant]*rate.Limiter // as many as have credentials
}

func newLimiter(perSecond float64, burst int) *limiter {
	if perSecond <= 0 {
		return nil
	}
	return &limiter{rate: rate.Limit(perSecond), burst: burst, tenants: map[telemetry.Tenant]*rate.Limiter{}}
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
