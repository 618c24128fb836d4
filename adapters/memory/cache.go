package memory

import (
	"bytes"
	"container/list"
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/cache"
	"tidemark/ports/sched"
)

// CacheTimeout is how long a call to a Cache that hangs takes.
const CacheTimeout = 50 * time.Millisecond

// Cache is the memory twin of a cache: a bounded number of bytes, the least recently used go first. It can be taken
// down, made to hang, and be given old values. It is safe for concurrent use.
type Cache struct {
	storage
	capacity int
	used     int
	entries  map[cache.Key]*list.Element // of *entry
	recent   *list.List                  // the most recently used in front
	down     bool
	hanging  bool
}

var _ cache.Cache = (*Cache)(nil)

type entry struct {
	key   cache.Key
	value []byte
	until time.Time
}

func (e *entry) size() int {
	return len(e.key.Tenant) + len(e.key.Kind) + len(e.key.Name) + len(e.value)
}

// NewCache makes an empty cache of at most capacity bytes, keys included.
func NewCache(s sched.Scheduler, capacity int) *Cache {
	return &Cache{storage: storage{sched: s}, capacity: capacity, entries: map[cache.Key]*list.Element{},
		recent: list.New()}
}

// Get implements cache.Cache.
func (c *Cache) Get(ctx context.Context, keys ...cache.Key) ([][]byte, error) {
	values := make([][]byte, len(keys))
	err := c.call(ctx, "cache.get", func(now time.Time) {
		for i, k := range keys {
			values[i] = c.look(k, now)
		}
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// Set implements cache.Cache.
func (c *Cache) Set(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
	const op = "cache.set"
	if len(value) == 0 || ttl <= 0 {
		return fault.New(fault.Invalid, op, "a cached value is not empty and lives for more than no time")
	}
	return c.call(ctx, op, func(now time.Time) { c.put(k, value, now.Add(ttl)) })
}

// Delete implements cache.Cache.
func (c *Cache) Delete(ctx context.Context, keys ...cache.Key) error {
	return c.call(ctx, "cache.delete", func(time.Time) {
		for _, k := range keys {
			c.forget(k)
		}
	})
}

// call carries out an operation. Every trouble is Unavailable: for a cache, what may have happened is the same as
// what did not.
func (c *Cache) call(ctx context.Context, op string, do func(now time.Time)) error {
	if err := c.point(ctx, op); err != nil {
		return err
	}
	c.mu.Lock()
	down, hanging := c.down, c.hanging
	c.mu.Unlock()
	if hanging {
		if err := c.sched.Sleep(ctx, CacheTimeout); err != nil {
			return fault.Wrap(fault.Canceled, op, err)
		}
		return fault.New(fault.Unavailable, op, "the cache did not answer within %s", CacheTimeout)
	}
	struck := c.faultOf(op)
	if down || struck == FaultFail || struck == FaultLost {
		return fault.New(fault.Unavailable, op, "the cache is down")
	}
	c.mu.Lock()
	do(c.now())
	c.mu.Unlock()
	if err := c.point(ctx, op); err != nil {
		return err
	}
	if struck == FaultApplied {
		return fault.New(fault.Unavailable, op, "injected: the answer was lost")
	}
	return nil
}

// look is a copy of a value that is still good, nil if there is none. The caller holds mu.
func (c *Cache) look(k cache.Key, now time.Time) []byte {
	at := c.entries[k]
	if at == nil {
		return nil
	}
	e := at.Value.(*entry)
	if !now.Before(e.until) {
		c.forget(k)
		return nil
	}
	c.recent.MoveToFront(at)
	return bytes.Clone(e.value)
}

// put stores a copy and makes room. The caller holds mu.
func (c *Cache) put(k cache.Key, value []byte, until time.Time) {
	c.forget(k)
	e := &entry{key: k, value: bytes.Clone(value), until: until}
	if e.size() > c.capacity {
		return
	}
	c.used += e.size()
	c.entries[k] = c.recent.PushFront(e)
	for c.used > c.capacity {
		c.forget(c.recent.Back().Value.(*entry).key)
	}
}

// forget drops a key. The caller holds mu.
func (c *Cache) forget(k cache.Key) {
	if at := c.entries[k]; at != nil {
		c.used -= at.Value.(*entry).size()
		c.recent.Remove(at)
		delete(c.entries, k)
	}
}
