package memory_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/ports/cache"
	"tidemark/ports/cache/cachetest"
)

func TestCacheProof(t *testing.T) {
	cachetest.Run(t, cachetest.Harness{Troubles: true, Second: true, Bounded: true,
		New: func(cachetest.T) cachetest.Fixture {
			const room = 8 << 20
			c := memory.NewCache(goruntime.New(), room)
			var skew time.Duration
			return cachetest.Fixture{
				Cache: c, Second: c, Room: room, Used: c.Bytes,
				Pass: func(d time.Duration) { skew += d; c.SetSkew(skew) },
				Set: func(in cachetest.Trouble) {
					c.SetDown(in == cachetest.Down)
					c.SetHanging(in == cachetest.Hanging)
				},
				Timeout: memory.CacheTimeout + 500*time.Millisecond, Now: time.Now,
			}
		}})
}

func TestCacheForgetsTheLeastRecentlyUsedFirst(t *testing.T) {
	ctx := t.Context()
	c := memory.NewCache(goruntime.New(), 40)
	key := func(name string) cache.Key { return cache.Key{Name: name} }
	for _, name := range []string{"a", "b", "c"} {
		if err := c.Set(ctx, key(name), make([]byte, 10), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get(ctx, key("a")); err != nil { // "b" is now the one not used for longest
		t.Fatal(err)
	}
	if err := c.Set(ctx, key("d"), make([]byte, 10), time.Hour); err != nil {
		t.Fatal(err)
	}
	got, err := c.Get(ctx, key("a"), key("b"), key("c"), key("d"))
	if err != nil {
		t.Fatal(err)
	}
	for i, kept := range []bool{true, false, true, true} {
		if (got[i] != nil) != kept {
			t.Errorf("value %d kept: %v, want %v", i, got[i] != nil, kept)
		}
	}
	if used := c.Bytes(); used != 33 {
		t.Errorf("keeps %d bytes, want 33", used)
	}
	c.Flush()
	if used := c.Bytes(); used != 0 {
		t.Errorf("keeps %d bytes after a flush", used)
	}
}

func TestCacheKeepsOldValuesThroughTrouble(t *testing.T) {
	ctx := t.Context()
	c := memory.NewCache(goruntime.New(), 100)
	k := cache.Key{Name: "a"}
	c.Plant(k, []byte("old"), time.Hour)
	c.SetDown(true)
	if err := c.Set(ctx, k, []byte("new"), time.Hour); !fault.Is(err, fault.Unavailable) {
		t.Errorf("set of a cache that is down: %v", err)
	}
	c.SetDown(false)
	c.SetFault(func(string) memory.Fault { return memory.FaultLost })
	if err := c.Set(ctx, k, []byte("new"), time.Hour); !fault.Is(err, fault.Unavailable) {
		t.Errorf("set under a fault: %v", err)
	}
	c.SetFault(nil)
	if got, err := c.Get(ctx, k); err != nil || string(got[0]) != "old" {
		t.Errorf("got %q, %v", got, err)
	}
	c.SetFault(func(string) memory.Fault { return memory.FaultApplied })
	if err := c.Set(ctx, k, []byte("new"), time.Hour); !fault.Is(err, fault.Unavailable) {
		t.Errorf("set under a fault: %v", err)
	}
	c.SetFault(nil)
	if got, err := c.Get(ctx, k); err != nil || string(got[0]) != "new" {
		t.Errorf("got %q, %v", got, err)
	}
}
