package readpath

import (
	"time"

	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// Config bounds a reader. The zero value of a field means its default.
type Config struct {
	Shards    int           // of every tenant; default 1
	Parallel  int           // storage calls side by side in a question; default 16
	CacheFor  time.Duration // how long a row is cached at most; default 5 min, jittered by a fifth
	MaxSplits int           // split windows that are remembered for reading ahead; default 100,000
	// Retention is how long a tenant's readings are kept, 0 for ever; nil keeps everything.
	Retention func(telemetry.Tenant) time.Duration
	Region    string // where this node reads
	// Even is up to when the journal that is read has everything that the other one has; nil: there is one journal.
	Even func() time.Time
	// Mode is what the node does, by what it reaches; nil: it reads, so it is normal.
	Mode func() region.Mode
}

func (c Config) withDefaults() Config {
	if c.Shards == 0 {
		c.Shards = 1
	}
	if c.Parallel == 0 {
		c.Parallel = 16
	}
	if c.CacheFor == 0 {
		c.CacheFor = 5 * time.Minute
	}
	if c.MaxSplits == 0 {
		c.MaxSplits = 100_000
	}
	if c.Retention == nil {
		c.Retention = func(telemetry.Tenant) time.Duration { return 0 }
	}
	return c
}

// Reader opens questions. It is safe for concurrent use.
type Reader struct {
	cfg   Config
	tail  *tail.Tail
	rows  *rows
	sched sched.Scheduler
	hints hints
}

// New makes a reader of the journal as the tail follows it and of the account's rows. The cache may be nil.
func New(cfg Config, t *tail.Tail, store chunks.Store, c cache.Cache, s sched.Scheduler) *Reader {
	cfg = cfg.withDefaults()
	return &Reader{cfg: cfg, tail: t, sched: s,
		rows:  &rows{store: store, cache: c, keep: cfg.CacheFor, sched: s, loads: map[cache.Key]*load{}},
		hints: hints{most: cfg.MaxSplits, known: map[windowKey]hint{}}}
}
