package compaction

import (
	"context"
	"slices"
	"sync"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// pass is one look at the blocks in hand: every row that they touch is read once, after the tidemark, and is either
// evidence for a block (it includes it, in a version below the tidemark), or is rewritten to include it, or has to
// wait.
type pass struct {
	s       *Service
	shard   telemetry.Shard
	account bounds.Account
	// by the node's clock, before the tidemark was read: evidence is good for a lease from here
	started  time.Time
	tide     region.Tidemark // read before any row
	floor    telemetry.Stamp
	horizon  int64
	asked    time.Time    // the journal's clock, before everything
	blocks   []tail.Block // in hand, sorted by position
	evidence []evidence   // runs parallel to blocks

	mu      sync.Mutex // guards what follows and evidence
	written int
	oldest  time.Time                 // commit time of the oldest row that was read and has not settled; zero for none
	failed  error                     // the first error that was contained
	known   map[telemetry.Source]bool // what stands against their series is in against
	against map[telemetry.Series][]telemetry.DeletionAt
}

// settled reports whether the version of a row that was read is below the tidemark, and remembers for how long it is
// not.
func (p *pass) settled(r chunks.Row) bool {
	if p.s.cfg.Settling.Settled(p.tide, r) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.oldest.IsZero() || r.Committed.Before(p.oldest) {
		p.oldest = r.Committed
	}
	return false
}

// rewritable reports whether a row may be written again (T4).
func (p *pass) rewritable(r chunks.Row) bool {
	return p.s.cfg.Settling.Rewritable(p.tide, r, p.s.sched.Now())
}

func (p *pass) wrote(rows int) {
	p.mu.Lock()
	p.written += rows
	p.mu.Unlock()
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

// swap changes rows, and counts those that it certainly did.
func (p *pass) swap(ctx context.Context, changes ...chunks.Change) (done bool, err error) {
	done, err = chunks.Swap(ctx, p.account.Rows, changes...)
	if done {
		p.wrote(len(changes))
	}
	return done, err
}

// understood says of a source that all that stands against its touched series was remembered.
func (p *pass) understood(src telemetry.Source) {
	p.mu.Lock()
	p.known[src] = true
	p.mu.Unlock()
}

// remember keeps what stands against the series of a row, for their folds. What a block in hand deletes is in it even
// if the row could not be written yet: the block is stored, and readers apply it.
func (p *pass) remember(cat *sourcerow.Row) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range cat.Metrics {
		if m := &cat.Metrics[i]; len(m.Deletions) > 0 {
			s := telemetry.Series{Source: cat.Source, Metric: m.Metric}
			p.against[s] = slices.Concat(p.against[s], m.Deletions)
		}
	}
}

// deletions gives what stands against a series; false if its source's rows were in trouble.
func (p *pass) deletions(s telemetry.Series) ([]telemetry.DeletionAt, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.against[s], p.known[s.Source]
}
