package readpath

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
)

// walker visits the windows of one series in the order of time, or backwards, and merges each with the journal.
type walker struct {
	of     Series
	shard  shard
	span   Span // what has expired is cut off
	pieces []placed

	// read is what this question has read ahead, and not visited yet.
	read map[telemetry.Window]fetched
	// markers is when the markers on the way were last asked for.
	markers map[telemetry.Window]time.Time
}

// placed is the readings of one block and where the block stands.
type placed struct {
	telemetry.Piece
	at telemetry.Position
}

// node is a window as read: split, if marker is the version of its row, or a leaf.
type node struct {
	marker  chunks.Version
	present bool // there is a row
	Leaf
}

// fetched is a window that was read, and the version of the marker above it that was known when it was asked for. It
// counts if the marker, read for this question, has that version still: then the parent was split before the child
// was asked for. Versions never come back.
type fetched struct {
	node
	under chunks.Version
	asked time.Time // before it was read, by the node's clock
	read  time.Time // after
}

// want is a window to read, and the version of the marker above it as far as it is known.
type want struct {
	telemetry.Window
	under chunks.Version
}

// noParent stands for the version of the marker above a year: there is none.
const noParent = chunks.Version("")

func (w *walker) key(win telemetry.Window) windowKey {
	q := w.of.q
	secondary := q.at.AtSecondary(chunks.PartitionOf(q.tenant, w.of.Series, win))
	return windowKey{q.tenant, w.of.Series, win, secondary && !planted.On(planted.HintsOfAnotherEndpoint)}
}

// known is what the question knows of rows of the series that may be cached.
func (w *walker) known() known {
	k := w.shard.known()
	k.Purged = w.of.Row.Purged
	return k
}

func (w *walker) childrenOf(p telemetry.Window) []telemetry.Window {
	from, to := max(w.span.From, p.Start()), min(w.span.To, p.End())
	child, _ := p.Child(from)
	return telemetry.Windows(child.Size, from, to)
}

// fetch reads a window and merges it with what the journal adds. A marker is read at the account for this question,
// whatever a cache or another question says: it is what makes an absent child an empty one.
func (w *walker) fetch(ctx context.Context, win telemetry.Window) (node, error) {
	q, hint := w.of.q, w.of.q.r.hints.of(w.key(win))
	split := hint.split != ""
	if !split && w.span.Rollups != nil && w.span.Rollups(win) {
		if r, ok, err := w.rollup(ctx, win); err != nil || ok {
			return node{present: ok, Leaf: Leaf{Window: win, Rollup: r}}, err
		}
	}
	if split && planted.On(planted.SplitRemembered) {
		return node{marker: hint.split, present: true}, nil
	}
	key := chunks.ChunkKey(q.tenant, w.of.Series, win)
	if !split {
		value, err := q.remembered(ctx, key, w.known())
		c, err := w.decode(value, err)
		if err != nil {
			return node{}, err
		}
		if c == nil || !c.Split {
			return w.leafOf(win, c), nil
		}
	}
	row, err := q.fresh(ctx, key)
	c, err := w.decode(row.Value, err)
	switch {
	case err != nil:
		return node{}, err
	case c != nil && c.Split:
		return node{marker: row.Version, present: true}, nil
	}
	return w.leafOf(win, c), nil
}

// decode makes a chunk of a row's value; nil if there is no row.
func (w *walker) decode(value []byte, err error) (*telemetry.Chunk, error) {
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return nil, err
	}
	c, err := chunkcodec.Decode(value)
	return c, fault.Wrap(fault.Corrupt, "readpath.chunk", err)
}

// leafOf merges a chunk with what the journal adds; nil is one that does not exist.
func (w *walker) leafOf(win telemetry.Window, c *telemetry.Chunk) node {
	present := c != nil
	if !present {
		c = &telemetry.Chunk{Tenant: w.of.q.tenant, Series: w.of.Series, Window: win, Floor: w.shard.floor}
	}
	return node{present: present, Leaf: w.merge(c)}
}

// merge folds the blocks that a chunk does not include, and the deletions, into it, and cuts it to the question.
func (w *walker) merge(c *telemetry.Chunk) Leaf {
	var fresh []telemetry.Piece
	for _, p := range w.pieces {
		if overlaps(p.Times, c.Window) && !c.Includes(p.at, p.Origin.Stamp) {
			fresh = append(fresh, p.Piece)
		}
	}
	if len(fresh) > 0 || w.touchedByDeletion(c.Window, c.Floor) || w.of.q.horizon > c.Window.Start() {
		c = telemetry.Fold(c, fresh, w.of.Row.Deletions, c.Floor, w.of.q.horizon)
	}
	i, _ := slices.BinarySearch(c.Times, w.span.From)
	j, _ := slices.BinarySearch(c.Times, w.span.To)
	if j < i {
		j = i
	}
	return Leaf{Window: c.Window, Times: c.Times[i:j], Values: c.Values[i:j]}
}

func overlaps(times []int64, w telemetry.Window) bool {
	return len(times) > 0 && times[0] < w.End() && times[len(times)-1] >= w.Start()
}

// touchedByDeletion reports whether a deletion stands in the window that a chunk with that floor may not have been
// made without.
func (w *walker) touchedByDeletion(win telemetry.Window, floor telemetry.Stamp) bool {
	for _, d := range w.of.Row.Deletions {
		if d.Origin.Stamp > floor && d.From < win.End() && win.Start() < d.To {
			return true
		}
	}
	return false
}

// rollup gives the rollup of a window if it may stand for the readings: no block adds to it, no deletion stands
// against it, no part of it is expired or outside the question.
func (w *walker) rollup(ctx context.Context, win telemetry.Window) (*analytics.Rollup, bool, error) {
	if win.Start() < w.of.q.horizon {
		return nil, false, nil
	}
	value, err := w.of.q.remembered(ctx, chunks.RollupKey(w.of.q.tenant, w.of.Series, win), w.known())
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	r, err := analytics.DecodeRollup(value)
	if err != nil {
		return nil, false, fault.Wrap(fault.Corrupt, "readpath.rollup", err)
	}
	if w.touchedByDeletion(win, r.Floor) {
		return nil, false, nil
	}
	for _, p := range w.pieces {
		if overlaps(p.Times, win) && !r.Includes(p.at, p.Origin.Stamp) && !planted.On(planted.RollupBesideBlocks) {
			return nil, false, nil
		}
	}
	return r, true, nil
}

// walk makes a walker over a span of a series.
func (s Series) walk(span Span) (*walker, error) {
	span.From = max(span.From, s.q.horizon)
	w := &walker{of: s, shard: s.q.shardOf(s.Source), span: span, read: map[telemetry.Window]fetched{},
		markers: map[telemetry.Window]time.Time{}}
	for _, b := range w.shard.snap.Blocks {
		if !w.shard.counts(&b) {
			continue
		}
		i, ok := b.View.Find(s.Series)
		if !ok {
			continue
		}
		if lo, hi, _ := b.View.Span(i); hi < span.From || lo >= span.To {
			continue
		}
		var col telemetry.Column
		if err := b.View.Column(i, &col); err != nil {
			return nil, fault.Wrap(fault.Corrupt, "readpath.block", err)
		}
		w.pieces = append(w.pieces, placed{at: b.At, Piece: telemetry.Piece{Origin: b.View.Origin(), Times: col.Times,
			Values: col.Values}})
	}
	return w, nil
}
