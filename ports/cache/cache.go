// Package cache is the contract of a cache of derived bytes. It may forget anything at any time and may give back old
// bytes: the value itself must say whether it is still good. The service works without it. The proof is cachetest.
package cache

import (
	"context"
	"time"
)

// Key names a value: a tenant, the kind of value, and its name. No two keys meet, whatever characters they hold.
type Key struct {
	Tenant string
	Kind   string
	Name   string
}

// Cache keeps bytes for a while. It is safe for concurrent use. Every call is bounded by the adapter's own short
// time-out; an error (fault.Unavailable, fault.Canceled) is a miss for the caller, who goes on without.
type Cache interface {
	// Get gives the values in the order of the keys, nil for those it does not have. Values belong to the receiver.
	Get(ctx context.Context, keys ...Key) ([][]byte, error)
	// Set stores a non-empty value for at most ttl (> 0). It does not keep value.
	Set(ctx context.Context, k Key, value []byte, ttl time.Duration) error
	// Delete forgets keys; those it does not have are no error.
	Delete(ctx context.Context, keys ...Key) error
}
