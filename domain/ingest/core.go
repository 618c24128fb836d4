package ingest

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// core is what the shard writers of a service share.
type core struct {
	cfg     Config
	log     Log
	sched   sched.Scheduler
	writers func() telemetry.Writer // a new writer name at each call
	hint    Hint
	observe Observer

	mu        sync.Mutex // guards what follows, and the shard writers
	clock     hybrid
	known     known
	closed    bool
	live      int         // actors that Close waits for: those of shard writers, and of a day that is prepared ahead
	idle      sched.Event // set when closed and the last of them ended
	preparing bool        // the next day, ahead of its time

	builders sync.Pool
}

// Log is the journal of one region, with its directory.
type Log struct {
	Region    region.Name
	Journal   journal.Journal
	Directory journal.Directory
}

// Hint tells background work that a shard has new blocks. It must not block for long; what it loses a sweeper finds.
type Hint func(ctx context.Context, s telemetry.Shard)

// Observer hears of what a dashboard counts. Any func may be nil.
type Observer struct {
	Appended func(block int, readings int, took time.Duration) // a journal stored a block
	Retried  func(kind fault.Kind)                             // a try of an append failed, not for good
	Fenced   func()                                            // an append found that its stream was ended
	Refused  func(kind fault.Kind)                             // a request was not accepted
}

// ends counts an actor that ends. Called with mu held.
func (s *core) ends() {
	s.live--
	if s.closed && s.live == 0 {
		s.idle.Set()
	}
}

func (s *core) sendTime() sendTime {
	steps := s.sched.Steps()
	return sendTime{steps, s.sched.Now()}
}

// sure reports whether the storage's clock is known at a moment of the node's. Called with mu held.
func (s *core) sure(now time.Time) bool { return s.clock.sure(now, s.sched.Steps(), s.cfg.Bound) }

// tune asks the storage for its clock, if it has not told it yet, or not of late. No block of the process gets its
// stamp and its day before: a stream of a day that has not come is not followed by readers, and a stamp far ahead
// would beat every correction for as long.
func (s *core) tune(ctx context.Context) error {
	s.mu.Lock()
	sure := s.sure(s.sched.Now())
	s.mu.Unlock()
	if sure {
		return nil
	}
	ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.AppendTimeout)
	defer cancel()
	sent := s.sendTime()
	said, err := s.log.Directory.Now(ctx)
	if err != nil {
		return err
	}
	if said.IsZero() {
		return fault.New(fault.Unavailable, "ingest.tune", "the journal does not say what time it is")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.correct(sent, s.sched.Now(), said)
	for _, stamp := range s.clock.takeUnchecked() {
		s.seen(stamp)
	}
	return nil
}

// seen lifts the stamps to one seen in the journal, if it is not too far ahead; while nobody can tell it is kept.
// Called with mu held.
func (s *core) seen(stamp telemetry.Stamp) {
	if planted.On(planted.StampsUnseen) {
		return
	}
	node := s.sched.Now()
	switch {
	case !s.clock.steady(s.sched.Steps()): // read after Now
		s.clock.keep(stamp)
	case stamp.Time().Sub(s.clock.now(node)) <= s.cfg.MaxAhead:
		s.clock.observe(stamp)
	}
}

// prepare makes the shard known to the journal before the stream is born: whoever is referred to is committed before
// whoever refers. What was done stays done, also if the time does not suffice for the rest.
func (s *core) prepare(ctx context.Context, id telemetry.Stream) error {
	s.mu.Lock()
	prepared := s.known.prepared[id.Day]
	day, registered := s.known.registered[id.Shard]
	s.mu.Unlock()
	if !prepared {
		if err := late(s.log.Directory.Prepare(ctx, id.Day)); err != nil {
			return err
		}
		s.mu.Lock()
		s.known.prepared[id.Day] = true
		s.mu.Unlock()
	}
	if registered && day <= id.Day { // for its later days too: the first day never passes the storage's yesterday
		return nil
	}
	if err := late(s.log.Directory.Register(ctx, id.Shard, id.Day)); err != nil {
		return err
	}
	s.mu.Lock()
	s.known.registered[id.Shard] = id.Day
	s.mu.Unlock()
	return nil
}

// unprepare forgets what is known of a stream's shard and day.
func (s *core) unprepare(id telemetry.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known.prepared, id.Day)
	delete(s.known.registered, id.Shard)
}

// late says of a day that is over what it means: our clock is behind, and is corrected by and by.
func late(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Unavailable, "ingest.prepare", err)
	}
	return err
}

// known is what the process knows of the journal, so that only the first stream of a shard and day costs more than
// its append: the days that have tables, and of each shard the day that it was registered for. It is forgotten when
// an append finds nothing there.
type known struct {
	prepared   map[telemetry.Day]bool
	registered map[telemetry.Shard]telemetry.Day
}

func newKnown() known {
	return known{prepared: map[telemetry.Day]bool{}, registered: map[telemetry.Shard]telemetry.Day{}}
}
