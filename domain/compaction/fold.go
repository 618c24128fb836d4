package compaction

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/domain/windows"
)

// series folds a series' readings of all blocks into its chunks.
func (p *pass) series(ctx context.Context, t touching) error {
	deletions, known := p.deletions(t.series)
	if !known {
		return nil // the blocks stay, for their source's sake
	}
	pieces := make([]piece, 0, len(t.refs))
	for _, r := range t.refs {
		var col telemetry.Column
		if err := p.blocks[r.block].View.Column(r.column, &col); err != nil {
			return fault.Wrap(fault.Corrupt, "compaction.series", err)
		}
		pieces = append(pieces, piece{block: r.block, Piece: telemetry.Piece{
			Origin: p.blocks[r.block].View.Origin(), Times: col.Times, Values: col.Values}}.from(p.horizon))
	}
	years := map[int32]bool{}
	for _, pc := range pieces {
		for _, tm := range []int{0, len(pc.Times) - 1} {
			if len(pc.Times) > 0 {
				years[telemetry.YearOf(pc.Times[tm])] = true
			}
		}
	}
	f := folder{pass: p, deletions: deletions, rows: windows.Series{Rows: p.accounts, Tenant: p.shard.Tenant,
		Series: t.series, Wrote: p.wrote}}
	for _, y := range span(years) {
		w := telemetry.YearWindow(y)
		if err := f.year(ctx, w, within(pieces, w)); err != nil {
			return err
		}
	}
	return nil
}

// year brings the chunks of a year up to date. One of an account that is away stays as it is, with the blocks that
// touch it, and stops no other: home answered before, or nothing would be known of the source.
func (f *folder) year(ctx context.Context, w telemetry.Window, pieces []piece) error {
	p := f.pass
	place := p.accounts.OfYear(int32(w.Index))
	if p.isAway(place) {
		p.unproven(blocksOf(pieces)...)
		return nil
	}
	err := f.window(ctx, w, pieces, time.Time{})
	if place > 0 && fault.Is(err, fault.Indeterminate) { // whether a table was made: the next pass makes it
		err = fault.Wrap(fault.Unavailable, "compaction.year", err)
	}
	if place == 0 || !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
		return err
	}
	p.setAway(place, err)
	p.unproven(blocksOf(pieces)...)
	return nil
}

// span is every index from the least to the greatest.
func span(years map[int32]bool) []int32 {
	var all []int32
	for y := range years {
		all = append(all, y)
	}
	slices.Sort(all)
	if len(all) < 2 {
		return all
	}
	out := make([]int32, 0, all[len(all)-1]-all[0]+1)
	for y := all[0]; y <= all[len(all)-1]; y++ {
		out = append(out, y)
	}
	return out
}

// piece is the readings that one block in hand has of a series, or a part of them.
type piece struct {
	telemetry.Piece
	block int
}

// from cuts off what is before a time: expired readings count as included.
func (pc piece) from(t int64) piece {
	i, _ := slices.BinarySearch(pc.Times, t)
	pc.Times, pc.Values = pc.Times[i:], pc.Values[i:]
	return pc
}

// within cuts pieces to a window and leaves out the empty ones.
func within(pieces []piece, w telemetry.Window) []piece {
	var out []piece
	for _, pc := range pieces {
		i, _ := slices.BinarySearch(pc.Times, w.Start())
		j, _ := slices.BinarySearch(pc.Times, w.End())
		if i < j {
			pc.Times, pc.Values = pc.Times[i:j], pc.Values[i:j]
			out = append(out, pc)
		}
	}
	return out
}

// folder folds one series.
type folder struct {
	pass      *pass
	rows      windows.Series
	deletions []telemetry.DeletionAt
}

// window brings the chunk of a window, or the children it was split into, up to date with pieces that lie in it.
// under is when the marker above the window was asked for; zero for a year.
func (f *folder) window(ctx context.Context, w telemetry.Window, pieces []piece, under time.Time) error {
	if len(pieces) == 0 {
		return nil
	}
	p := f.pass
	asked := p.s.sched.Now()
	row, c, err := f.rows.Read(ctx, w, p.floor)
	if err != nil {
		return err
	}
	present := row.Version != ""
	if present && !p.settled(row) {
		// also of a split: its children count only once the tidemark has passed it
		p.says(awaits, p.when(row), blocksOf(pieces)...)
	}
	if c.Split {
		return f.children(ctx, w, pieces, asked)
	}
	fresh := missing(c, p, pieces)
	if len(fresh) == 0 {
		return nil
	}
	if present && !p.rewritable(row) {
		p.says(toRewrite, p.when(row), blocksOf(fresh)...)
		return nil
	}
	count := len(c.Times)
	for _, pc := range fresh {
		count += len(pc.Times)
	}
	if count > p.s.cfg.most(w.Size) {
		p.unproven(blocksOf(fresh)...)
		asked := p.s.sched.Now()
		ok, err := f.swap(ctx, present, under, func(ctx context.Context) (bool,
			error) {
			return f.rows.Split(ctx, row, c)
		})
		if !ok && !planted.On(planted.ChildrenOfFailedSplit) || err != nil {
			return err
		}
		return f.children(ctx, w, pieces, asked)
	}
	done, err := f.swap(ctx, present, under, func(ctx context.Context) (bool,
		error) {
		return f.rows.Write(ctx, row, f.fold(c, fresh))
	})
	p.wroteFor(done, blocksOf(fresh)...)
	return err
}

// swap changes a row of a window. One that is not there yet is made within a lease of its marker having been asked
// for, which is shorter than any failover: later it could land below a window that a failover has made whole again.
// What is not done in time another pass does.
func (f *folder) swap(ctx context.Context, present bool, under time.Time,
	do func(context.Context) (bool, error)) (bool, error) {
	if present || under.IsZero() || planted.On(planted.SwapWithoutLease) {
		return do(ctx)
	}
	s := f.pass.s
	left := s.cfg.Lease - s.sched.Now().Sub(under)
	if left <= 0 {
		return false, nil
	}
	bounded, cancel := s.sched.WithTimeout(ctx, left)
	defer cancel()
	done, err := do(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return false, nil
	}
	return done, err
}

// missing is the pieces of blocks that the chunk does not include.
func missing(c *telemetry.Chunk, p *pass, pieces []piece) []piece {
	var out []piece
	for _, pc := range pieces {
		if b := p.blocks[pc.block]; !c.Includes(b.At, b.View.Header().Stamp) {
			out = append(out, pc)
		}
	}
	return out
}

func blocksOf(pieces []piece) []int {
	out := make([]int, len(pieces))
	for i, pc := range pieces {
		out[i] = pc.block
	}
	return out
}

func (f *folder) children(ctx context.Context, w telemetry.Window, pieces []piece, under time.Time) error {
	for len(pieces) > 0 {
		first := pieces[0].Times[0]
		for _, pc := range pieces {
			first = min(first, pc.Times[0])
		}
		child, _ := w.Child(first)
		if err := f.window(ctx, child, within(pieces, child), under); err != nil {
			return err
		}
		rest := make([]piece, 0, len(pieces))
		for _, pc := range pieces {
			if pc = pc.from(child.End()); len(pc.Times) > 0 {
				rest = append(rest, pc)
			}
		}
		pieces = rest
	}
	return nil
}

// fold merges pieces into a chunk and writes into its coverage what it now includes.
func (f *folder) fold(c *telemetry.Chunk, fresh []piece) *telemetry.Chunk {
	p := f.pass
	pieces := make([]telemetry.Piece, len(fresh))
	for i, pc := range fresh {
		pieces[i] = pc.Piece
	}
	deletions := f.deletions
	if planted.On(planted.FoldWithoutDeletions) {
		deletions = nil
	}
	out := telemetry.Fold(c, pieces, deletions, p.floor, p.horizon)
	out.Coverage = c.Coverage.With(out.Floor, p.covered(fresh)...)
	return out
}

// covered is the blocks in hand of the streams that pieces come from, as ranges: a block in hand that says nothing of
// a chunk is included in it, too, and makes the ranges long.
func (p *pass) covered(fresh []piece) []telemetry.Covered {
	streams := map[telemetry.Stream]bool{}
	for _, pc := range fresh {
		streams[p.blocks[pc.block].At.Stream] = true
	}
	var out []telemetry.Covered
	for i := range p.blocks {
		b := &p.blocks[i]
		if !streams[b.At.Stream] || b.View == nil {
			continue
		}
		stamp := b.View.Header().Stamp
		if n := len(out); n > 0 && out[n-1].Stream == b.At.Stream && out[n-1].To+1 == b.At.Number {
			out[n-1].To, out[n-1].Until = b.At.Number, max(out[n-1].Until, stamp)
			continue
		}
		out = append(out, telemetry.Covered{Stream: b.At.Stream, From: b.At.Number, To: b.At.Number, Until: stamp})
	}
	if n := len(out); n > 0 && planted.On(planted.CoverageTooLong) {
		out[n-1].To++
	}
	return out
}
