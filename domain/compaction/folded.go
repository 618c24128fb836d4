package compaction

import (
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// proof is what the rows that a block touches say of it, the best first: of several rows the worst counts.
type proof uint8

const (
	proven proof = iota // each includes it, in a version below the tidemark
	awaits              // each includes it, and the tidemark has to pass the version of one
	// one does not include it, and cannot be rewritten before the tidemark has passed its version
	toRewrite
	unknown // nothing tells how long it takes: another pass is to look at once
)

// evidence is the proof of a block in hand; until is the commit time of the storage that the tidemark has to pass
// first.
type evidence struct {
	proof proof
	until time.Time
}

// add takes what another row says.
func (e *evidence) add(p proof, until time.Time) {
	switch {
	case p > e.proof:
		*e = evidence{p, until}
	case p == e.proof && until.After(e.until):
		e.until = until
	}
}

// folded is a block that a pass can do nothing about until the tidemark has passed a time, or, while there is none,
// for a while. It is a hint: it decides what a pass takes in hand, and everything else goes by the rows that are read
// then.
type folded struct {
	// by the account's clock; zero for rows that were just written, whose commit time the next look reads
	until time.Time
	seen  time.Time // by the node's clock
}

// waits reports whether a block is not worth a look yet.
func (f folded) waits(tide region.Tidemark, now time.Time, cfg Config) bool {
	switch {
	case f.until.IsZero():
		return now.Sub(f.seen) < cfg.Settling.Margin // no row settles sooner
	case tide.Known():
		return !tide.Covers(f.until, cfg.Settling.Margin)
	}
	return now.Sub(f.seen) < cfg.Settling.NoTide
}

// says notes what a row says of blocks.
func (p *pass) says(what proof, until time.Time, blocks ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range blocks {
		p.evidence[b].add(what, until)
	}
}

// unproven marks blocks that a row does not prove, and nothing tells when it will.
func (p *pass) unproven(blocks ...int) { p.says(unknown, time.Time{}, blocks...) }

// wroteFor marks blocks for whose sake a row was written, certainly or perhaps.
func (p *pass) wroteFor(done bool, blocks ...int) {
	if planted.On(planted.FoldProven) {
		return
	}
	if done {
		until := time.Time{} // no clock of ours tells the commit time: the journal's storage has another
		if planted.On(planted.WaitsByJournalClock) {
			until = p.asked
		}
		p.says(awaits, until, blocks...)
		return
	}
	p.unproven(blocks...)
}

// take takes in hand the oldest blocks that are worth a look.
func (p *pass) take(part *tail.Part) hand {
	s := p.s
	s.mu.Lock()
	pace, known := s.pace, s.folded[p.shard]
	s.mu.Unlock()
	worth := part.Blocks
	if len(known) > 0 {
		now, kept := s.sched.Now(), make(map[telemetry.Position]folded, len(known))
		worth = make([]tail.Block, 0, len(part.Blocks))
		for _, b := range part.Blocks {
			f, ok := known[b.At]
			if !ok || !f.waits(p.tide, now, s.cfg) {
				worth = append(worth, b)
				continue
			}
			kept[b.At] = f
			if !f.until.IsZero() && (p.oldest.IsZero() || f.until.Before(p.oldest)) {
				p.oldest = f.until
			}
		}
		known = kept
	}
	s.mu.Lock()
	s.folded[p.shard] = known
	s.mu.Unlock()
	part.Blocks = nil // those that are not in hand need not stay in memory
	var h hand
	p.blocks, h = pace.inHand(worth)
	p.evidence = make([]evidence, len(p.blocks))
	return h
}

// hint remembers which blocks in hand are not worth a look until when.
func (p *pass) hint() {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.folded[p.shard]
	for i, e := range p.evidence {
		if e.proof == proven || e.proof == unknown {
			continue
		}
		if known == nil {
			known = map[telemetry.Position]folded{}
			s.folded[p.shard] = known
		}
		known[p.blocks[i].At] = folded{until: e.until, seen: s.sched.Now()}
	}
	if len(known) == 0 {
		delete(s.folded, p.shard)
	}
}
