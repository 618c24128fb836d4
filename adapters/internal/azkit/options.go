// Package azkit is what the Azure Storage adapters share: client options for a foreground that must not wait, the
// classification of errors into kinds, the truth about batch answers, the codec of keys and the builder of filters.
//
// Writes are tried once, always: a second try of the SDK's would hide that the first may have been applied. Reads may
// be tried again.
package azkit

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// DefaultTryTimeout bounds one try of a foreground call.
const DefaultTryTimeout = time.Second

// Options say how a client calls. The zero value is the foreground: one try of at most DefaultTryTimeout.
type Options struct {
	TryTimeout time.Duration // of one try; 0 is DefaultTryTimeout
	Retries    int           // of reads, after the first try; writes are never retried
	// Wrap puts something around the transport: fault injection, tracing. It has to keep calling the one it was
	// given.
	Wrap func(http.RoundTripper) http.RoundTripper
	// OnCall is told the operation of every HTTP request, before it is sent. It must be quick and safe for concurrent
	// use.
	OnCall func(op string)
}

// ClientOptions makes options for one client: never share them between clients, some SDKs append their signer to what
// they are given. The transport is the client's own.
func (o Options) ClientOptions() azcore.ClientOptions {
	if o.TryTimeout <= 0 {
		o.TryTimeout = DefaultTryTimeout
	}
	retries := o.Retries
	if retries <= 0 {
		retries = -1 // to azcore zero is "three"
	}
	return azcore.ClientOptions{
		Transport: &http.Client{Transport: o.transport(), CheckRedirect: refuseRedirect},
		PerRetryPolicies: []policy.Policy{
			countPolicy{o.OnCall},
		},
		Retry: policy.RetryOptions{
			MaxRetries:    int32(retries),
			TryTimeout:    o.TryTimeout,
			RetryDelay:    50 * time.Millisecond,
			MaxRetryDelay: 500 * time.Millisecond,
		},
	}
}

// WriteContext marks a call as a write: it is tried once, whatever the client's options are.
func (o Options) WriteContext(ctx context.Context, op string) context.Context {
	timeout := o.TryTimeout
	if timeout <= 0 {
		timeout = DefaultTryTimeout
	}
	return policy.WithRetryOptions(ReadContext(ctx, op), policy.RetryOptions{MaxRetries: -1, TryTimeout: timeout})
}

// ReadContext names the operation for OnCall.
func ReadContext(ctx context.Context, op string) context.Context {
	return context.WithValue(ctx, opKey{}, op)
}

type opKey struct{}

// transport is a pool of its own, so that a region that hangs takes no connections from another.
func (o Options) transport() http.RoundTripper {
	dialer := net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	var t http.RoundTripper = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     30 * time.Second, // below what Azurite and load balancers keep
		TLSHandshakeTimeout: 5 * time.Second,
		DisableCompression:  true,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
	}
	if o.Wrap != nil {
		t = o.Wrap(t)
	}
	return sentTransport{t}
}

// refuseRedirect hands a redirect to the caller as it is: storage sends none, and a write must not be sent twice.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// countPolicy tells every try.
type countPolicy struct{ onCall func(op string) }

func (p countPolicy) Do(req *policy.Request) (*http.Response, error) {
	if p.onCall != nil {
		op, _ := req.Raw().Context().Value(opKey{}).(string)
		p.onCall(op)
	}
	return req.Next()
}
