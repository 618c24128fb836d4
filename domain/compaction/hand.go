package compaction

import (
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

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
			if !ok || !f.waits(p.tides, now, s.cfg.Settling) {
				worth = append(worth, b)
				continue
			}
			kept[b.At] = f
			p.unsettled(f.until)
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
