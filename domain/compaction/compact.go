package compaction

import (
	"cmp"
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Compact makes one pass over a shard. It writes what can be written and drops what is settled. Of a journal that
// does not fit into memory, or was not read in time, it works on a part: rows and marks go by what is in hand and by
// the rows just read (T2, T3), only the floor asks for the whole (T6). So a block that cannot be read stops its own
// stream's mark and the shard's floor, and nothing else; the pass ends with the error.
func (s *Service) Compact(ctx context.Context, shard telemetry.Shard) (Result, error) {
	unlock, err := s.lock(ctx, shard)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	accounts := s.stores.Rows.Patient(s.sched, bounds.AnswersWithin)
	p := &pass{s: s, shard: shard, accounts: accounts, oldest: make([]time.Time, accounts.Len()),
		away:  make([]bool, accounts.Len()),
		known: map[telemetry.Source]bool{}, against: map[telemetry.Series][]telemetry.DeletionAt{}}
	if err := p.ask(ctx); err != nil {
		return Result{}, err
	}
	part, err := s.stores.Tail.Part(ctx, shard, int64(s.cfg.PassBytes))
	if err != nil {
		return Result{}, err
	}
	p.started = s.sched.Now() // after the journal, which may take a while, and before any row: the lease is for these
	if p.tides, err = accounts.Tides(ctx, s.sched, placesOf(accounts, part.Blocks)...); err != nil {
		return Result{}, err
	}
	if s.stores.Agreed != nil {
		if err := s.stores.Agreed(ctx); err != nil {
			return Result{}, err
		}
	}
	res := Result{Asked: p.asked, Blocks: part.Total, More: !part.All}
	if p.floor, _, err = bounds.Floor(ctx, accounts, shard); err != nil {
		return res, err
	}
	if p.horizon, err = s.horizon(ctx, accounts, shard.Tenant, p.asked); err != nil {
		return res, err
	}
	hand := p.take(part)
	res.Taken = len(p.blocks)
	hand.rows, err = p.rows(ctx)
	s.learn(s.sched.Now().Sub(p.started), hand, err == nil)
	res.Written = p.written
	if err != nil {
		return res, err
	}
	p.hint()
	if err := p.noteDeletions(ctx); err != nil {
		return res, err
	}
	if res.Dropped, err = p.drop(ctx, part.Streams); err != nil {
		return res, err
	}
	if (res.Dropped == 0 || res.Written > 0) && hand.left == 0 { // the same rows would say the same again
		res.Waiting = p.waiting()
	}
	if err := s.raiseFloor(ctx, p, part); err != nil {
		return res, err
	}
	return res, cmp.Or(p.failed, part.Unreadable)
}

// ask reads the clocks of the journals, before everything. Without the other one the pass works on, and moves no floor.
func (p *pass) ask(ctx context.Context) error {
	near, other := p.s.stores.Directory, p.s.stores.Elsewhere
	if other == nil {
		var err error
		p.asked, err = near.Now(ctx)
		p.clock = p.asked
		return err
	}
	return sched.Each(ctx, p.s.sched, 2, 2, func(ctx context.Context, i int) (err error) {
		if i == 0 {
			p.asked, err = near.Now(ctx)
			return err
		}
		p.clock, err = other.Now(ctx)
		if err != nil && ctx.Err() == nil {
			p.clock, err = time.Time{}, nil // it is away
		}
		return err
	})
}

// rows brings every row that the blocks touch up to date, sources first and side by side. It gives how many they are.
func (p *pass) rows(ctx context.Context) (int, error) {
	sources, series := p.touched()
	n := len(sources) + len(series)
	err := sched.Each(ctx, p.s.sched, len(sources), p.s.cfg.Parallel, func(ctx context.Context, i int) error {
		return p.contain(sources[i], p.source(ctx, sources[i]))
	})
	if err != nil {
		return n, err
	}
	return n, sched.Each(ctx, p.s.sched, len(series), p.s.cfg.Parallel, func(ctx context.Context, i int) error {
		return p.contain(series[i], p.series(ctx, series[i]))
	})
}

// contain keeps what is wrong with one row, and will be wrong again in this pass, from stopping the others: the
// blocks that touch the row stay in the journal, where readers find them, and the pass ends with the error once
// everything else is done. Series of a source in trouble wait with it: what stands against them is not known.
func (p *pass) contain(t touching, err error) error {
	switch fault.KindOf(err) {
	case fault.TooLarge, fault.Corrupt, fault.Invalid:
	case fault.Conflict: // the year of a chunk was given up since the horizon was read
	default:
		return err
	}
	for _, r := range t.refs {
		p.unproven(r.block)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.series == (telemetry.Series{}) {
		delete(p.known, t.source)
	}
	if p.failed == nil {
		p.failed = err
	}
	return nil
}

// noteDeletions takes back that nothing stands, before blocks with deletions that every row proves are dropped.
// Blocks for which it did not certainly do so wait for another pass.
func (p *pass) noteDeletions(ctx context.Context) error {
	var leaving []int
	for i, b := range p.blocks {
		if p.evidence[i].proof == proven && b.View != nil && len(b.View.Deletions()) > 0 {
			leaving = append(leaving, i)
		}
	}
	if len(leaving) == 0 {
		return nil
	}
	done, err := bounds.NotePerhaps(ctx, p.accounts, p.shard.Tenant)
	if err == nil && !done {
		p.unproven(leaving...)
	}
	return err
}

// drop moves the marks of streams over the prefix of settled numbers, while the evidence is fresh.
func (p *pass) drop(ctx context.Context, streams []journal.State) (int, error) {
	dropped := 0
	for i := 0; i < len(p.blocks); {
		j := i
		for j < len(p.blocks) && p.blocks[j].At.Stream == p.blocks[i].At.Stream {
			j++
		}
		stream := p.blocks[i].At.Stream
		mark := markOf(streams, stream)
		through := mark
		for k := i; k < j && p.evidence[k].proof == proven; k++ {
			n := p.blocks[k].At.Number
			if n != through+1 && !planted.On(planted.MarkOverHole) {
				break
			}
			through = n
		}
		if through > mark {
			left := p.s.cfg.Lease - p.s.sched.Now().Sub(p.started)
			if planted.On(planted.EvidenceForever) {
				left = time.Hour
			}
			if left <= 0 {
				return dropped, nil // the evidence has expired: the next pass gathers it anew
			}
			if err := p.dropWithin(ctx, left, stream, through); err != nil {
				return dropped, err
			}
			dropped += int(through - mark)
		}
		i = j
	}
	return dropped, nil
}

// dropWithin moves one mark; what it has not sent when the lease ends it does not send any more.
func (p *pass) dropWithin(ctx context.Context, left time.Duration, s telemetry.Stream, through telemetry.Number) error {
	ctx, cancel := p.s.sched.WithTimeout(ctx, left)
	defer cancel()
	err := p.s.stores.Journal.Drop(ctx, s, through)
	if other := p.s.stores.Elsewhere; err == nil && other != nil && !p.clock.IsZero() {
		_ = other.Drop(ctx, s, through) // else its mark follows (domain/continuity)
	}
	return err
}

func markOf(streams []journal.State, s telemetry.Stream) telemetry.Number {
	for i := range streams {
		if streams[i].Stream == s {
			return streams[i].Mark
		}
	}
	return 0
}

// waiting is how long another pass would find the same: until the tidemark of an account, if it keeps its distance, has
// passed the oldest row that has not settled there.
func (p *pass) waiting() time.Duration {
	wait, found := patience, false
	for place, oldest := range p.oldest {
		if !oldest.IsZero() {
			wait, found = min(wait, p.until(place, oldest)), true
		}
	}
	for place := range p.oldest {
		if !found && p.tides.Asked(place) {
			wait = min(wait, p.until(place, p.started)) // what this pass wrote
		}
	}
	return wait
}

// until is how long it takes until the tidemark of an account has passed a commit time.
func (p *pass) until(place int, committed time.Time) time.Duration {
	least, tide := p.s.cfg.Settling.Margin/2, p.tides.At(place)
	if tide.State != region.Live {
		return least
	}
	return min(max(committed.Add(p.s.cfg.Settling.Margin).Sub(tide.At), least), patience)
}

// patience is the longest that a pass asks to wait: a Last Sync Time that stood still for minutes moves in one leap.
const patience = 10 * time.Second
