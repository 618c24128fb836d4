package continuity

import (
	"sync"
	"time"

	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Config bounds the work. The zero value of a field means its default.
type Config struct {
	// a stream without an append for so long in either journal is dead; default sweep.DefaultIdle
	Idle     time.Duration
	Parallel int // streams that are looked at side by side; default 8
	// Unfilled reports whether a journal may have joined its peer lately: then a round that finds both the same says in
	// its identity row that it is filled. nil: none has.
	Unfilled func() bool
}

func (c Config) withDefaults() Config {
	if c.Idle == 0 {
		c.Idle = sweep.DefaultIdle
	}
	if c.Parallel == 0 {
		c.Parallel = 8
	}
	if c.Unfilled == nil {
		c.Unfilled = func() bool { return false }
	}
	return c
}

// Service keeps two journals the same. It is safe for concurrent use.
type Service struct {
	cfg   Config
	sites [2]journal.Site // the nearest first
	sched sched.Scheduler

	mu     sync.Mutex // guards what follows
	seen   map[telemetry.Stream]seen
	copied int
	even   time.Time
	told   time.Time // what was written into both journals last of even
	before time.Time // when the round before began, by the clock that is behind; zero if it did not come to its end
}

// seen is what the last round found of a stream. It saves calls and decides nothing.
type seen struct {
	versions [2]string        // of the stream in each journal, read before what follows
	whole    telemetry.Number // every number up to it is in both journals, or at or below a mark
	match    match
	refused  bool // a journal did not take what it lacks
	// of each journal what the other one had: it may have been under way
	missing [2][]telemetry.Number
}

// match is how far both journals hold the same.
type match int

const (
	apart    match = iota // one may lack what the other had when the round before began
	trailing              // one lacks what the other got since then: it may be under way
	equal                 // nothing was missing when the round looked
)

// New makes a service over two journals.
func New(cfg Config, near, far journal.Site, s sched.Scheduler) *Service {
	return &Service{cfg: cfg.withDefaults(), sites: [2]journal.Site{near, far}, sched: s,
		seen: map[telemetry.Stream]seen{}}
}

// Copied is how many blocks were copied so far, from one journal to the other.
func (s *Service) Copied() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copied
}

// Even is a time by the clock of the journal that is behind, or by this process's if that is behind both: whatever was
// stored in either journal before it is in both, and every mark was taken over; zero if no round has found that yet. So
// it says of either the same, and a reader may rely on it for whichever it reads, if it asks before it reads: the round
// may end while a snapshot is taken, and what it speaks of may have been copied into a journal after that was read. A
// round that has found a later one writes it into both journals, too (Told).
func (s *Service) Even() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.even
}

// other is the place of the other journal.
func other(i int) int { return 1 - i }
