// Package compaction moves what was acknowledged from the journal into the account: it folds blocks into chunks with
// their rollups and into the catalogue, drops blocks that are settled, and raises the floor.
//
// It may run anywhere, any number of times, on several machines at once: every change is a compare-and-swap on what
// was just read, and nothing is remembered between passes that a wrong memory could make unsafe (T2-T8 of the
// design).
package compaction

import (
	"context"
	"math"
	"sync"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Config bounds the work. The zero value of a field means its default.
type Config struct {
	Settling      bounds.Settling
	Bound         time.Duration // B of T6, the journal's; default 2 min, never below the writers'
	Lease         time.Duration // evidence expires after it (T3); default 30 s
	ChunkReadings int           // a chunk of an hour or more with more readings is split; default 4,000
	FineReadings  int           // one of five minutes or less; default FineReadings
	SourceBytes   int           // a longer row of a source, or a part, is split; default sourcerow.MaxBytes
	PassBytes     int           // of blocks a pass takes at most, and fewer on a storage that is slow; default 64 MiB
	Parallel      int           // calls side by side; default 8
	// Retention is how long a tenant's readings are kept, 0 for ever; nil keeps everything.
	Retention func(telemetry.Tenant) time.Duration
}

// FineReadings is how many readings a chunk of five minutes or less holds before it is split. A row takes them
// whatever they are (docs/windows.md).
const FineReadings = 30_000

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	c.Settling = c.Settling.WithDefaults()
	def(&c.Bound, journal.DefaultBound)
	def(&c.Lease, 30*time.Second)
	if c.ChunkReadings == 0 {
		c.ChunkReadings = 4000
	}
	if c.FineReadings == 0 {
		c.FineReadings = FineReadings
	}
	if c.SourceBytes == 0 {
		c.SourceBytes = sourcerow.MaxBytes
	}
	if c.PassBytes == 0 {
		c.PassBytes = 64 << 20
	}
	if c.Parallel == 0 {
		c.Parallel = 8
	}
	if c.Retention == nil {
		c.Retention = func(telemetry.Tenant) time.Duration { return 0 }
	}
	return c
}

// most is how many readings a chunk of a size holds before it is split. The least size holds all that there can be.
func (c Config) most(size telemetry.WindowSize) int {
	switch {
	case size == telemetry.WindowLeast:
		return math.MaxInt
	case size >= telemetry.WindowMinutes:
		return c.FineReadings
	}
	return c.ChunkReadings
}

// Elsewhere is the journal of the other region, as compaction knows it: blocks are folded from the near one alone,
// which has, or gets, everything.
type Elsewhere interface {
	// Now is its clock.
	Now(ctx context.Context) (time.Time, error)
	// Oldest is the oldest stamp in it of a shard, of all that was stored before it was asked.
	Oldest(ctx context.Context, of telemetry.Shard) (telemetry.Stamp, error)
	// Drop moves a mark there too. A stream that is not there is no error.
	Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error
}

// Stores is what compaction works on.
type Stores struct {
	Elsewhere Elsewhere // nil: there is one journal
	Journal   journal.Journal
	Directory journal.Directory
	Tail      *tail.Tail
	Rows      *bounds.Accounts
	// Agreed is asked before a pass writes or drops anything: an error says that the storage is not what this process
	// was started with, as when an account was added meanwhile. nil asks nobody.
	Agreed func(context.Context) error
}

// Service compacts. It is safe for concurrent use; passes over one shard wait for each other within a process.
type Service struct {
	cfg    Config
	stores Stores
	sched  sched.Scheduler

	mu   sync.Mutex // guards what follows
	busy map[telemetry.Shard]sched.Event
	pace pace
	// folded is what waits for the tidemark, by shard, as the last pass saw it.
	folded map[telemetry.Shard]map[telemetry.Position]folded
}

// New makes a service.
func New(cfg Config, stores Stores, s sched.Scheduler) *Service {
	cfg = cfg.withDefaults()
	return &Service{cfg: cfg, stores: stores, sched: s, busy: map[telemetry.Shard]sched.Event{},
		pace:   pace{bytes: cfg.PassBytes, rows: firstRows},
		folded: map[telemetry.Shard]map[telemetry.Position]folded{}}
}

// learn takes over how long a pass took for what it had in hand, and whether it did all of it.
func (s *Service) learn(took time.Duration, h hand, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace.learn(took, s.cfg.Lease, h, all, s.cfg.PassBytes)
}

// Result says what a pass did.
type Result struct {
	Asked   time.Time     // the journal's clock before the pass looked: what was stored by then, it has seen
	Blocks  int           // in the journal when the pass began, above the dropped marks, as far as they were seen
	More    bool          // there may be blocks that were not seen: the journal was not read to its end in time
	Taken   int           // of these, looked at
	Written int           // rows written
	Dropped int           // blocks dropped
	Waiting time.Duration // for how long nothing more can be done, as far as is known; zero: at once
}

// Done reports whether the journal holds no block of the shard any more.
func (r Result) Done() bool { return !r.More && r.Blocks == r.Dropped }

// lock takes the shard's turn in this process.
func (s *Service) lock(ctx context.Context, shard telemetry.Shard) (unlock func(), err error) {
	for {
		s.mu.Lock()
		held := s.busy[shard]
		if held == nil {
			mine := s.sched.NewEvent()
			s.busy[shard] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.busy, shard)
				s.mu.Unlock()
				mine.Set()
			}, nil
		}
		s.mu.Unlock()
		if err := held.Wait(ctx); err != nil {
			return nil, fault.Wrap(fault.Canceled, "compaction.lock", err)
		}
	}
}

// horizon is the time before which the tenant's readings are expired: what was carried out, or what retention says
// now, to the hour, by the earlier clock: what is gone is gone for good.
func (s *Service) horizon(ctx context.Context, rows chunks.Store, t telemetry.Tenant, stored time.Time) (int64, error) {
	return bounds.Horizon(ctx, rows, t, s.cfg.Retention(t), bounds.Earlier(s.sched.Now(), stored))
}
