package compaction

import (
	"context"
	"slices"
	"sync"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/planted"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// pass is one look at the blocks in hand: every row that they touch is read once, after the tidemark, and is either
// evidence for a block (it includes it, in a version below the tidemark), or is rewritten to include it, or has to
// wait.
type pass struct {
	s        *Service
	shard    telemetry.Shard
	accounts *bounds.Accounts
	// by the node's clock, before the tidemark was read: evidence is good for a lease from here
	started  time.Time
	tides    bounds.Tides // read before any row
	floor    telemetry.Stamp
	horizon  int64
	asked    time.Time    // the journal's clock, before everything
	clock    time.Time    // the other journal's, before everything; zero: it is away; with one journal the same
	blocks   []tail.Block // in hand, sorted by position
	evidence []evidence   // runs parallel to blocks

	mu      sync.Mutex // guards what follows and evidence
	written int
	oldest  []time.Time               // by account: commit time of the oldest row that has not settled; zero for none
	away    []bool                    // by account: it does not answer
	failed  error                     // the first error that was contained
	known   map[telemetry.Source]bool // what stands against their series is in against
	against map[telemetry.Series][]telemetry.DeletionAt
}

// settled reports whether the version of a row that was read is below the tidemark, and remembers for how long it is
// not.
func (p *pass) settled(r chunks.Row) bool {
	if p.s.cfg.Settling.Settled(p.tides, r) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unsettled(p.when(r))
	return false
}

// when is when the version of a row was committed.
func (p *pass) when(r chunks.Row) moment { return moment{r.Committed, p.accounts.Of(r.Key.Partition)} }

// unsettled remembers the oldest commit time that has not settled. Called with mu held, or alone.
func (p *pass) unsettled(m moment) {
	if oldest := &p.oldest[m.place]; !m.at.IsZero() && (oldest.IsZero() || m.at.Before(*oldest)) {
		*oldest = m.at
	}
}

// rewritable reports whether a row may be written again (T4).
func (p *pass) rewritable(r chunks.Row) bool {
	return p.s.cfg.Settling.Rewritable(p.tides, r, p.s.sched.Now())
}

func (p *pass) wrote(rows int) {
	p.mu.Lock()
	p.written += rows
	p.mu.Unlock()
}

// says notes what a row says of blocks.
func (p *pass) says(what proof, until moment, blocks ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range blocks {
		p.evidence[b].add(what, until)
	}
}

// unproven marks blocks that a row does not prove, and nothing tells when it will.
func (p *pass) unproven(blocks ...int) { p.says(unknown, moment{}, blocks...) }

// wroteFor marks blocks for whose sake a row was written, certainly or perhaps.
func (p *pass) wroteFor(done bool, blocks ...int) {
	if planted.On(planted.FoldProven) {
		return
	}
	if done {
		until := moment{} // no clock of ours tells the commit time: the journal's storage has another
		if planted.On(planted.WaitsByJournalClock) {
			until.at = p.asked
		}
		p.says(awaits, until, blocks...)
		return
	}
	p.unproven(blocks...)
}

// swap changes rows, and counts those that it certainly did.
func (p *pass) swap(ctx context.Context, changes ...chunks.Change) (done bool, err error) {
	done, err = chunks.Swap(ctx, p.accounts, changes...)
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

// isAway reports whether the account at a place did not answer in this pass.
func (p *pass) isAway(place int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away[place]
}

// setAway notes that an account does not answer: nobody waits for it again in this pass, which ends with the error once
// everything else is done.
func (p *pass) setAway(place int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away[place] = true
	if p.failed == nil {
		p.failed = err
	}
}
