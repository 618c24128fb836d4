package ingest

import (
	"slices"
	"time"

	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/sched"
)

// lane is the writing side of one (tenant, shard): a queue of pieces and the stream they go to. One actor runs it
// while there is work or an open stream; everything is guarded by core.mu, but untuned, which is the actor's own.
type lane struct {
	s       *core
	shard   telemetry.Shard
	running bool

	queue  []*pending
	bytes  int
	series int
	wake   sched.Event
	hinted time.Time
	// trouble is what the journal said last, for clients, while it takes nothing.
	trouble string
	untuned time.Duration // how long the lane waited the last time for the journal's clock

	ratio float64 // encoded bytes to estimated bytes of late, a guide to how much fits into a block

	stream   *outbound        // nil: the next block gives birth
	previous telemetry.Stream // the stream before it
	resend   []*flight        // of a stream that was fenced: they go first, with their first stamps
	retiring int              // streams before that are being ended
}

func (l *lane) add(p *pending, now time.Time) {
	p.lane, p.stage, p.since = l, queued, now
	l.queue = append(l.queue, p)
	l.bytes += p.size
	l.series += p.series
	if len(l.queue) == 1 || l.full(l.bytes, l.series) {
		l.wakeUp()
	}
}

// fullSeries is how many series fill a block, counted with repetitions: compaction has to look at all of their rows
// in one pass, within a lease (T3), on whatever storage.
const fullSeries = 10_000

// full reports whether readings of an estimated size will fill a block. Estimates are upper bounds, several times
// what encoding makes of ordinary readings.
func (l *lane) full(estimate, series int) bool {
	return float64(estimate)*l.ratio >= telemetry.TargetBlockBytes || series >= fullSeries
}

// learn takes over what became of an estimate.
func (l *lane) learn(estimate, encoded int) {
	if estimate > 0 {
		l.ratio = max(0.02, 0.7*l.ratio+0.3*float64(encoded)/float64(estimate))
	}
}

func (l *lane) remove(p *pending) {
	i := slices.Index(l.queue, p)
	l.queue = slices.Delete(l.queue, i, i+1)
	l.bytes -= p.size
	l.series -= p.series
}

func (l *lane) wakeUp() {
	l.wake.Set()
	l.wake = l.s.sched.NewEvent()
}

// take cuts the next block's pieces off the queue.
func (l *lane) take() []*pending {
	n, size, series := 0, 0, 0
	for n < len(l.queue) && (n == 0 || !l.full(size+l.queue[n].size, series+l.queue[n].series)) {
		size += l.queue[n].size
		series += l.queue[n].series
		l.queue[n].stage = closing
		n++
	}
	block := slices.Clone(l.queue[:n])
	l.queue = slices.Delete(l.queue, 0, n)
	l.bytes -= size
	l.series -= series
	return block
}

// putBack returns pieces that did not fit to the head of the queue.
func (l *lane) putBack(block []*pending) {
	for _, p := range block {
		p.stage = queued
		l.bytes += p.size
		l.series += p.series
	}
	l.queue = slices.Concat(block, l.queue)
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

// finish answers everybody who waits. Called with core.mu held.
func (f *flight) finish(err error) {
	for _, p := range f.waiting {
		p.finish(f.header.At, f.header.Stamp, err)
	}
}

// tell answers whoever waits for blocks that are decided, and takes in hand those that are to be sent again; refused is
// the answer of one that is refused. It reports whether a hint is due. Called with core.mu held.
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

// pending is a piece of a request that waits for its block.
type pending struct {
	batch  *telemetry.Batch
	size   int
	series int // at most, with descriptions
	since  time.Time
	lane   *lane

	stage  stage
	caller caller

	done  sched.Event
	at    telemetry.Position
	stamp telemetry.Stamp
	err   error
}

// finish answers whoever waits, if nobody has before. Called with core.mu held, or before anybody else knows the piece.
func (p *pending) finish(at telemetry.Position, stamp telemetry.Stamp, err error) {
	if p.done.IsSet() {
		return
	}
	p.at, p.stamp, p.err = at, stamp, err
	p.batch = nil
	p.done.Set()
}

// notSent is the error of a piece that was given up before it was in a block.
func (p *pending) notSent() error {
	if p.caller == gone {
		return errNotSent()
	}
	return errNotTaken(p.lane.trouble)
}

// outbound is the present stream of a lane. Everything but known is guarded by core.mu; known is the lane actor's
// own.
type outbound struct {
	id        telemetry.Stream
	continues telemetry.Stream
	sending   stream.Sending
	flights   map[telemetry.Number]*flight // of its blocks that are not durable
	used      time.Time                    // by the node's clock

	known map[telemetry.Source]described // labels that a block of this stream carries
}
