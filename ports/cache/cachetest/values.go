package cachetest

import (
	"bytes"
	"time"

	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

func absence(t T, f Fixture) {
	ctx := proof.Context(t)
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "", key("b"): "", {}: ""})
	got, err := f.Cache.Get(ctx)
	proof.OK(t, err, "get of no keys")
	if len(got) != 0 {
		t.Errorf("asked for nothing, got %q", got)
	}
	proof.OK(t, f.Cache.Delete(ctx), "delete of no keys")
	proof.OK(t, f.Cache.Delete(ctx, key("a"), key("b")), "delete of absent keys")
}

func roundTrip(t T, f Fixture) {
	ctx := proof.Context(t)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	values := map[cache.Key]string{
		key("every"): string(every),
		key("one"):   "\x00",
		key("text"):  "\r\n$5\r\nhello\r\n",
		key("large"): string(bytes.Repeat(every, 2048)), // 512 KiB
	}
	for k, v := range values {
		set(ctx, t, f.Cache, k, v, long)
	}
	want(ctx, t, f.Cache, values)
}

func order(t T, f Fixture) {
	ctx := proof.Context(t)
	set(ctx, t, f.Cache, key("a"), "A", long)
	set(ctx, t, f.Cache, key("b"), "B", long)
	keys := []cache.Key{key("b"), key("none"), key("a"), key("b"), key("a")}
	got, err := f.Cache.Get(ctx, keys...)
	proof.OK(t, err, "get")
	if len(got) != 5 || string(got[0]) != "B" || got[1] != nil || string(got[2]) != "A" || string(got[3]) != "B" ||
		string(got[4]) != "A" {
		t.Fatalf("got %q", got)
	}
	got[0][0], got[2][0] = 'X', 'Y' // the same key twice is two values
	if string(got[3]) != "B" || string(got[4]) != "A" {
		t.Errorf("values of one key share their bytes")
	}
}

func aliasing(t T, f Fixture) {
	ctx := proof.Context(t)
	given := []byte("given")
	proof.OK(t, f.Cache.Set(ctx, key("a"), given, long), "set")
	given[0] = 'X'
	got, err := f.Cache.Get(ctx, key("a"))
	proof.OK(t, err, "get")
	if string(got[0]) != "given" {
		t.Fatalf("got %q, set %q", got[0], "given")
	}
	got[0][0] = 'Y'
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "given"})
}

func replaced(t T, f Fixture) {
	ctx := proof.Context(t)
	set(ctx, t, f.Cache, key("a"), "first and longer", short)
	set(ctx, t, f.Cache, key("a"), "second", long)
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "second"})
	f.Pass(over) // the first one's time is over, the second one's not
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "second"})
	set(ctx, t, f.Cache, key("a"), "third", short)
	f.Pass(over)
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): ""})
}

func deletes(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, name := range []string{"a", "b", "c"} {
		set(ctx, t, f.Cache, key(name), name, long)
	}
	proof.OK(t, f.Cache.Delete(ctx, key("a"), key("none"), key("c"), key("c")), "delete")
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "", key("b"): "b", key("c"): ""})
	set(ctx, t, f.Cache, key("a"), "again", long)
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "again"})
}

func expires(t T, f Fixture) {
	ctx := proof.Context(t)
	for name, ttl := range map[string]time.Duration{"short": short, "tiny": time.Microsecond, "odd": short + 1,
		"long": long} {
		set(ctx, t, f.Cache, key(name), name, ttl)
	}
	f.Pass(over)
	want(ctx, t, f.Cache, map[cache.Key]string{key("short"): "", key("tiny"): "", key("odd"): "", key("long"): "long"})
}

// noTime gives what the contract does not allow: where a service takes "no time" for "no end", a caller's rounding
// would keep a value for ever.
func noTime(t T, f Fixture) {
	ctx := proof.Context(t)
	for name, ttl := range map[string]time.Duration{"zero": 0, "negative": -time.Second} {
		_ = f.Cache.Set(ctx, key(name), []byte(name), ttl) // an error, or nothing kept
		f.Pass(over)
		want(ctx, t, f.Cache, map[cache.Key]string{key(name): ""})
	}
	_ = f.Cache.Set(ctx, key("empty"), nil, long)
	want(ctx, t, f.Cache, map[cache.Key]string{key("empty"): ""})
}
