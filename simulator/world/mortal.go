package world

import (
	"context"
	"iter"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// life is a node's: the calls of a dead node never return, those of a frozen one when it thaws.
type life struct {
	world  *World
	dead   bool
	frozen sched.Event
	never  sched.Event
}

func (l *life) gate() {
	for l.frozen != nil && !l.dead {
		_ = l.frozen.Wait(context.Background())
	}
	if l.dead {
		_ = l.never.Wait(context.Background())
	}
}

// through carries out a call of the node, unless it dies before; the answer of one that it does not live to see is
// lost.
func through[T any](l *life, call func() (T, error)) (T, error) {
	l.gate()
	out, err := call()
	l.gate()
	return out, err
}

func only(l *life, call func() error) error {
	_, err := through(l, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// mortalJournal is a journal as a node sees it: appends may be held on their way and arrive late.
type mortalJournal struct {
	*memory.Journal
	life *life
}

func (m *mortalJournal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	w := m.life.world
	if w.HoldRate == 0 || w.Rand.Float64() >= w.HoldRate {
		return through(m.life, func() (journal.Stored, error) { return m.Journal.Append(ctx, a) })
	}
	m.life.gate()
	a.Block = append([]byte(nil), a.Block...)
	hold := time.Duration(w.Rand.Int64N(int64(w.HoldFor)))
	done := w.Sched.NewEvent()
	var out journal.Stored
	var err error
	w.Sched.Go("held append", func() {
		_ = w.Sched.Sleep(context.Background(), hold)
		out, err = m.Journal.Append(context.Background(), a)
		done.Set()
	})
	if e := done.Wait(ctx); e != nil {
		m.life.gate()
		return journal.Stored{}, fault.Wrap(fault.Indeterminate, "world.append", e)
	}
	m.life.gate()
	return out, err
}

func (m *mortalJournal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		m.life.gate()
		for e, err := range m.Journal.Read(ctx, s, after) {
			if slow := m.life.slowly(ctx); slow != nil && err == nil {
				e, err = journal.Entry{}, slow
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		m.life.gate()
	}
}

// slowly takes the time of a block that is read.
func (l *life) slowly(ctx context.Context) error {
	w := l.world
	if w.SlowRead == 0 {
		return nil
	}
	return fault.Wrap(fault.Canceled, "world.read", w.Sched.Sleep(ctx, time.Duration(w.Rand.Int64N(int64(w.SlowRead)))))
}

func (m *mortalJournal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	return through(m.life, func() (journal.Index, error) { return m.Journal.Index(ctx, of, day) })
}

func (m *mortalJournal) Drop(ctx context.Context, s telemetry.Stream, n telemetry.Number) error {
	return only(m.life, func() error { return m.Journal.Drop(ctx, s, n) })
}

func (m *mortalJournal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	return through(m.life, func() (journal.State, error) { return m.Journal.End(ctx, s) })
}

func (m *mortalJournal) Seal(ctx context.Context, s telemetry.Stream, n telemetry.Number) error {
	return only(m.life, func() error { return m.Journal.Seal(ctx, s, n) })
}

func (m *mortalJournal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	return only(m.life, func() error { return m.Journal.Fill(ctx, s, e) })
}

func (m *mortalJournal) Advance(ctx context.Context, s telemetry.Shard, to telemetry.Day) error {
	return only(m.life, func() error { return m.Journal.Advance(ctx, s, to) })
}

// mortalRows is the account's rows as a node sees them.
type mortalRows struct {
	chunks.Store
	life *life
}

func (m *mortalRows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return through(m.life, func() (chunks.Row, error) { return m.Store.Get(ctx, k) })
}

func (m *mortalRows) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(yield func(chunks.Row, error) bool) {
		m.life.gate()
		for row, err := range m.Store.Scan(ctx, r) {
			if !yield(row, err) {
				return
			}
		}
		m.life.gate()
	}
}

func (m *mortalRows) Apply(ctx context.Context, changes ...chunks.Change) error {
	return only(m.life, func() error { return m.Store.Apply(ctx, changes...) })
}

// mortalQueue is a queue as a node sees it: what a dead node has leased comes back, and it receives nothing more.
type mortalQueue struct {
	*memory.Queue
	life *life
}

func (m *mortalQueue) Send(ctx context.Context, body []byte, delay time.Duration) error {
	return only(m.life, func() error { return m.Queue.Send(ctx, body, delay) })
}

func (m *mortalQueue) Receive(ctx context.Context, n int, visibility time.Duration) ([]queue.Delivery, error) {
	return through(m.life, func() ([]queue.Delivery, error) { return m.Queue.Receive(ctx, n, visibility) })
}

func (m *mortalQueue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
	return through(m.life, func() (queue.Delivery, error) { return m.Queue.Extend(ctx, d, visibility) })
}

func (m *mortalQueue) Delete(ctx context.Context, d queue.Delivery) error {
	return only(m.life, func() error { return m.Queue.Delete(ctx, d) })
}
