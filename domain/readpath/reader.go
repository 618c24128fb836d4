package readpath

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/region"
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
	Region    string // where this node reads, if there is one journal: of two the claim names the one that was read
	// Even is up to when each of two journals has everything that the other one has; nil: there is one journal.
	Even func() time.Time
	// May says why the journal of a region may not be read: one that has not had every block of the other yet speaks
	// for nothing (T10). nil, and no error: it may.
	May func(region.Name) error
	// Alone reports whether the only journal has no other beside it at this moment: else that may have what was
	// acknowledged as one. nil: it never gets one.
	Alone func(context.Context) bool
	// Away reports whether the journal of a region is known not to answer: it is asked last. nil: of none it is known.
	Away func(region.Name) bool
	// Wait is how long a question waits for the first of two journals before it goes to the other; default 2 s.
	Wait time.Duration
	// Ahead is how much earlier than its stamp a block may be acknowledged: its stamp may be so far ahead; default
	// 62 s, which is a client's (Tidemark-After) and the skew of two storages' clocks.
	Ahead time.Duration
	// Endpoints gives how the account may be read now, the best first, and one at least; the next is for a question
	// whose first row is not to be had. nil: as New was told.
	Endpoints func() []bounds.Reading
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
	if c.Wait == 0 {
		c.Wait = 2 * time.Second
	}
	if c.Ahead == 0 {
		c.Ahead = 62 * time.Second
	}
	if c.Retention == nil {
		c.Retention = func(telemetry.Tenant) time.Duration { return 0 }
	}
	return c
}

// Reader opens questions. It is safe for concurrent use.
type Reader struct {
	cfg      Config
	journals chooser
	rows     *rows
	sched    sched.Scheduler
	hints    hints
	years    years
}

// New makes a reader of one journal or of two, the nearest first, and of the account's rows. The cache may be nil.
func New(cfg Config, of []Journal, account chunks.Store, c cache.Cache, s sched.Scheduler) *Reader {
	cfg = cfg.withDefaults()
	if cfg.Endpoints == nil {
		one := []bounds.Reading{bounds.One(account, nil).Reading(func(int) bool { return false })}
		cfg.Endpoints = func() []bounds.Reading { return one }
	}
	return &Reader{cfg: cfg, sched: s,
		journals: chooser{all: of, may: cfg.May, away: cfg.Away, wait: cfg.Wait, sched: s},
		years:    years{sched: s},
		rows:     &rows{cache: c, keep: cfg.CacheFor, sched: s, loads: map[cache.Key]*load{}},
		hints:    hints{most: cfg.MaxSplits, known: map[windowKey]hint{}}}
}
