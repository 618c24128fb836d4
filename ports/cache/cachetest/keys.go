package cachetest

import (
	"fmt"

	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

func keysNeverMeet(t T, f Fixture) {
	var keys []cache.Key
	for _, name := range proof.Names() {
		keys = append(keys, key(name), cache.Key{Tenant: name, Kind: "chunk", Name: "n"},
			cache.Key{Tenant: "t1", Kind: name, Name: "n"})
	}
	// The same text, cut in other places, and empty parts.
	for _, sep := range []string{":", "|", ",", "/", "\x00", "1:", ""} {
		keys = append(keys, cache.Key{Tenant: "x" + sep + "y", Kind: "z", Name: "w"},
			cache.Key{Tenant: "x", Kind: "y" + sep + "z", Name: "w"},
			cache.Key{Tenant: "x", Kind: "y", Name: "z" + sep + "w"},
			cache.Key{Tenant: "x" + sep, Kind: sep + "y", Name: "z"},
			cache.Key{Tenant: "x", Kind: sep + sep + "y", Name: "z"})
	}
	keys = append(keys, cache.Key{}, cache.Key{Tenant: "x"}, cache.Key{Kind: "x"}, cache.Key{Name: "x"})
	neverMeet(t, f, keys)
}

func tenantsNeverMeet(t T, f Fixture) {
	ctx := proof.Context(t)
	of := func(tenant string) cache.Key { return cache.Key{Tenant: tenant, Kind: "latest", Name: "source metric"} }
	set(ctx, t, f.Cache, of("t1"), "secret", long)
	want(ctx, t, f.Cache, map[cache.Key]string{of("t1"): "secret", of("t10"): "", of("t"): "", of("T1"): "", of(""): "",
		of("t1 "): ""})
	proof.OK(t, f.Cache.Delete(ctx, of("t10"), of("t")), "delete")
	want(ctx, t, f.Cache, map[cache.Key]string{of("t1"): "secret"})
}

// neverMeet sets another value under each key, and deletes every other one.
func neverMeet(t T, f Fixture, keys []cache.Key) {
	ctx := proof.Context(t)
	values := map[cache.Key]string{}
	for i, k := range keys {
		if _, twice := values[k]; !twice {
			values[k] = fmt.Sprintf("value %d", i)
			set(ctx, t, f.Cache, k, values[k], long)
		}
	}
	want(ctx, t, f.Cache, values)
	for k := range values {
		if len(values[k])%2 == 0 {
			proof.OK(t, f.Cache.Delete(ctx, k), "delete")
			values[k] = ""
		}
	}
	want(ctx, t, f.Cache, values)
}
