package ingest

import (
	"context"
	"slices"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// core is what the shard writers of a service share.
type core struct {
	cfg     Config
	sites   Sites
	sched   sched.Scheduler
	writers func() telemetry.Writer // a new writer name at each call
	hint    Hint
	observe Observer

	mu        sync.Mutex // guards what follows, and the shard writers
	clock     hybrid
	known     []known // of each leg
	closed    bool
	live      int         // actors that Close waits for: those of shard writers, and of a day that is prepared ahead
	idle      sched.Event // set when closed and the last of them ended
	preparing bool        // the next day, ahead of its time

	builders sync.Pool
}

// Sites are the journals that a service writes to, one or two, and what others know of them.
type Sites struct {
	All []journal.Site // the nearest first
	// Up reports whether a region's journal answers, as far as anybody knows: what does not is not waited for. nil
	// takes all for up.
	Up func(region.Name) bool
	// Paired reports whether both journals were read to name each other, not longer ago than a lease: only then is
	// anything acknowledged as both (T1). nil is no.
	Paired func() bool
}

// One is a single journal.
func One(r region.Name, j journal.Journal, d journal.Directory) Sites {
	return Sites{All: []journal.Site{{Region: r, Journal: j, Directory: d}}}
}

// two reports whether there are two journals.
func (s *Sites) two() bool { return len(s.All) > 1 }

// up reports whether a leg's journal answers.
func (s *Sites) up(l stream.Leg) bool { return s.Up == nil || s.Up(s.All[l].Region) }

// allUp reports whether all answer.
func (s *Sites) allUp() bool {
	for l := range s.All {
		if !s.up(stream.Leg(l)) {
			return false
		}
	}
	return true
}

// reached is what it means that some legs have a block.
func (s *Sites) reached(legs []stream.Leg) (d telemetry.Durability, names []region.Name) {
	for _, l := range legs {
		names = append(names, s.All[l].Region)
	}
	if s.two() && (len(legs) == len(s.All) || planted.On(planted.BothOfOne)) && s.Paired != nil && s.Paired() {
		return telemetry.DurableBoth, names
	}
	return telemetry.DurableOne, names
}

// Hint tells background work that a shard has new blocks. It must not block for long; what it loses a sweeper finds.
type Hint func(ctx context.Context, s telemetry.Shard)

// Observer hears of what a dashboard counts. Any func may be nil.
type Observer struct {
	// the journal of a region stored a block of so many bytes and readings, so long after it was closed
	Appended func(in region.Name, block, readings int, took time.Duration)
	Retried  func(kind fault.Kind) // a try of an append failed, not for good
	Fenced   func()                // an append found that its stream was ended
	Refused  func(kind fault.Kind) // a request was not accepted
	// a request with so many readings was accepted; it hears of it before the caller does
	Acknowledged func(t telemetry.Tenant, readings int, r Receipt)
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

// tune asks the storages for their clocks, if none has told it yet, or not of late; one that answers is enough. No
// block of the process gets its stamp and its day before: a stream of a day that has not come is not followed by
// readers, and a stamp far ahead would beat every correction for as long.
func (s *core) tune(ctx context.Context) error {
	s.mu.Lock()
	sure := s.sure(s.sched.Now())
	s.mu.Unlock()
	if sure {
		return nil
	}
	ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.AppendTimeout)
	defer cancel()
	failed := make([]error, len(s.sites.All))
	_ = sched.Each(ctx, s.sched, len(failed), 0, func(ctx context.Context, i int) error {
		failed[i] = s.ask(ctx, stream.Leg(i))
		return nil
	})
	if slices.Contains(failed, nil) {
		return nil
	}
	return failed[0]
}

// ask asks one storage for its clock.
func (s *core) ask(ctx context.Context, l stream.Leg) error {
	sent := s.sendTime()
	said, err := s.sites.All[l].Directory.Now(ctx)
	if err != nil {
		return err
	}
	if said.IsZero() {
		return fault.New(fault.Unavailable, "ingest.tune", "the journal does not say what time it is")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.storages[l].correct(sent, s.sched.Now(), said)
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

// prepare makes the shard known to a leg's journal before the stream is born there: whoever is referred to is
// committed before whoever refers. What was done stays done, also if the time does not suffice for the rest.
func (s *core) prepare(ctx context.Context, l stream.Leg, id telemetry.Stream) error {
	known, dir := &s.known[l], s.sites.All[l].Directory
	s.mu.Lock()
	prepared := known.prepared[id.Day]
	day, registered := known.registered[id.Shard]
	s.mu.Unlock()
	if !prepared {
		if err := late(dir.Prepare(ctx, id.Day)); err != nil {
			return err
		}
		s.mu.Lock()
		known.prepared[id.Day] = true
		s.mu.Unlock()
	}
	if registered && day <= id.Day { // for its later days too: the first day never passes the storage's yesterday
		return nil
	}
	if err := late(dir.Register(ctx, id.Shard, id.Day)); err != nil {
		return err
	}
	s.mu.Lock()
	known.registered[id.Shard] = id.Day
	s.mu.Unlock()
	return nil
}

// unprepare forgets what is known of a stream's shard and day.
func (s *core) unprepare(l stream.Leg, id telemetry.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known[l].prepared, id.Day)
	delete(s.known[l].registered, id.Shard)
}

// late says of a day that is over what it means: our clock is behind, and is corrected by and by.
func late(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Unavailable, "ingest.prepare", err)
	}
	return err
}

// known is what the process knows of a journal, so that only the first stream of a shard and day costs more than
// its append: the days that have tables, and of each shard the day that it was registered for. It is forgotten when
// an append finds nothing there.
type known struct {
	prepared   map[telemetry.Day]bool
	registered map[telemetry.Shard]telemetry.Day
}

func newKnown() known {
	return known{prepared: map[telemetry.Day]bool{}, registered: map[telemetry.Shard]telemetry.Day{}}
}
