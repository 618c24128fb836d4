package metered

import (
	"context"

	"tidemark/ports/cache"
)

// Lookup is what came of asking a cache for a value.
type Lookup string

// The outcomes.
const (
	Hit    Lookup = "hit"
	Miss   Lookup = "miss"
	Failed Lookup = "error"
)

// Cache counts the values that are asked of a cache. looked hears of some that had one outcome; it is used by several
// goroutines at once.
func Cache(c cache.Cache, looked func(l Lookup, values int)) cache.Cache {
	return countedCache{c, looked}
}

type countedCache struct {
	cache.Cache
	looked func(Lookup, int)
}

func (c countedCache) Get(ctx context.Context, keys ...cache.Key) ([][]byte, error) {
	got, err := c.Cache.Get(ctx, keys...)
	if err != nil {
		c.looked(Failed, len(keys))
		return got, err
	}
	hits := 0
	for _, v := range got {
		if v != nil {
			hits++
		}
	}
	if hits > 0 {
		c.looked(Hit, hits)
	}
	if misses := len(got) - hits; misses > 0 {
		c.looked(Miss, misses)
	}
	return got, nil
}
