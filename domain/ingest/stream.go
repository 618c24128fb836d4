package ingest

import (
	"context"
	"hash/maphash"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// outbound is the present stream of a lane. Everything but known is guarded by Service.mu; known is the lane actor's
// own.
type outbound struct {
	id        telemetry.Stream
	continues telemetry.Stream
	sending   stream.Sending
	flights   map[telemetry.Number]*flight // of its blocks that are not durable
	used      time.Time                    // by the node's clock

	known map[telemetry.Source]described // labels that a block of this stream carries
}

// leg is the one journal.
const leg stream.Leg = 0

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

func newOutbound(id, continues telemetry.Stream) *outbound {
	return &outbound{id: id, continues: continues, sending: stream.NewSending(leg + 1),
		flights: map[telemetry.Number]*flight{}, known: map[telemetry.Source]described{}}
}

// header is the next block's.
func (st *outbound) header(stamp telemetry.Stamp) blockcodec.Header {
	h := blockcodec.Header{At: telemetry.Position{Stream: st.id, Number: st.sending.Next()}, Stamp: stamp,
		Acked: st.sending.Durable()}
	if h.Acked > 0 {
		h.AckedAs = telemetry.DurableOne
	}
	return h
}

// depart counts the flight that takes the next number.
func (st *outbound) depart(f *flight, now time.Time) {
	st.flights[st.sending.Close()] = f
	st.used = now
}

// maxKnown bounds the memory of what was described; beyond it descriptions are simply repeated.
const maxKnown = 100_000

var seed = maphash.MakeSeed()

// withoutKnown is the batch, on its way into the block of a header, without the labels that this block or an
// acknowledged one of the stream carries already, and nobody may have changed since: not for long, and never past a
// stamp that came from elsewhere. One that is still under way may never land, or be sent again too late: its labels
// are repeated.
func (st *outbound) withoutKnown(b *telemetry.Batch, h blockcodec.Header,
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
func (st *outbound) forget(b *telemetry.Batch) {
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
	stream   *outbound
	header   blockcodec.Header
	block    []byte
	readings int
	waiting  []*pending
	sealed   time.Time // by the node's clock
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
	return f.stream.sending.Born(leg)
}

// land is an append that succeeded.
func (f *flight) land(sent sending, stored journal.Stored) {
	s, l := f.lane.s, f.lane
	s.mu.Lock()
	now := s.sched.Now()
	s.clock.correct(sent, now, stored.Now)
	way := stream.Stored
	if !stored.By.IsZero() && stored.By.Sub(f.header.Stamp.Time()) > s.cfg.Bound && !planted.On(planted.LateAcked) {
		way = stream.Late
	}
	l.trouble = ""
	hint := l.tell(f.stream, f.stream.sending.Arrived(f.header.At.Number, leg, way), nil, now)
	l.wakeUp()
	s.mu.Unlock()
	if s.observe.Appended != nil {
		s.observe.Appended(len(f.block), f.readings, now.Sub(f.sealed))
	}
	if hint {
		s.hint(context.Background(), l.shard)
	}
}

// crash is a flight that will never land in this stream: the stream was ended by somebody, or the block's time is
// over, or it cannot be stored: then err is the answer for this block alone.
func (f *flight) crash(err error) {
	s, l, n := f.lane.s, f.lane, f.header.At.Number
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		l.tell(f.stream, f.stream.sending.Refuse(n, leg), err, s.sched.Now())
	} else {
		l.tell(f.stream, f.stream.sending.Arrived(n, leg, stream.Barred), nil, s.sched.Now())
	}
	l.wakeUp()
}

// tell answers whoever waits for blocks that are decided, and takes in hand those that are to be sent again; refused is
// the answer of one that is refused. It reports whether a hint is due. Called with Service.mu held.
func (l *lane) tell(st *outbound, decided []stream.Answered, refused error, now time.Time) (hint bool) {
	durable := false
	for _, a := range decided {
		f := st.flights[a.Number]
		switch a.Answer {
		case stream.Durable:
			durable = true
			f.finish(nil)
		case stream.Unsure:
			f.finish(errUnderWay(""))
		case stream.Refused:
			f.finish(refused)
		case stream.Resend:
			l.resend = append(l.resend, f)
		}
		if a.Number <= st.sending.Durable() {
			delete(st.flights, a.Number)
		}
	}
	if !durable || now.Sub(l.hinted) < l.s.cfg.HintEvery {
		return false
	}
	l.hinted = now
	return true
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
