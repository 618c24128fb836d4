package cachetest

import (
	"fmt"
	"strings"

	"tidemark/domain/fault"
	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

func concurrency(t T, f Fixture) {
	ctx := proof.Context(t)
	const actors, rounds = 16, 50
	proof.Each(t, actors, func(i int) error {
		mine, all := key(fmt.Sprint(i)), key("all")
		for n := range rounds {
			value := fmt.Sprintf("%d/%d", i, n)
			if err := f.Cache.Set(ctx, mine, []byte(value), long); err != nil {
				return err
			}
			if err := f.Cache.Set(ctx, all, []byte(value), long); err != nil {
				return err
			}
			got, err := f.Cache.Get(ctx, mine, all)
			if err != nil {
				return err
			}
			if string(got[0]) != value || !strings.Contains(string(got[1]), "/") {
				return fmt.Errorf("set %q, got %q", value, got)
			}
			if err := f.Cache.Delete(ctx, mine); err != nil {
				return err
			}
		}
		return nil
	})
}

func canceled(t T, f Fixture) {
	ctx := proof.Context(t)
	ended := proof.Ended()
	set(ctx, t, f.Cache, key("a"), "1", long)
	_, err := f.Cache.Get(ended, key("a"))
	proof.Kind(t, err, "get", fault.Canceled)
	proof.Kind(t, f.Cache.Set(ended, key("a"), []byte("2"), long), "set", fault.Canceled)
	proof.Kind(t, f.Cache.Delete(ended, key("b")), "delete", fault.Canceled)
	got, err := f.Cache.Get(ctx, key("a"))
	proof.OK(t, err, "get")
	if v := string(got[0]); v != "1" && v != "2" {
		t.Errorf("got %q", v)
	}
}

func secondHandle(t T, f Fixture) {
	ctx := proof.Context(t)
	set(ctx, t, f.Cache, key("a"), "1", long)
	want(ctx, t, f.Second, map[cache.Key]string{key("a"): "1"})
	proof.OK(t, f.Second.Delete(ctx, key("a")), "delete by the second handle")
	want(ctx, t, f.Cache, map[cache.Key]string{key("a"): ""})
}

// trouble expects an error of every call, in time, and a cache that works again afterwards. A call in trouble may or
// may not have happened, and a breaker may keep the cache out of use for a while.
func trouble(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, in := range []Trouble{Down, Hanging} {
		set(ctx, t, f.Cache, key("a"), "before", long)
		f.Set(in)
		for name, call := range map[string]func() error{
			"get":    func() error { _, err := f.Cache.Get(ctx, key("a"), key("b")); return err },
			"set":    func() error { return f.Cache.Set(ctx, key("a"), []byte("during"), long) },
			"delete": func() error { return f.Cache.Delete(ctx, key("b")) },
		} {
			err := f.inTime(t, name, in, call)
			proof.Kind(t, err, fmt.Sprintf("%s of a cache that is %v", name, in), fault.Unavailable)
		}
		f.Set(Well)
		f.recovers(t)
	}
}

// inTime makes a call, and holds it to the fixture's bound.
func (f Fixture) inTime(t T, name string, in Trouble, call func() error) error {
	t.Helper()
	if f.Timeout == 0 {
		return call()
	}
	began := f.Now()
	err := call()
	if took := f.Now().Sub(began); took > f.Timeout {
		t.Errorf("%s of a cache that is %v took %v, at most %v", name, in, took, f.Timeout)
	}
	return err
}

// recovers waits until the cache is in use again.
func (f Fixture) recovers(t T) {
	t.Helper()
	ctx := proof.Context(t)
	var err error
	for range 100 {
		if err = f.Cache.Set(ctx, key("a"), []byte("after"), long); err == nil {
			want(ctx, t, f.Cache, map[cache.Key]string{key("a"): "after"})
			return
		}
		f.Pass(over)
	}
	t.Fatalf("the cache does not come back: %v", err)
}

func bounded(t T, f Fixture) {
	ctx := proof.Context(t)
	value := strings.Repeat("v", f.Room/16)
	for i := range 40 {
		set(ctx, t, f.Cache, key(fmt.Sprint(i)), value, long)
		if used := f.Used(); used > f.Room {
			t.Fatalf("%d bytes are kept, there is room for %d", used, f.Room)
		}
	}
	want(ctx, t, f.Cache, map[cache.Key]string{key("39"): value}) // the newest fits
	kept := f.Used()
	_ = f.Cache.Set(ctx, key("huge"), []byte(strings.Repeat("v", f.Room+1)), long)
	if used := f.Used(); used > f.Room || kept == 0 {
		t.Errorf("%d bytes are kept, there is room for %d", used, f.Room)
	}
}
