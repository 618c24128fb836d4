package cachetest

import (
	"context"
	"time"

	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

// Lifetimes of the cases: long is not meant to end during a case, short is meant to; after over it has.
const (
	long  = time.Hour
	short = 200 * time.Millisecond
	over  = 300 * time.Millisecond
)

func key(name string) cache.Key { return cache.Key{Tenant: "t1", Kind: "chunk", Name: name} }

// set stores a value.
func set(ctx context.Context, t T, c cache.Cache, k cache.Key, value string, ttl time.Duration) {
	t.Helper()
	proof.OK(t, c.Set(ctx, k, []byte(value), ttl), "set %+v", k)
}

// want fails the case unless the keys have these values; "" is none.
func want(ctx context.Context, t T, c cache.Cache, values map[cache.Key]string) {
	t.Helper()
	keys := make([]cache.Key, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	got, err := c.Get(ctx, keys...)
	proof.OK(t, err, "get")
	if len(got) != len(keys) {
		t.Fatalf("asked for %d keys, got %d values", len(keys), len(got))
	}
	for i, k := range keys {
		if string(got[i]) != values[k] || (got[i] == nil) != (values[k] == "") {
			t.Errorf("key %+v has %q, want %q", k, got[i], values[k])
		}
	}
}
