// Package tail follows shards in a journal: for each it knows the blocks that have not been dropped, as of a moment after the question.
//
// A snapshot asks the journal for the index of every day from the shard's first to tomorrow, and for the blocks of every stream that is open or
// has numbers above its dropped mark, from the last contiguous number it has. Blocks never change, so what is kept is never stale.
// Questions that arrive while one is under way share the next.
package tail

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Marks is where the dropped marks of a shard stood, as versions of its days' indexes.
type Marks struct {
	First    telemetry.Day `json:"f"`
	Versions []string      `json:"v"` // of the days from First on
}

// Same reports whether no mark moved between m and a later now. A day before now's first was given up in between, and nothing
// tells whether a mark moved before that: such marks are not the same.
func (m Marks) Same(now Marks) bool {
	if m.First < now.First {
		return false
	}
	for d := m.First; d < max(m.end(), now.end()); d++ {
		if m.at(d) != now.at(d) {
			return false
		}
	}
	return true
}

func (m Marks) end() telemetry.Day { return m.First + telemetry.Day(len(m.Versions)) }

func (m Marks) at(d telemetry.Day) string {
	if d < m.First || d >= m.end() {
		return ""
	}
	return m.Versions[d-m.First]
}

// Block is a block in the journal, above its stream's dropped mark.
type Block struct {
	At   telemetry.Position
	View *telemetry.BlockView // nil for a void
	Size int
}

// Snapshot is what the journal held of a shard at a moment after it was asked for.
type Snapshot struct {
	Shard   telemetry.Shard
	Blocks  []Block // sorted by position
	Streams []journal.State
	// Marks were read after the blocks, so that something derived and cached under equal marks lacks no block that Blocks lacks.
	Marks Marks
	Began time.Time // by the node's clock: every block acknowledged before is in, or was dropped before
	Now   time.Time // the journal's clock when it answered, to its resolution
}

// Config bounds a tail.
type Config struct {
	Parallel int   // journal calls side by side for a snapshot; default 16
	Keep     int64 // bytes of blocks kept over all shards; default 256 MiB. A block that does not fit is read again at each question
}

// Tail follows shards. It is safe for concurrent use.
type Tail struct {
	cfg     Config
	journal journal.Journal
	dir     journal.Directory
	sched   sched.Scheduler
	observe func(telemetry.Stamp)

	mu     sync.Mutex
	shards map[telemetry.Shard]*follower
	held   Held
}

// Held is what a tail keeps of the journal, over all shards that somebody asked for: blocks above the dropped marks as they stood at the last question.
type Held struct {
	Blocks, Bytes, Readings int64
}

// Held tells what is kept now.
func (t *Tail) Held() Held {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

// keep counts a block that is kept, or with sign -1 one that is forgotten.
func (t *Tail) keep(b Block, sign int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(b, sign)
}

// count is keep with mu held.
func (t *Tail) count(b Block, sign int64) {
	t.held.Blocks += sign
	t.held.Bytes += sign * int64(b.Size)
	if b.View != nil {
		t.held.Readings += sign * int64(b.View.Readings())
	}
}

// New makes a tail. observe hears the stamp of every block seen and may be nil.
func New(cfg Config, j journal.Journal, d journal.Directory, s sched.Scheduler, observe func(telemetry.Stamp)) *Tail {
	if cfg.Parallel == 0 {
		cfg.Parallel = 16
	}
	if cfg.Keep == 0 {
		cfg.Keep = 256 << 20
	}
	if observe == nil {
		observe = func(telemetry.Stamp) {}
	}
	return &Tail{cfg: cfg, journal: j, dir: d, sched: s, observe: observe, shards: map[telemetry.Shard]*follower{}}
}

// Snapshot reads a shard. The result is shared: it must not be changed.
func (t *Tail) Snapshot(ctx context.Context, s telemetry.Shard) (*Snapshot, error) {
	r, start := t.join(s)
	if start != nil {
		t.sched.Go("tail", start)
	}
	if err := r.done.Wait(ctx); err != nil {
		return nil, fault.Wrap(fault.Canceled, "tail.snapshot", err)
	}
	return r.snapshot, r.err
}

// join gives the shard's next round; start is the follower's actor if it does not run.
func (t *Tail) join(s telemetry.Shard) (r *round, start func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.shards[s]
	if f == nil {
		f = &follower{tail: t, shard: s, streams: map[telemetry.Stream]*known{}}
		t.shards[s] = f
	}
	f.asked = t.sched.Now()
	if f.next == nil {
		f.next = &round{done: t.sched.NewEvent()}
		if !f.busy {
			f.busy = true
			start = f.run
		}
	}
	return f.next, start
}

// round is one reading of the journal, shared by everybody who asked before it began.
type round struct {
	done     sched.Event
	snapshot *Snapshot
	err      error
}

// follower is a tail's memory of one shard. The actor that runs a round owns streams; of one that is not busy Tail.mu guards them.
type follower struct {
	tail    *Tail
	shard   telemetry.Shard
	streams map[telemetry.Stream]*known

	busy  bool      // guarded by Tail.mu
	next  *round    // guarded by Tail.mu
	asked time.Time // when somebody last wanted it; guarded by Tail.mu
}

// known is what is remembered of a stream: blocks by number, rising.
type known struct {
	blocks     []Block
	contiguous telemetry.Number // every number up to it is known or below the mark
	state      journal.State
	read       int // the round's pass in which it was last read
}

func (f *follower) run() {
	t := f.tail
	for {
		t.mu.Lock()
		r := f.next
		f.next = nil
		if r == nil {
			f.busy = false
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		ctx, cancel := t.sched.WithTimeout(context.Background(), 10*time.Second)
		r.snapshot, r.err = f.read(ctx)
		cancel()
		r.done.Set()
	}
}

// read takes a snapshot. Blocks of streams already known are asked for first, then the indexes; a stream that the indexes show and that
// was not read yet is read, and then the indexes again, until nothing new appears: so the marks are always read after the blocks.
func (f *follower) read(ctx context.Context) (*Snapshot, error) {
	t := f.tail
	snap := &Snapshot{Shard: f.shard, Began: t.sched.Now()}
	first, err := t.dir.First(ctx, f.shard)
	if fault.Is(err, fault.NotFound) {
		return snap, nil
	}
	if err != nil {
		return nil, err
	}
	pass := 1
	f.forgetReads()
	if err := f.readStreams(ctx, f.worth(pass), pass); err != nil {
		return nil, err
	}
	for {
		indexes, err := f.indexes(ctx, first)
		if err != nil {
			return nil, err
		}
		f.learn(first, indexes)
		fresh := f.worth(pass)
		if len(fresh) == 0 {
			f.fill(snap, first, indexes)
			return snap, nil
		}
		if err := f.readStreams(ctx, fresh, pass); err != nil {
			return nil, err
		}
	}
}

func (f *follower) forgetReads() {
	for _, k := range f.streams {
		k.read = 0
	}
}

// worth lists the streams that have to be read in this pass: open, or with numbers above the mark that are not all known.
func (f *follower) worth(pass int) []telemetry.Stream {
	var out []telemetry.Stream
	for s, k := range f.streams {
		if k.read < pass && !(k.state.Sealed && k.contiguous >= k.state.Last) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, telemetry.Stream.Compare)
	return out
}

func (f *follower) indexes(ctx context.Context, first telemetry.Day) ([]journal.Index, error) {
	t := f.tail
	last := max(first, telemetry.DayOf(t.sched.Now())+1)
	var out []journal.Index
	for n := int(last - first + 1); len(out) < n; {
		from := len(out)
		out = append(out, make([]journal.Index, n-from)...)
		err := sched.Each(ctx, t.sched, n-from, t.cfg.Parallel, func(ctx context.Context, i int) error {
			var err error
			out[from+i], err = t.journal.Index(ctx, f.shard, first+telemetry.Day(from+i))
			return err
		})
		if err != nil {
			return nil, err
		}
		n = max(n, int(telemetry.DayOf(out[n-1].At)+1-first)+1) // streams have their day by the journal's clock: this node's may be days behind
	}
	return out, nil
}

// learn takes over what the indexes say: new streams, marks that moved, streams that are finished and gone.
func (f *follower) learn(first telemetry.Day, indexes []journal.Index) {
	listed := map[telemetry.Stream]bool{}
	for _, idx := range indexes {
		for _, st := range idx.Streams {
			listed[st.Stream] = true
			k := f.streams[st.Stream]
			if k == nil {
				k = &known{}
				f.streams[st.Stream] = k
			}
			k.state = st
			f.forget(k, st.Mark)
		}
	}
	for s, k := range f.streams {
		if !listed[s] {
			f.forget(k, 1<<63)
			delete(f.streams, s)
		}
	}
}

// forget drops what is at or below a mark.
func (f *follower) forget(k *known, mark telemetry.Number) {
	n := 0
	for n < len(k.blocks) && k.blocks[n].At.Number <= mark {
		f.tail.keep(k.blocks[n], -1)
		n++
	}
	k.blocks = slices.Delete(k.blocks, 0, n)
	k.contiguous = max(k.contiguous, mark)
	k.advance()
}

func (k *known) advance() {
	for _, b := range k.blocks {
		if b.At.Number == k.contiguous+1 {
			k.contiguous++
		}
	}
}

func (f *follower) readStreams(ctx context.Context, streams []telemetry.Stream, pass int) error {
	t := f.tail
	got := make([][]Block, len(streams))
	err := sched.Each(ctx, t.sched, len(streams), t.cfg.Parallel, func(ctx context.Context, i int) error {
		var err error
		got[i], err = f.readStream(ctx, streams[i], f.streams[streams[i]].contiguous)
		return err
	})
	if err != nil {
		return err
	}
	for i, s := range streams {
		k := f.streams[s]
		k.read = pass
		k.add(f.tail, got[i])
	}
	return nil
}

// add merges blocks that were read; both lists rise.
func (k *known) add(t *Tail, blocks []Block) {
	for _, b := range blocks {
		i, found := slices.BinarySearchFunc(k.blocks, b.At.Number, func(x Block, n telemetry.Number) int {
			switch {
			case x.At.Number < n:
				return -1
			case x.At.Number > n:
				return 1
			}
			return 0
		})
		if !found {
			k.blocks = slices.Insert(k.blocks, i, b)
			t.keep(b, 1)
		}
	}
	k.advance()
}

func (f *follower) readStream(ctx context.Context, s telemetry.Stream, after telemetry.Number) ([]Block, error) {
	var out []Block
	for e, err := range f.tail.journal.Read(ctx, s, after) {
		if err != nil {
			return nil, err
		}
		b := Block{At: telemetry.Position{Stream: s, Number: e.Number}, Size: len(e.Block)}
		if !e.Void {
			v, err := telemetry.OpenBlock(e.Block)
			if err == nil && v.Header().At != b.At {
				err = fault.New(fault.Corrupt, "tail.read", "the block at %s says it is %s", b.At, v.Header().At)
			}
			if err != nil {
				return nil, fault.Wrap(fault.Corrupt, "tail.read", err)
			}
			f.tail.observe(v.Header().Stamp)
			b.View = v
		}
		out = append(out, b)
	}
	return out, nil
}

// fill completes the snapshot with what is known now.
func (f *follower) fill(snap *Snapshot, first telemetry.Day, indexes []journal.Index) {
	snap.Marks.First = first
	for _, idx := range indexes {
		snap.Marks.Versions = append(snap.Marks.Versions, idx.Version)
		if snap.Now.IsZero() || idx.At.Before(snap.Now) {
			snap.Now = idx.At
		}
		snap.Streams = append(snap.Streams, idx.Streams...)
		for _, st := range idx.Streams {
			snap.Blocks = append(snap.Blocks, f.streams[st.Stream].blocks...)
		}
	}
	f.tail.makeRoom(f)
}

// makeRoom forgets blocks while too much is kept: first those of shards that nobody has asked for in the longest time, last those of the
// shard whose actor calls. Without that order blocks of a shard that nobody asks for any more would fill the memory for ever.
func (t *Tail) makeRoom(f *follower) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.held.Bytes > t.cfg.Keep {
		idle := t.idlest()
		if idle == nil {
			f.evict()
			return
		}
		idle.evict()
		delete(t.shards, idle.shard)
	}
}

// idlest is the follower without a round that was asked for the longest ago, nil if there is none. Called with mu held.
func (t *Tail) idlest() *follower {
	var out *follower
	for _, f := range t.shards {
		if f.busy {
			continue
		}
		if out == nil || cmp.Or(f.asked.Compare(out.asked), cmp.Compare(f.shard.Tenant, out.shard.Tenant), cmp.Compare(f.shard.Index, out.shard.Index)) < 0 {
			out = f
		}
	}
	return out
}

// evict forgets the shard's blocks, which the next round reads again. Called with Tail.mu held.
func (f *follower) evict() {
	for _, k := range f.streams {
		for _, b := range k.blocks {
			f.tail.count(b, -1)
		}
		k.blocks, k.contiguous = nil, k.state.Mark
	}
}
