package cachetest

import (
	"context"
	"time"

	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"

	"pgregory.net/rapid"
)

// machine is a cache and the plain map it has to be like while it has room.
type machine struct {
	ctx    context.Context
	f      Fixture
	clock  time.Duration // what the machine lets pass; a run takes far less than the hour that separates two moments
	values map[cache.Key]string
	until  map[cache.Key]time.Duration
}

// drawKey draws one of few keys, of which some look alike when they are joined or folded.
var drawKey = rapid.Custom(func(t *rapid.T) cache.Key {
	return cache.Key{
		Tenant: rapid.SampledFrom([]string{"a", "a:"}).Draw(t, "tenant"),
		Kind:   rapid.SampledFrom([]string{"", ":"}).Draw(t, "kind"),
		Name:   rapid.SampledFrom([]string{"a", "A"}).Draw(t, "name"),
	}
})

func model(t T, h Harness) {
	runs := 1000
	if h.Slow {
		runs = 5
	}
	proof.Check(t, runs, func(rt *rapid.T) {
		m := &machine{ctx: proof.Context(rt), f: h.New(rt), values: map[cache.Key]string{},
			until: map[cache.Key]time.Duration{}}
		actions := map[string]func(*rapid.T){"set": m.set, "delete": m.delete, "get": m.get}
		if !h.Slow {
			actions["pass"] = m.pass
		}
		rt.Repeat(actions)
	})
}

func (m *machine) set(t *rapid.T) {
	k := drawKey.Draw(t, "key")
	value := rapid.StringN(1, 8, -1).Draw(t, "value")
	ttl := time.Duration(rapid.IntRange(1, 5).Draw(t, "hours")) * time.Hour
	set(m.ctx, t, m.f.Cache, k, value, ttl)
	m.values[k], m.until[k] = value, m.clock+ttl
}

func (m *machine) delete(t *rapid.T) {
	keys := rapid.SliceOfN(drawKey, 1, 3).Draw(t, "keys")
	proof.OK(t, m.f.Cache.Delete(m.ctx, keys...), "delete")
	for _, k := range keys {
		delete(m.values, k)
	}
}

func (m *machine) get(t *rapid.T) {
	values := map[cache.Key]string{}
	for _, k := range rapid.SliceOfN(drawKey, 1, 5).Draw(t, "keys") {
		values[k] = ""
		if m.until[k] > m.clock {
			values[k] = m.values[k]
		}
	}
	want(m.ctx, t, m.f.Cache, values)
}

func (m *machine) pass(t *rapid.T) {
	d := time.Duration(rapid.IntRange(1, 3).Draw(t, "hours")) * time.Hour
	m.f.Pass(d)
	m.clock += d
}
