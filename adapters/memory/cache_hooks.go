package memory

import (
	"time"

	"tidemark/ports/cache"
)

// SetDown makes every call fail at once, or ends that. What is cached stays: a cache that comes back has old values.
func (c *Cache) SetDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// SetHanging makes every call take CacheTimeout and fail, or ends that.
func (c *Cache) SetHanging(hanging bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hanging = hanging
}

// Plant puts a value in behind everybody's back, for instance an old one that a slow writer stored after a newer.
func (c *Cache) Plant(k cache.Key, value []byte, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(k, value, c.now().Add(ttl))
}

// Flush forgets everything, as a restart does.
func (c *Cache) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = 0
	c.recent.Init()
	clear(c.entries)
}

// Bytes is how much is kept now, keys included, expired values too.
func (c *Cache) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}
