package compose

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/queue"
)

// stores puts a decorator around each port of a storage that counts its calls. The ports' proofs run over them.
func (m *metrics) stores(side string, s node.Stores) node.Stores {
	w := &watch{m: m, side: side}
	return node.Stores{
		Journal:   meteredJournal{s.Journal, w},
		Directory: meteredDirectory{s.Directory, w},
		Rows:      s.Rows.Over(func(rows chunks.Store) chunks.Store { return meteredRows{rows, w} }),
		Queue:     meteredQueue{s.Queue, w},
		Poison:    meteredQueue{s.Poison, w},
	}
}

// watch times calls of one side, "request" or "background".
type watch struct {
	m    *metrics
	side string
}

// start begins a call; the func ends it.
func (w *watch) start(op string) func(error) {
	began := time.Now()
	return func(err error) {
		result := "ok"
		if err != nil {
			result = fault.KindOf(err).String()
		}
		w.m.storage.WithLabelValues(op, w.side, result).Observe(time.Since(began).Seconds())
	}
}

// each times an iteration from its first step to its last, the caller's part of it included.
func each[T any](w *watch, op string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		done := w.start(op)
		var failed error
		defer func() { done(failed) }()
		for v, err := range seq {
			failed = err
			if !yield(v, err) {
				return
			}
		}
	}
}

type meteredJournal struct {
	journal.Journal
	w *watch
}

func (j meteredJournal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	done := j.w.start("journal.append")
	s, err := j.Journal.Append(ctx, a)
	done(err)
	return s, err
}

func (j meteredJournal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return each(j.w, "journal.read", j.Journal.Read(ctx, s, after))
}

func (j meteredJournal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	done := j.w.start("journal.index")
	i, err := j.Journal.Index(ctx, of, day)
	done(err)
	return i, err
}

func (j meteredJournal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	done := j.w.start("journal.drop")
	err := j.Journal.Drop(ctx, s, through)
	done(err)
	return err
}

func (j meteredJournal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	done := j.w.start("journal.end")
	st, err := j.Journal.End(ctx, s)
	done(err)
	return st, err
}

func (j meteredJournal) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number) error {
	done := j.w.start("journal.seal")
	err := j.Journal.Seal(ctx, s, last)
	done(err)
	return err
}

func (j meteredJournal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	done := j.w.start("journal.fill")
	err := j.Journal.Fill(ctx, s, e)
	done(err)
	return err
}

// meteredDirectory counts what is asked at each question or each stream; the rest of a directory is rare.
type meteredDirectory struct {
	journal.Directory
	w *watch
}

func (d meteredDirectory) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	done := d.w.start("journal.first")
	day, err := d.Directory.First(ctx, s)
	done(err)
	return day, err
}

func (d meteredDirectory) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	done := d.w.start("journal.register")
	err := d.Directory.Register(ctx, s, day)
	done(err)
	return err
}

func (d meteredDirectory) Prepare(ctx context.Context, day telemetry.Day) error {
	done := d.w.start("journal.prepare")
	err := d.Directory.Prepare(ctx, day)
	done(err)
	return err
}

type meteredRows struct {
	chunks.Store
	w *watch
}

var tableNames = map[chunks.Table]string{chunks.Chunks: "chunks", chunks.Catalogue: "catalogue", chunks.State: "state",
	chunks.Tasks: "tasks"}

func (r meteredRows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	done := r.w.start("rows.get")
	row, err := r.Store.Get(ctx, k)
	done(err)
	return row, err
}

func (r meteredRows) Scan(ctx context.Context, in chunks.Range) iter.Seq2[chunks.Row, error] {
	return each(r.w, "rows.scan", r.Store.Scan(ctx, in))
}

func (r meteredRows) Apply(ctx context.Context, changes ...chunks.Change) error {
	done := r.w.start("rows.apply")
	err := r.Store.Apply(ctx, changes...)
	done(err)
	if err == nil {
		r.w.m.changes.WithLabelValues(tableNames[changes[0].Key.Table]).Add(float64(len(changes)))
	}
	return err
}

type meteredQueue struct {
	queue.Queue
	w *watch
}

func (q meteredQueue) Send(ctx context.Context, body []byte, delay time.Duration) error {
	done := q.w.start("queue.send")
	err := q.Queue.Send(ctx, body, delay)
	done(err)
	return err
}

func (q meteredQueue) Receive(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
	done := q.w.start("queue.receive")
	got, err := q.Queue.Receive(ctx, max, visibility)
	done(err)
	return got, err
}

type meteredCache struct {
	cache.Cache
	m *metrics
}

func (c meteredCache) Get(ctx context.Context, keys ...cache.Key) ([][]byte, error) {
	got, err := c.Cache.Get(ctx, keys...)
	if err != nil {
		c.m.cache.WithLabelValues("error").Add(float64(len(keys)))
		return got, err
	}
	for _, v := range got {
		if v == nil {
			c.m.cache.WithLabelValues("miss").Inc()
		} else {
			c.m.cache.WithLabelValues("hit").Inc()
		}
	}
	return got, nil
}
