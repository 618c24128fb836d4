package twin

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/queue"
	"tidemark/ports/storageaccount"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// Ports are the storages of one region, and the account, as the program knows them.
type Ports struct {
	Journal   journal.Journal
	Directory journal.Directory
	Far       journal.Site // the journal of another region; without a Journal: there is none
	Rows      chunks.Store
	Secondary chunks.Reader // the account's secondary endpoint; nil: nobody reads it
	Account   storageaccount.Account
	Queue     queue.Queue
	Poison    queue.Queue
	Cache     cache.Cache // nil is none
}

// JournalOf is the name of the local account of a region's journal and queues: that of the first region is called after
// what it is, as where there is one only.
func JournalOf(region string) string {
	if region == "east" {
		return "journal"
	}
	return "journal-" + region
}

// Through are the ports as a process in a region sees them: each of their calls goes the path. primary and secondary
// say which regions serve the account now.
func Through(p *path.Path, from string, primary, secondary func() string, of Ports) Ports {
	here := func() string { return from }
	to := func(region func() string, service, account, container string) *line {
		return &line{path: p, from: from, to: region,
			Call: inject.Call{Service: service, Account: account, Container: container}}
	}
	local := to(here, "table", JournalOf(from), "")
	rows, account := Account(p, from, "geo", primary, secondary, of.Rows, of.Account)
	ports := Ports{
		Journal:   &pathJournal{of.Journal, local},
		Directory: &pathDirectory{of.Directory, local},
		Rows:      rows,
		Account:   account,
		Queue:     &pathQueue{of.Queue, to(here, "queue", JournalOf(from), "work")},
		Poison:    &pathQueue{of.Poison, to(here, "queue", JournalOf(from), "work-poison")},
	}
	if of.Far.Journal != nil {
		far := to(func() string { return string(of.Far.Region) }, "table", JournalOf(string(of.Far.Region)), "")
		ports.Far = journal.Site{Region: of.Far.Region, Journal: &pathJournal{of.Far.Journal, far},
			Directory: &pathDirectory{of.Far.Directory, far}}
	}
	if of.Secondary != nil {
		ports.Secondary = &pathSecondary{of.Secondary, to(secondary, "table", "geo", "")}
	}
	if of.Cache != nil {
		ports.Cache = &pathCache{of.Cache, to(here, "redis", "", "")}
	}
	return ports
}

// Account are the rows of an account of a name, and its tidemark, as a process in a region sees them.
func Account(p *path.Path, from, name string, primary, secondary func() string, rows chunks.Store,
	account storageaccount.Account) (chunks.Store, storageaccount.Account) {
	to := func(region func() string) *line {
		return &line{path: p, from: from, to: region, Call: inject.Call{Service: "table", Account: name}}
	}
	return &pathRows{rows, to(primary)}, &pathAccount{account, to(secondary)}
}

type pathJournal struct {
	of journal.Journal
	*line
}

func (j *pathJournal) Identity(ctx context.Context) (journal.Place, error) {
	return through(ctx, j.line, "journal.identity", reads, j.of.Identity)
}

func (j *pathJournal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	a.Block = append([]byte(nil), a.Block...) // it may arrive when its caller has gone on
	return through(ctx, j.line, "journal.append", writes, func(ctx context.Context) (journal.Stored, error) {
		return j.of.Append(ctx, a)
	})
}

func (j *pathJournal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return each(ctx, j.line, "journal.read", func(ctx context.Context) iter.Seq2[journal.Entry, error] {
		return j.of.Read(ctx, s, after)
	})
}

func (j *pathJournal) Heads(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Head, error] {
	return each(ctx, j.line, "journal.heads", func(ctx context.Context) iter.Seq2[journal.Head, error] {
		return j.of.Heads(ctx, s, after)
	})
}

func (j *pathJournal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	return through(ctx, j.line, "journal.index", reads, func(ctx context.Context) (journal.Index, error) {
		return j.of.Index(ctx, of, day)
	})
}

func (j *pathJournal) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	return through(ctx, j.line, "journal.state", reads, func(ctx context.Context) (journal.State, error) {
		return j.of.State(ctx, s)
	})
}

func (j *pathJournal) Drop(ctx context.Context, s telemetry.Stream, n telemetry.Number) error {
	return only(ctx, j.line, "journal.drop", writes, func(ctx context.Context) error { return j.of.Drop(ctx, s, n) })
}

func (j *pathJournal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	return through(ctx, j.line, "journal.end", writes, func(ctx context.Context) (journal.State, error) {
		return j.of.End(ctx, s)
	})
}

func (j *pathJournal) Seal(ctx context.Context, s telemetry.Stream, n telemetry.Number, unchanged string) error {
	return only(ctx, j.line, "journal.seal", writes, func(ctx context.Context) error {
		return j.of.Seal(ctx, s, n, unchanged)
	})
}

func (d *pathDirectory) Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	return only(ctx, d.line, "journal.lower", writes, func(ctx context.Context) error {
		return d.of.Lower(ctx, s, day)
	})
}

func (j *pathJournal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	return only(ctx, j.line, "journal.fill", writes, func(ctx context.Context) error { return j.of.Fill(ctx, s, e) })
}

type pathDirectory struct {
	of journal.Directory
	*line
}

func (d *pathDirectory) Init(ctx context.Context, p journal.Place) error {
	return only(ctx, d.line, "journal.init", writes, func(ctx context.Context) error { return d.of.Init(ctx, p) })
}

func (d *pathDirectory) Change(ctx context.Context, from, to journal.Place) error {
	return only(ctx, d.line, "journal.change", writes, func(ctx context.Context) error {
		return d.of.Change(ctx, from, to)
	})
}

func (d *pathDirectory) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	return only(ctx, d.line, "journal.register", writes, func(ctx context.Context) error {
		return d.of.Register(ctx, s, day)
	})
}

func (d *pathDirectory) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	return through(ctx, d.line, "journal.first", reads, func(ctx context.Context) (telemetry.Day, error) {
		return d.of.First(ctx, s)
	})
}

func (d *pathDirectory) Shards(ctx context.Context) iter.Seq2[journal.Registered, error] {
	return each(ctx, d.line, "journal.shards", d.of.Shards)
}

func (d *pathDirectory) Advance(ctx context.Context, r journal.Registered, to telemetry.Day) error {
	return only(ctx, d.line, "journal.advance", writes, func(ctx context.Context) error {
		return d.of.Advance(ctx, r, to)
	})
}

func (d *pathDirectory) Now(ctx context.Context) (time.Time, error) {
	return through(ctx, d.line, "journal.now", reads, d.of.Now)
}

func (d *pathDirectory) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	return only(ctx, d.line, "journal.seteven", writes, func(ctx context.Context) error {
		return d.of.SetEven(ctx, with, to)
	})
}

func (d *pathDirectory) Even(ctx context.Context, with journal.Peer) (journal.Even, error) {
	return through(ctx, d.line, "journal.even", reads, func(ctx context.Context) (journal.Even, error) {
		return d.of.Even(ctx, with)
	})
}

func (d *pathDirectory) Prepare(ctx context.Context, day telemetry.Day) error {
	return only(ctx, d.line, "journal.prepare", writes,
		func(ctx context.Context) error { return d.of.Prepare(ctx, day) })
}

func (d *pathDirectory) Expire(ctx context.Context, before telemetry.Day) error {
	return only(ctx, d.line, "journal.expire", writes, func(ctx context.Context) error {
		return d.of.Expire(ctx, before)
	})
}

type pathRows struct {
	of chunks.Store
	*line
}

func (r *pathRows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return through(ctx, r.line, "chunks.get", reads, func(ctx context.Context) (chunks.Row, error) {
		return r.of.Get(ctx, k)
	})
}

func (r *pathRows) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return each(ctx, r.line, "chunks.scan", func(ctx context.Context) iter.Seq2[chunks.Row, error] {
		return r.of.Scan(ctx, of)
	})
}

func (r *pathRows) Apply(ctx context.Context, changes ...chunks.Change) error {
	return only(ctx, r.line, "chunks.apply", writes, func(ctx context.Context) error {
		return r.of.Apply(ctx, changes...)
	})
}

func (r *pathRows) Prepare(ctx context.Context, years ...int32) error {
	return only(ctx, r.line, "chunks.prepare", writes, func(ctx context.Context) error {
		return r.of.Prepare(ctx, years...)
	})
}

func (r *pathRows) Expire(ctx context.Context, before int32) error {
	return only(ctx, r.line, "chunks.expire", writes, func(ctx context.Context) error {
		return r.of.Expire(ctx, before)
	})
}

func (r *pathRows) Expired(ctx context.Context) (int32, error) {
	return through(ctx, r.line, "chunks.expired", reads, r.of.Expired)
}

type pathSecondary struct {
	of chunks.Reader
	*line
}

func (r *pathSecondary) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return through(ctx, r.line, "secondary.get", reads, func(ctx context.Context) (chunks.Row, error) {
		return r.of.Get(ctx, k)
	})
}

func (r *pathSecondary) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return each(ctx, r.line, "secondary.scan", func(ctx context.Context) iter.Seq2[chunks.Row, error] {
		return r.of.Scan(ctx, of)
	})
}

func (r *pathSecondary) Expired(ctx context.Context) (int32, error) {
	return through(ctx, r.line, "secondary.expired", reads, r.of.Expired)
}

type pathAccount struct {
	of storageaccount.Account
	*line
}

func (a *pathAccount) Tidemark(ctx context.Context) (region.Tidemark, error) {
	return through(ctx, a.line, "account.tidemark", reads, a.of.Tidemark)
}

type pathQueue struct {
	of queue.Queue
	*line
}

func (q *pathQueue) Send(ctx context.Context, body []byte, delay time.Duration) error {
	body = append([]byte(nil), body...)
	return only(ctx, q.line, "queue.send", writes, func(ctx context.Context) error {
		return q.of.Send(ctx, body,
			delay)
	})
}

func (q *pathQueue) Receive(ctx context.Context, n int, visibility time.Duration) ([]queue.Delivery, error) {
	return through(ctx, q.line, "queue.receive", writes, func(ctx context.Context) ([]queue.Delivery, error) {
		return q.of.Receive(ctx, n, visibility)
	})
}

func (q *pathQueue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
	return through(ctx, q.line, "queue.extend", writes, func(ctx context.Context) (queue.Delivery, error) {
		return q.of.Extend(ctx, d, visibility)
	})
}

func (q *pathQueue) Delete(ctx context.Context, d queue.Delivery) error {
	return only(ctx, q.line, "queue.delete", writes, func(ctx context.Context) error { return q.of.Delete(ctx, d) })
}

func (q *pathQueue) Peek(ctx context.Context, n int) ([]queue.Message, error) {
	return through(ctx, q.line, "queue.peek", reads, func(ctx context.Context) ([]queue.Message, error) {
		return q.of.Peek(ctx, n)
	})
}

func (q *pathQueue) Length(ctx context.Context) (int, error) {
	return through(ctx, q.line, "queue.length", reads, q.of.Length)
}

type pathCache struct {
	of cache.Cache
	*line
}

func (c *pathCache) Get(ctx context.Context, keys ...cache.Key) ([][]byte, error) {
	return through(ctx, c.line, "cache.get", reads, func(ctx context.Context) ([][]byte, error) {
		return c.of.Get(ctx, keys...)
	})
}

func (c *pathCache) Set(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
	value = append([]byte(nil), value...)
	return only(ctx, c.line, "cache.set", reads, func(ctx context.Context) error {
		return c.of.Set(ctx, k, value,
			ttl)
	})
}

func (c *pathCache) Delete(ctx context.Context, keys ...cache.Key) error {
	return only(ctx, c.line, "cache.delete", reads, func(ctx context.Context) error {
		return c.of.Delete(ctx,
			keys...)
	})
}
