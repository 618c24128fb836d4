package cachetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

// broken is a cache with one bug. Nil hooks leave the memory twin as it is.
type broken struct {
	*memory.Cache
	mu     sync.Mutex
	get    func(ctx context.Context, keys []cache.Key) ([][]byte, error)
	set    func(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error
	delete func(ctx context.Context, keys []cache.Key) error
	used   func() int
}

func (b *broken) Get(ctx context.Context, keys ...cache.Key) ([][]byte, error) {
	if b.get != nil {
		return b.get(ctx, keys)
	}
	return b.Cache.Get(ctx, keys...)
}

func (b *broken) Set(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
	if b.set != nil {
		return b.set(ctx, k, value, ttl)
	}
	return b.Cache.Set(ctx, k, value, ttl)
}

func (b *broken) Delete(ctx context.Context, keys ...cache.Key) error {
	if b.delete != nil {
		return b.delete(ctx, keys)
	}
	return b.Cache.Delete(ctx, keys...)
}

// rekey lets keys meet that must not.
func (b *broken) rekey(fold func(cache.Key) cache.Key) {
	all := func(keys []cache.Key) []cache.Key {
		out := make([]cache.Key, len(keys))
		for i, k := range keys {
			out[i] = fold(k)
		}
		return out
	}
	b.get = func(ctx context.Context, keys []cache.Key) ([][]byte, error) { return b.Cache.Get(ctx, all(keys)...) }
	b.set = func(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
		return b.Cache.Set(ctx, fold(k), value, ttl)
	}
	b.delete = func(ctx context.Context, keys []cache.Key) error { return b.Cache.Delete(ctx, all(keys)...) }
}

// bugs is every broken twin and the cases that have to notice it, among others perhaps.
var bugs = map[string]struct {
	plant  func(b *broken)
	caught []string
}{
	"nothing expires": {func(b *broken) {
		b.set = func(ctx context.Context, k cache.Key, value []byte, _ time.Duration) error {
			return b.Cache.Set(ctx, k, value, 1000*time.Hour)
		}
	}, []string{"a value lives for its time at most", "a value set again", "no time is never for ever", "model"}},
	"a value set again keeps its first end": {func(b *broken) {
		first := map[cache.Key]time.Duration{}
		b.set = func(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
			b.mu.Lock()
			if first[k] == 0 {
				first[k] = ttl
			}
			ttl = first[k]
			b.mu.Unlock()
			return b.Cache.Set(ctx, k, value, ttl)
		}
	}, []string{"a value set again", "model"}},
	"no time is for ever": {func(b *broken) {
		b.set = func(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
			if ttl <= 0 {
				ttl = 1000 * time.Hour
			}
			return b.Cache.Set(ctx, k, value, ttl)
		}
	}, []string{"no time is never for ever"}},
	"tenants are mixed": {func(b *broken) {
		b.rekey(func(k cache.Key) cache.Key { k.Tenant = ""; return k })
	}, []string{"tenants never meet", "keys never meet", "model"}},
	"parts are joined by a colon": {func(b *broken) {
		b.rekey(func(k cache.Key) cache.Key { return cache.Key{Name: k.Tenant + ":" + k.Kind + ":" + k.Name} })
	}, []string{"keys never meet", "model"}},
	"keys ignore case": {func(b *broken) {
		b.rekey(func(k cache.Key) cache.Key { k.Name = strings.ToLower(k.Name); return k })
	}, []string{"keys never meet", "model"}},
	"keys are cut": {func(b *broken) {
		b.rekey(func(k cache.Key) cache.Key { k.Name = k.Name[:min(512, len(k.Name))]; return k })
	}, []string{"keys never meet"}},
	"missing keys are left out": {func(b *broken) {
		b.get = func(ctx context.Context, keys []cache.Key) ([][]byte, error) {
			values, err := b.Cache.Get(ctx, keys...)
			return slices.DeleteFunc(values, func(v []byte) bool { return v == nil }), err
		}
	}, []string{"absence", "values come in the order of the keys", "model"}},
	"a key asked for twice is answered once": {func(b *broken) {
		b.get = func(ctx context.Context, keys []cache.Key) ([][]byte, error) {
			values, err := b.Cache.Get(ctx, keys...)
			seen := map[cache.Key][]byte{}
			for i, k := range keys {
				if values != nil && seen[k] != nil {
					values[i] = seen[k]
				} else if values != nil {
					seen[k] = values[i]
				}
			}
			return values, err
		}
	}, []string{"values come in the order of the keys"}},
	"the stored value is the reader's": {func(b *broken) {
		kept := map[cache.Key][]byte{}
		b.set = func(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
			b.mu.Lock()
			kept[k] = value
			b.mu.Unlock()
			return b.Cache.Set(ctx, k, value, ttl)
		}
		b.get = func(ctx context.Context, keys []cache.Key) ([][]byte, error) {
			values, err := b.Cache.Get(ctx, keys...)
			b.mu.Lock()
			defer b.mu.Unlock()
			for i := range values {
				if values[i] != nil {
					values[i] = kept[keys[i]]
				}
			}
			return values, err
		}
	}, []string{"values are nobody's but the receiver's"}},
	"only the first key is deleted": {func(b *broken) {
		b.delete = func(ctx context.Context, keys []cache.Key) error {
			return b.Cache.Delete(ctx, keys[:min(1, len(keys))]...)
		}
	}, []string{"delete", "model"}},
	"a cache that is down is empty": {func(b *broken) {
		b.get = func(ctx context.Context, keys []cache.Key) ([][]byte, error) {
			values, err := b.Cache.Get(ctx, keys...)
			if err != nil {
				return make([][]byte, len(keys)), nil
			}
			return values, nil
		}
	}, []string{"trouble is an error, soon, and passes", "a context that ended"}},
	"a cache that hangs takes its time": {func(b *broken) {
		b.get = func(ctx context.Context, keys []cache.Key) ([][]byte, error) {
			values, err := b.Cache.Get(ctx, keys...)
			if err != nil {
				time.Sleep(300 * time.Millisecond)
			}
			return values, err
		}
	}, []string{"trouble is an error, soon, and passes"}},
	"room is not counted": {func(b *broken) {
		sum := 0
		b.used = func() int { return sum }
		b.set = func(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
			b.mu.Lock()
			sum += len(value)
			b.mu.Unlock()
			return b.Cache.Set(ctx, k, value, ttl)
		}
	}, []string{"a bounded number of bytes"}},
}

func twin(plant func(*broken)) func(T) Fixture {
	return func(T) Fixture {
		const room = 8 << 20
		b := &broken{Cache: memory.NewCache(goruntime.New(), room)}
		b.used = b.Bytes
		plant(b)
		var skew time.Duration
		return Fixture{
			Cache: b, Second: b, Room: room, Used: b.used, Timeout: memory.CacheTimeout + 200*time.Millisecond,
			Now:  time.Now,
			Pass: func(d time.Duration) { skew += d; b.SetSkew(skew) },
			Set:  func(in Trouble) { b.SetDown(in == Down); b.SetHanging(in == Hanging) },
		}
	}
}

func harness(plant func(*broken)) Harness {
	return Harness{Troubles: true, Second: true, Bounded: true, New: twin(plant)}
}

func TestTheProofCatchesBrokenTwins(t *testing.T) {
	proof.Quiet(t)
	for _, name := range slices.Sorted(maps.Keys(bugs)) {
		t.Run(name, func(t *testing.T) {
			h := harness(bugs[name].plant)
			for _, by := range bugs[name].caught {
				if !proof.Caught(t, cases(h), by, h.traits(), h.New) {
					t.Errorf("not noticed by %q", by)
				}
			}
		})
	}
}

func TestTheProofIsQuietOnASoundTwin(t *testing.T) {
	h := harness(func(*broken) {})
	if alarms := proof.Alarms(cases(h), h.traits(), h.New); len(alarms) != 0 {
		t.Errorf("false alarms: %q", alarms)
	}
}
