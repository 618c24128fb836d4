package compaction

import (
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// open is why a block in hand is not proven yet.
type open struct {
	yes   bool
	bare  bool      // nothing tells how long it takes: another pass is to look at once
	fresh bool      // a row has to be rewritten for it
	until time.Time // the tidemark has to pass this commit time of the storage first
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
		return now.Sub(f.seen) < cfg.Margin // no row settles sooner
	case tide.Known():
		return !tide.Covers(f.until, cfg.Margin)
	}
	return now.Sub(f.seen) < cfg.NoTide
}

// unproven marks blocks that a row does not prove, and nothing tells when it will.
func (p *pass) unproven(blocks ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range blocks {
		p.open[b].yes, p.open[b].bare = true, true
	}
}

// waits marks blocks that a row committed at a time does not prove before the tidemark has passed that time; or that
// it does not include, and cannot before (fresh). What is to be rewritten goes first: the rest begins anew then.
func (p *pass) waits(committed time.Time, fresh bool, blocks ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range blocks {
		o := &p.open[b]
		o.yes = true
		switch {
		case fresh && !o.fresh:
			o.fresh, o.until = true, committed
		case fresh == o.fresh && committed.After(o.until):
			o.until = committed
		}
	}
}

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
		p.waits(until, false, blocks...)
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
	p.open = make([]open, len(p.blocks))
	return h
}

// hint remembers which blocks in hand are not worth a look until when.
func (p *pass) hint() {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.folded[p.shard]
	for i, o := range p.open {
		if !o.yes || o.bare {
			continue
		}
		if known == nil {
			known = map[telemetry.Position]folded{}
			s.folded[p.shard] = known
		}
		known[p.blocks[i].At] = folded{until: o.until, seen: s.sched.Now()}
	}
	if len(known) == 0 {
		delete(s.folded, p.shard)
	}
}
