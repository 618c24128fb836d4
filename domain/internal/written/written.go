// Package written is a journal and an account in memory on virtual time that are filled through the use cases, as
// clients and workers do it: what reads them is made by the test.
package written

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/readpath"
	"tidemark/domain/retention"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// Tenant has everything, in one shard.
const Tenant = telemetry.Tenant("t")

// Shard is the tenant's.
var Shard = telemetry.Shard{Tenant: Tenant}

// Store is a writer, a compactor and a purger over memory. During is called at every row that a reader gets, before
// it; what the compactor gets is not seen.
type Store struct {
	*testing.T
	Sched      *memory.Sched
	Journal    *memory.Journal
	Rows       *memory.Rows
	Account    *memory.Account
	Cache      *memory.Cache
	Ingest     *ingest.Service
	Compaction *compaction.Service
	Retention  *retention.Service
	During     func(k chunks.Key)
	Gets       int // rows that readers got
}

// In runs a test on a store.
func In(t *testing.T, seed uint64, cfg compaction.Config, body func(ctx context.Context, s *Store)) {
	t.Helper()
	clock := memory.NewSched(seed)
	s := &Store{T: t, Sched: clock, Journal: memory.NewJournal(clock), Rows: memory.NewRows(clock),
		Account: memory.NewAccount(clock), Cache: memory.NewCache(clock, 1<<20)}
	rows := bounds.One(s.Rows, s.Account)
	writers := 0
	s.Ingest = ingest.New(ingest.Config{}, ingest.One("east", s.Journal, s.Journal), clock,
		func() telemetry.Writer { writers++; return telemetry.Writer(fmt.Sprintf("%026d", writers)) }, nil,
		ingest.Observer{})
	s.Compaction = compaction.New(cfg, compaction.Stores{Journal: s.Journal, Directory: s.Journal,
		Tail: s.follow(clock), Rows: rows}, clock)
	s.Retention = retention.New(retention.Config{Settling: cfg.Settling, Keep: cfg.Retention}, s.Journal, rows, clock)
	err := clock.Run(func() {
		ctx := context.Background()
		s.Must(s.Rows.Prepare(ctx))
		body(ctx, s)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *Store) follow(clock sched.Scheduler) *tail.Tail {
	return tail.New(tail.Config{}, s.Journal, s.Journal, clock, nil)
}

// Reader makes a reader that remembers nothing yet. The cache may be nil.
func (s *Store) Reader(cfg readpath.Config, c cache.Cache) *readpath.Reader {
	return s.ReaderOf(cfg, s.Seen(), c, s.Sched)
}

// Seen is the rows as Reader asks for them.
func (s *Store) Seen() chunks.Store { return seen{s.Rows, s} }

// ReaderOf makes a reader of other rows, or by another clock.
func (s *Store) ReaderOf(cfg readpath.Config, rows chunks.Store, c cache.Cache,
	clock sched.Scheduler) *readpath.Reader {
	return readpath.New(cfg, readpath.One(s.follow(clock)), rows, c, clock)
}

// seen is the rows as a reader asks for them.
type seen struct {
	*memory.Rows
	s *Store
}

func (r seen) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	r.s.Gets++
	if r.s.During != nil {
		r.s.During(k)
	}
	return r.Rows.Get(ctx, k)
}

// Must ends the test at an error.
func (s *Store) Must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// Of is a series.
func Of(source, metric string) telemetry.Series {
	return telemetry.Series{Source: telemetry.Source(source), Metric: telemetry.Metric(metric)}
}

// Year is a moment in another year window for each number.
func Year(n int64) int64 { return n * 384 * 24 * int64(time.Hour) }

// Write stores readings of a series whose values are their times.
func (s *Store) Write(ctx context.Context, of telemetry.Series, times ...int64) {
	s.Helper()
	var b telemetry.Batch
	i := b.AddSeries(of, "W")
	for _, t := range times {
		b.Add(i, t, float64(t))
	}
	s.Send(ctx, &b)
}

// Send stores what a request brings, and gives its stamp.
func (s *Store) Send(ctx context.Context, b *telemetry.Batch) telemetry.Stamp {
	s.Helper()
	r, err := s.Ingest.Write(ctx, Tenant, b, ingest.Options{})
	s.Must(err)
	return r.Stamp
}

// Settle compacts until the journal is empty.
func (s *Store) Settle(ctx context.Context) {
	s.Helper()
	s.settle(ctx, s.Compaction)
}

func (s *Store) settle(ctx context.Context, by *compaction.Service) {
	s.Helper()
	for {
		res, err := by.Compact(ctx, Shard)
		s.Must(err)
		if res.Done() {
			return
		}
		_ = s.Sched.Sleep(ctx, 3*time.Second)
	}
}

// Forget compacts and purges, at each turn after a while, until no deletion stands.
func (s *Store) Forget(ctx context.Context, after time.Duration) {
	s.Helper()
	for range 20 {
		_ = s.Sched.Sleep(ctx, after)
		s.Settle(ctx)
		standing, err := s.Retention.Purge(ctx, Shard)
		s.Must(err)
		if standing == 0 {
			return
		}
	}
	s.Fatal("deletions still stand")
}
