package ingest

import (
	"slices"
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/sched"
)

// shardWriter is the writing side of one (tenant, shard): a queue of pieces and the stream they go to. One actor runs
// it while there is work or an open stream; everything is guarded by core.mu, but untuned, which is the actor's own.
type shardWriter struct {
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
	untuned time.Duration // how long the writer waited the last time for the journal's clock

	ratio float64 // encoded bytes to estimated bytes of late, a guide to how much fits into a block

	stream   *outbound        // nil: the next block gives birth
	previous telemetry.Stream // the stream before it
	resend   []*flight        // of a stream that was fenced: they go first, with their first stamps
	retiring int              // streams before that are being ended
}

func (w *shardWriter) add(p *pending, now time.Time) {
	p.writer, p.stage, p.since = w, queued, now
	w.queue = append(w.queue, p)
	w.bytes += p.size
	w.series += p.series
	if len(w.queue) == 1 || w.full(w.bytes, w.series) {
		w.wakeUp()
	}
}

// fullSeries is how many series fill a block, counted with repetitions: compaction has to look at all of their rows
// in one pass, within a lease (T3), on whatever storage.
const fullSeries = 10_000

// full reports whether readings of an estimated size will fill a block. Estimates are upper bounds, several times
// what encoding makes of ordinary readings.
func (w *shardWriter) full(estimate, series int) bool {
	return float64(estimate)*w.ratio >= telemetry.TargetBlockBytes || series >= fullSeries
}

// learn takes over what became of an estimate.
func (w *shardWriter) learn(estimate, encoded int) {
	if estimate > 0 {
		w.ratio = max(0.02, 0.7*w.ratio+0.3*float64(encoded)/float64(estimate))
	}
}

func (w *shardWriter) remove(p *pending) {
	i := slices.Index(w.queue, p)
	w.queue = slices.Delete(w.queue, i, i+1)
	w.bytes -= p.size
	w.series -= p.series
}

func (w *shardWriter) wakeUp() {
	w.wake.Set()
	w.wake = w.s.sched.NewEvent()
}

// take cuts the next block's pieces off the queue.
func (w *shardWriter) take() []*pending {
	n, size, series := 0, 0, 0
	for n < len(w.queue) && (n == 0 || !w.full(size+w.queue[n].size, series+w.queue[n].series)) {
		size += w.queue[n].size
		series += w.queue[n].series
		w.queue[n].stage = closing
		n++
	}
	block := slices.Clone(w.queue[:n])
	w.queue = slices.Delete(w.queue, 0, n)
	w.bytes -= size
	w.series -= series
	return block
}

// putBack returns pieces that did not fit to the head of the queue.
func (w *shardWriter) putBack(block []*pending) {
	for _, p := range block {
		p.stage = queued
		w.bytes += p.size
		w.series += p.series
	}
	w.queue = slices.Concat(block, w.queue)
}

// flight is one block on its way into the journals.
type flight struct {
	writer   *shardWriter
	stream   *outbound
	header   blockcodec.Header
	block    []byte
	readings int
	waiting  []*pending
	closed   time.Time   // when, by the node's clock
	settle   func() bool // stops the timer after which one journal is enough; nil: none runs
	trouble  error       // what a journal said that takes no such block; one that may have it has the last word
	perhaps  bool        // a journal may have it under an earlier number
	by       time.Time   // when the journals that have it had stored it at the latest, by their clocks
}

// hurries reports whether somebody does not wait for the other journals.
func (f *flight) hurries() bool {
	return slices.ContainsFunc(f.waiting, func(p *pending) bool { return p.require == telemetry.DurableOne })
}

// patient reports whether somebody does.
func (f *flight) patient() bool {
	return slices.ContainsFunc(f.waiting, func(p *pending) bool { return p.require != telemetry.DurableOne })
}

// finish answers everybody who waits with an error: nobody else than stored acknowledges. Called with core.mu held.
func (f *flight) finish(err error) {
	if err == nil && !planted.On(planted.GivenUpAcked) {
		err = errUnderWay("")
	}
	for _, p := range f.waiting {
		p.finish(outcome{at: f.header.At, stamp: f.header.Stamp, err: err})
	}
}

// stored answers those who wait for a block that some legs have: all of them, or those alone who do not wait for more.
// Called with core.mu held.
func (f *flight) stored(legs []stream.Leg, all bool) {
	d, regions := f.writer.s.sites.reached(legs)
	for _, p := range f.waiting {
		o := outcome{at: f.header.At, stamp: f.header.Stamp, durability: d, regions: regions, by: f.by}
		switch {
		case !all && p.require != telemetry.DurableOne:
			continue
		case d < p.require:
			o.err = errOnlyOne(regions)
		}
		p.finish(o)
	}
}

// tell answers whoever waits for blocks that are decided, and takes in hand those that are to be sent again. It reports
// whether a hint is due. Called with core.mu held.
func (w *shardWriter) tell(st *outbound, decided []stream.Answered, now time.Time) (hint bool) {
	durable := false
	for _, a := range decided {
		f := st.flights[a.Number]
		switch a.Answer {
		case stream.Early, stream.Durable:
			durable = true
			f.stored(a.Legs, a.Answer == stream.Durable)
		case stream.Unsure:
			f.finish(errUnderWay(""))
		case stream.Refused:
			f.finish(f.trouble)
		case stream.Resend:
			w.resend = append(w.resend, f)
		}
		if a.Answer != stream.Early && f.settle != nil {
			f.settle()
		}
		if a.Number <= st.sending.Durable() && !st.sending.Undecided(a.Number) {
			delete(st.flights, a.Number)
		}
	}
	if !durable || now.Sub(w.hinted) < w.s.cfg.HintEvery {
		return false
	}
	w.hinted = now
	return true
}

// pending is a piece of a request that waits for its block.
type pending struct {
	batch  *telemetry.Batch
	size   int
	series int // at most, with descriptions
	since  time.Time
	writer *shardWriter

	require telemetry.Durability // what its request wants to reach; 0: both, and after a while one

	stage  stage
	caller caller

	done sched.Event
	outcome
}

// outcome is what became of a piece.
type outcome struct {
	at         telemetry.Position
	stamp      telemetry.Stamp
	durability telemetry.Durability
	regions    []region.Name
	by         time.Time
	err        error
}

// finish answers whoever waits, if nobody has before. Called with core.mu held, or before anybody else knows the piece.
func (p *pending) finish(o outcome) {
	if p.done.IsSet() {
		return
	}
	p.outcome = o
	p.batch = nil
	p.done.Set()
}

// notSent is the error of a piece that was given up before it was in a block.
func (p *pending) notSent() error {
	if p.caller == gone {
		return errNotSent()
	}
	return errNotTaken(p.writer.trouble)
}

// outbound is the present stream of a shard. Everything but known is guarded by core.mu; known is the writer actor's
// own.
type outbound struct {
	id        telemetry.Stream
	continues telemetry.Stream
	sending   stream.Sending
	flights   map[telemetry.Number]*flight // of its blocks that are not durable
	used      time.Time                    // by the node's clock

	known map[telemetry.Source]described // labels that a block of this stream carries
}
