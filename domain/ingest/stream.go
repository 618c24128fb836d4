package ingest

import (
	"context"
	"hash/maphash"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// stream is the present stream of a lane. Everything but known is guarded by Service.mu; known is the lane actor's
// own.
type stream struct {
	id        telemetry.Stream
	continues telemetry.Stream
	born      bool // the first append succeeded
	fenced    bool // somebody ended it: nothing of it is acknowledged any more
	last      telemetry.Number
	acked     telemetry.Number
	used      time.Time // by the node's clock

	outstanding []*flight // not acknowledged, in the order of their numbers
	flying      int       // of these, those whose append has not come to an end

	known map[telemetry.Source]described // labels that a block of this stream carries
}

// described is the last description of a source in a stream: its labels as a hash, and the block that carries it.
type described struct {
	labels uint64
	in     telemetry.Number
	stamp  telemetry.Stamp
}

// knownFor is how long labels that a block of the stream carries need not be said again. Another node may describe
// the source otherwise meanwhile, and what is said here after that has to be the later again. Thousands of blocks a
// minute still share one description a second.
const knownFor = time.Second

func newStream(id, continues telemetry.Stream) *stream {
	return &stream{id: id, continues: continues, known: map[telemetry.Source]described{}}
}

// header is the next block's.
func (st *stream) header(stamp telemetry.Stamp) blockcodec.Header {
	h := blockcodec.Header{At: telemetry.Position{Stream: st.id, Number: st.last + 1}, Stamp: stamp,
		Acked: st.acked}
	if st.acked > 0 {
		h.AckedAs = telemetry.DurableOne
	}
	return h
}

// depart counts the flight that takes the next number.
func (st *stream) depart(f *flight, now time.Time) {
	st.last++
	st.used = now
	st.outstanding = append(st.outstanding, f)
	st.flying++
}

// maxKnown bounds the memory of what was described; beyond it descriptions are simply repeated.
const maxKnown = 100_000

var seed = maphash.MakeSeed()

// withoutKnown is the batch, on its way into the block of a header, without the labels that this block or an
// acknowledged one of the stream carries already, and nobody may have changed since: not for long, and never past a
// stamp that came from elsewhere. One that is still under way may never land, or be sent again too late: its labels
// are repeated.
func (st *stream) withoutKnown(b *telemetry.Batch, h blockcodec.Header,
	elsewhere telemetry.Stamp) *telemetry.Batch {
	if len(b.Sources) == 0 {
		return b
	}
	lean := *b
	lean.Sources = nil
	for _, d := range b.Sources {
		labels := hashLabels(d.Labels)
		k, again := st.known[d.Source]
		if again && !d.Replace && k.labels == labels && k.holds(h, elsewhere) {
			continue
		}
		delete(st.known, d.Source)
		if !d.Replace && len(st.known) < maxKnown {
			st.known[d.Source] = described{labels: labels, in: h.At.Number, stamp: h.Stamp}
		}
		lean.Sources = append(lean.Sources, d)
	}
	return &lean
}

// holds reports whether a description need not be said again in the block of a header.
func (k described) holds(h blockcodec.Header, elsewhere telemetry.Stamp) bool {
	if k.in == h.At.Number {
		return true
	}
	acked := k.in <= h.Acked || planted.On(planted.LabelsUnderWay)
	return acked && k.stamp >= elsewhere && h.Stamp.Time().Sub(k.stamp.Time()) < knownFor
}

// forget takes back what withoutKnown noted of a batch that did not fit into its block.
func (st *stream) forget(b *telemetry.Batch) {
	if planted.On(planted.LabelsOfUnfit) {
		return
	}
	for _, d := range b.Sources {
		delete(st.known, d.Source)
	}
}

func hashLabels(labels []telemetry.Label) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, l := range labels {
		_, _ = h.WriteString(l.Name)
		_ = h.WriteByte(0)
		_, _ = h.WriteString(l.Value)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// flight is one block on its way into the journal.
type flight struct {
	lane     *lane
	stream   *stream
	header   blockcodec.Header
	block    []byte
	readings int
	waiting  []*pending
	sealed   time.Time // by the node's clock

	landed bool // stored; guarded by Service.mu
	dead   bool // cannot be stored at all
	late   bool // stored more than Bound after its stamp: not acknowledged
}

// finish answers everybody who waits. Called with Service.mu held.
func (f *flight) finish(err error) {
	for _, p := range f.waiting {
		p.finish(f.header.At, f.header.Stamp, err)
	}
}

// fly appends the block until the outcome is known.
func (f *flight) fly(ctx context.Context) {
	s := f.lane.s
	delay := s.cfg.RetryDelay
	for unsure := false; ; {
		sent, stored, err := f.try(ctx)
		kind := fault.KindOf(err)
		unsure = unsure || kind == fault.Indeterminate || kind == fault.Canceled
		switch kind {
		case 0:
			f.land(sent, stored)
			return
		case fault.Unavailable, fault.Indeterminate, fault.Canceled, fault.Throttled, fault.NotFound:
			if s.observe.Retried != nil {
				s.observe.Retried(kind)
			}
			if s.tooLate(f, err) {
				f.crash(nil)
				return
			}
			_ = s.sched.Sleep(ctx, delay)
			delay = min(2*delay, time.Second)
		case fault.Conflict:
			if planted.On(planted.FencedAcked) {
				f.land(sent, stored)
				return
			}
			if s.observe.Fenced != nil {
				s.observe.Fenced()
			}
			f.crash(nil)
			return
		default:
			if unsure { // an earlier try may have stored it
				err = errUnderWay(fault.Message(err))
			}
			f.crash(err)
			return
		}
	}
}

// tooLate notes why a try failed, and reports whether the block's time is over.
func (s *Service) tooLate(f *flight, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.lane.trouble = fault.Message(err)
	return s.clock.now(s.sched.Now()).Sub(f.header.Stamp.Time()) > s.cfg.Bound
}

// try appends the block once. sent is when, by the node's clock. A birth has more time: it is several calls, of which
// the adapter gives each the time of one.
func (f *flight) try(ctx context.Context) (sent sending, _ journal.Stored, _ error) {
	s := f.lane.s
	timeout := s.cfg.AppendTimeout
	if !f.born() {
		timeout = s.cfg.BirthTimeout
	}
	ctx, cancel := s.sched.WithTimeout(ctx, timeout)
	defer cancel()
	if err := s.prepare(ctx, f.stream.id); err != nil {
		return sent, journal.Stored{}, err
	}
	sent = s.sending()
	stored, err := s.log.Journal.Append(ctx, journal.Append{At: f.header.At, Continues: f.stream.continues,
		Block: f.block})
	if fault.Is(err, fault.NotFound) {
		s.unprepare(f.stream.id)
	}
	return sent, stored, err
}

func (f *flight) born() bool {
	f.lane.s.mu.Lock()
	defer f.lane.s.mu.Unlock()
	return f.stream.born
}

// land counts the block as stored and acknowledges, in order, every block of the stream that now can be.
func (f *flight) land(sent sending, stored journal.Stored) {
	s, st, l := f.lane.s, f.stream, f.lane
	s.mu.Lock()
	now := s.sched.Now()
	s.clock.correct(sent, now, stored.Now)
	f.landed, f.late = true, !stored.By.IsZero() && stored.By.Sub(f.header.Stamp.Time()) > s.cfg.Bound
	if planted.On(planted.LateAcked) {
		f.late = false
	}
	st.born, l.trouble = true, ""
	st.flying--
	hint := l.acknowledge(now)
	l.wakeUp()
	s.mu.Unlock()
	if s.observe.Appended != nil {
		s.observe.Appended(len(f.block), f.readings, now.Sub(f.sealed))
	}
	if hint {
		s.hint(context.Background(), l.shard)
	}
}

// acknowledge answers the landed head of the stream; it reports whether a hint is due.
func (l *lane) acknowledge(now time.Time) bool {
	st := l.stream
	if st == nil || st.fenced {
		return false
	}
	if planted.On(planted.AckedOutOfOrder) {
		for _, f := range st.outstanding {
			if f.landed && !f.late {
				f.finish(nil)
			}
		}
	}
	n := 0
	for n < len(st.outstanding) && st.outstanding[n].landed {
		f := st.outstanding[n]
		st.acked = f.header.At.Number
		if f.late { // what it carries may be below the floor and count for nothing: no block may build on it
			st.fenced = true
			f.finish(errUnderWay(""))
		} else {
			f.finish(nil)
		}
		n++
	}
	st.outstanding = st.outstanding[n:]
	if n == 0 || now.Sub(l.hinted) < l.s.cfg.HintEvery {
		return false
	}
	l.hinted = now
	return true
}

// crash is a flight that will never land in this stream: the stream was ended by somebody, or the block cannot be
// stored, or its time is over. The stream takes no more blocks; what it has not acknowledged is sent again in
// another. An err is the answer for this block alone.
func (f *flight) crash(err error) {
	s := f.lane.s
	s.mu.Lock()
	defer s.mu.Unlock()
	f.stream.fenced = true
	f.stream.flying--
	if err != nil {
		f.dead = true
		f.finish(err)
	}
	f.lane.wakeUp()
}

// errUnderWay says that readings are perhaps stored. trouble is what the journal said last, if it said anything.
func errUnderWay(trouble string) error {
	if planted.On(planted.UnknownRefused) {
		return fault.New(fault.Throttled, "ingest.write", "the readings were refused")
	}
	return &fault.Error{Kind: fault.Indeterminate, Op: "ingest.write", RetryAfter: time.Second,
		Message: "the journal has not confirmed the readings" + because(trouble) + ": perhaps stored, send them again"}
}

// errNotTaken says that readings were not sent, because those before them are not confirmed.
func errNotTaken(trouble string) error {
	return &fault.Error{Kind: fault.Unavailable, Op: "ingest.write", RetryAfter: time.Second,
		Message: "the journal takes no readings at present" + because(trouble) +
			": nothing was stored, send them again"}
}

func because(trouble string) string {
	if trouble == "" {
		return ""
	}
	return " (" + trouble + ")"
}

func errNotSent() error {
	return fault.New(fault.Canceled, "ingest.write", "the request ended before its readings were stored: nothing "+
		"was stored")
}
