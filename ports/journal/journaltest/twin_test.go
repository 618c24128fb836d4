package journaltest_test

import (
	"context"
	"iter"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// twin is a memory journal of which some operations are replaced by broken ones. Those that are nil are sound.
type twin struct {
	*memory.Journal
	append   func(ctx context.Context, a journal.Append) (journal.Stored, error)
	read     func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error]
	heads    func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error]
	index    func(ix journal.Index) journal.Index
	state    func(st journal.State) journal.State
	drop     func(ctx context.Context, s telemetry.Stream, through telemetry.Number) error
	end      func(ctx context.Context, s telemetry.Stream) (journal.State, error)
	seal     func(err error) error
	sealing  func(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error
	fill     func(err error) error
	init     func(err error) error
	place    func(p journal.Place) journal.Place
	change   func(ctx context.Context, from, to journal.Place) error
	told     func(p journal.Place) journal.Place
	register func(err error) error
	prepare  func(err error) error
	first    func(day telemetry.Day) telemetry.Day
	shard    func(s telemetry.Shard) telemetry.Shard
	expire   func(ctx context.Context, before telemetry.Day) error
	advance  func(ctx context.Context, r journal.Registered, to telemetry.Day) error
	setEven  func(ctx context.Context, with journal.Peer, to time.Time) error
	even     func(e journal.Even) journal.Even
	lower    func(ctx context.Context, s telemetry.Shard, day telemetry.Day) error
	wipe     func()
}

// wiped empties the storage.
func (t *twin) wiped() {
	t.Wipe()
	if t.wipe != nil {
		t.wipe()
	}
}

func (t *twin) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if t.append != nil {
		return t.append(ctx, a)
	}
	return t.Journal.Append(ctx, a)
}

func (t *twin) Read(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	if t.read != nil {
		return t.read(ctx, s, after)
	}
	return t.Journal.Read(ctx, s, after)
}

func (t *twin) Heads(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
	if t.heads != nil {
		return t.heads(ctx, s, after)
	}
	return t.Journal.Heads(ctx, s, after)
}

func (t *twin) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	ix, err := t.Journal.Index(ctx, of, day)
	if t.index != nil && err == nil {
		ix = t.index(ix)
	}
	return ix, err
}

func (t *twin) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	st, err := t.Journal.State(ctx, s)
	if t.state != nil && err == nil {
		st = t.state(st)
	}
	return st, err
}

func (t *twin) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	if t.drop != nil {
		return t.drop(ctx, s, through)
	}
	return t.Journal.Drop(ctx, s, through)
}

func (t *twin) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	if t.end != nil {
		return t.end(ctx, s)
	}
	return t.Journal.End(ctx, s)
}

func (t *twin) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	if t.sealing != nil {
		return t.sealing(ctx, s, last, unchanged)
	}
	return through(t.seal, t.Journal.Seal(ctx, s, last, unchanged))
}

func (t *twin) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	return through(t.fill, t.Journal.Fill(ctx, s, e))
}

func (t *twin) Init(ctx context.Context, p journal.Place) error {
	if t.place != nil {
		p = t.place(p)
	}
	return through(t.init, t.Journal.Init(ctx, p))
}

func (t *twin) Change(ctx context.Context, from, to journal.Place) error {
	if t.change != nil {
		return t.change(ctx, from, to)
	}
	return t.Journal.Change(ctx, from, to)
}

func (t *twin) Identity(ctx context.Context) (journal.Place, error) {
	p, err := t.Journal.Identity(ctx)
	if t.told != nil && err == nil {
		p = t.told(p)
	}
	return p, err
}

func (t *twin) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	if t.shard != nil {
		s = t.shard(s)
	}
	return through(t.register, t.Journal.Register(ctx, s, day))
}

func (t *twin) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	day, err := t.Journal.First(ctx, s)
	if t.first != nil && err == nil {
		day = t.first(day)
	}
	return day, err
}

func (t *twin) Advance(ctx context.Context, r journal.Registered, to telemetry.Day) error {
	if t.advance != nil {
		return t.advance(ctx, r, to)
	}
	return t.Journal.Advance(ctx, r, to)
}

func (t *twin) Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	if t.lower != nil {
		return t.lower(ctx, s, day)
	}
	return t.Journal.Lower(ctx, s, day)
}

func (t *twin) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	if t.setEven != nil {
		return t.setEven(ctx, with, to)
	}
	return t.Journal.SetEven(ctx, with, to)
}

func (t *twin) Even(ctx context.Context, with journal.Peer) (journal.Even, error) {
	e, err := t.Journal.Even(ctx, with)
	if t.even != nil && err == nil {
		e = t.even(e)
	}
	return e, err
}

func (t *twin) Prepare(ctx context.Context, day telemetry.Day) error {
	return through(t.prepare, t.Journal.Prepare(ctx, day))
}

func (t *twin) Expire(ctx context.Context, before telemetry.Day) error {
	if t.expire != nil {
		return t.expire(ctx, before)
	}
	return t.Journal.Expire(ctx, before)
}

// through lets f change an outcome.
func through(f func(error) error, err error) error {
	if f == nil {
		return err
	}
	return f(err)
}

// forgive makes a success of one kind of error.
func forgive(k fault.Kind) func(error) error {
	return func(err error) error {
		if fault.Is(err, k) {
			return nil
		}
		return err
	}
}
