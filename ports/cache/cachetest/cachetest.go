// Package cachetest is the proof of ports/cache: every sentence of the contract as a case that an adapter passes or
// fails.
//
// A cache may forget anything; the proof asks a fresh one with room enough to keep the little that a case gives it,
// because a cache that keeps nothing would be right and useless.
package cachetest

import (
	"context"
	"testing"
	"time"

	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Trouble is what a fixture can put its cache into.
type Trouble uint8

// The troubles.
const (
	Well    Trouble = iota // the cache answers
	Down                   // it refuses connections
	Hanging                // it takes requests and does not answer
)

// String is the trouble's name.
func (t Trouble) String() string { return [...]string{"well", "down", "hanging"}[t] }

// Harness says how to make a cache and what it can do.
type Harness struct {
	// New makes an empty cache of its own with room for at least 8 MiB. Cleanup is T's.
	New func(t T) Fixture
	// Troubles says that the fixture has Set, Second that it has a second handle, Bounded that it has Used.
	Troubles, Second, Bounded bool
	// Slow is for a cache behind a network: fewer random runs.
	Slow bool
}

// Fixture is one cache.
type Fixture struct {
	Cache cache.Cache
	// Second is another handle on the same storage, as another process has it.
	Second cache.Cache
	// Pass lets time pass for the cache, by sleeping or by moving its clock.
	Pass func(time.Duration)
	// Set puts the cache into trouble, or out of it. It returns when that is so for the next call.
	Set func(Trouble)
	// Timeout bounds a call in trouble, by Now, with slack for a busy machine; zero leaves that unchecked, and Now
	// unused.
	Timeout time.Duration
	Now     func() time.Time
	// Used is how many bytes are kept, Room the most there may be.
	Used func() int
	Room int
}

// Run tries the whole contract.
func Run(t *testing.T, h Harness) {
	proof.Run(t, cases(h), h.traits(), h.New)
}

func (h Harness) traits() proof.Trait {
	var has proof.Trait
	for trait, declared := range map[proof.Trait]bool{proof.Faults: h.Troubles, proof.Second: h.Second,
		proof.Bounds: h.Bounded} {
		if declared {
			has |= trait
		}
	}
	return has
}

func cases(h Harness) []proof.Case[Fixture] {
	return []proof.Case[Fixture]{
		{Name: "absence", Run: absence},
		{Name: "a value comes back as it was set", Run: roundTrip},
		{Name: "values come in the order of the keys", Run: order},
		{Name: "values are nobody's but the receiver's", Run: aliasing},
		{Name: "a value set again", Run: replaced},
		{Name: "delete", Run: deletes},
		{Name: "a value lives for its time at most", Run: expires},
		{Name: "no time is never for ever", Run: noTime},
		{Name: "keys never meet", Run: keysNeverMeet},
		{Name: "tenants never meet", Run: tenantsNeverMeet},
		{Name: "many at once", Run: concurrency},
		{Name: "a context that ended", Run: canceled},
		{Name: "a second handle", Needs: proof.Second, Run: secondHandle},
		{Name: "trouble is an error, soon, and passes", Needs: proof.Faults, Run: trouble},
		{Name: "a bounded number of bytes", Needs: proof.Bounds, Run: bounded},
		{Name: "model", Run: func(t T, _ Fixture) { model(t, h) }},
	}
}

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
