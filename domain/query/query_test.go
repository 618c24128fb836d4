package query_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/analytics"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/retention"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

const tenant = telemetry.Tenant("t")

var shard = telemetry.Shard{Tenant: tenant}

// house is a reader with a cache, a writer and a compactor over memory on virtual time. during is called at every
// operation on rows that the reader makes, before it; those of the compactor are not seen.
type house struct {
	*testing.T
	sched  *memory.Sched
	j      *memory.Journal
	rows   *memory.Rows
	cache  *memory.Cache
	in     *ingest.Service
	comp   *compaction.Service
	keeps  *retention.Service
	q      *query.Service
	during func(k chunks.Key)
	gets   int
}

// seen is the rows as the reader asks for them.
type seen struct {
	*memory.Rows
	h *house
}

func (s seen) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	s.h.gets++
	if s.h.during != nil {
		s.h.during(k)
	}
	return s.Rows.Get(ctx, k)
}

func in(t *testing.T, cfg compaction.Config, body func(ctx context.Context, h *house)) {
	t.Helper()
	s := memory.NewSched(9)
	h := &house{T: t, sched: s, j: memory.NewJournal(s), rows: memory.NewRows(s), cache: memory.NewCache(s, 1<<20)}
	account := memory.NewAccount(s)
	writers := 0
	h.in = ingest.New(ingest.Config{}, ingest.Log{Region: "east", Journal: h.j, Directory: h.j}, s,
		func() telemetry.Writer { writers++; return telemetry.Writer(fmt.Sprintf("%026d", writers)) }, nil,
		ingest.Observer{})
	rows := bounds.One(h.rows, account)
	h.comp = compaction.New(cfg, compaction.Stores{Journal: h.j, Directory: h.j,
		Tail: tail.New(tail.Config{}, h.j, h.j, s, nil), Rows: rows}, s)
	h.keeps = retention.New(retention.Config{Settling: cfg.Settling, Keep: cfg.Retention}, h.j, rows, s)
	h.q = query.New(query.Config{}, tail.New(tail.Config{}, h.j, h.j, s, nil), seen{h.rows, h}, h.cache, s)
	err := s.Run(func() {
		ctx := context.Background()
		h.must(h.rows.Prepare(ctx))
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func of(source, metric string) telemetry.Series {
	return telemetry.Series{Source: telemetry.Source(source), Metric: telemetry.Metric(metric)}
}

func (h *house) write(ctx context.Context, s telemetry.Series, times ...int64) {
	h.Helper()
	var b telemetry.Batch
	i := b.AddSeries(s, "W")
	for _, t := range times {
		b.Add(i, t, float64(t))
	}
	h.send(ctx, &b)
}

func (h *house) send(ctx context.Context, b *telemetry.Batch) {
	h.Helper()
	_, err := h.in.Write(ctx, tenant, b, ingest.Options{})
	h.must(err)
}

// settle compacts until the journal is empty.
func (h *house) settle(ctx context.Context) {
	h.Helper()
	for {
		res, err := h.comp.Compact(ctx, shard)
		h.must(err)
		if res.Done() {
			return
		}
		_ = h.sched.Sleep(ctx, 3*time.Second)
	}
}

func (h *house) times(ctx context.Context, s telemetry.Series) []int64 {
	h.Helper()
	page, err := h.q.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 1000})
	h.must(err)
	return page.Times
}

func (h *house) want(ctx context.Context, when string, s telemetry.Series, want ...int64) {
	h.Helper()
	if got := h.times(ctx, s); !slices.Equal(got, want) {
		h.Fatalf("%s: %v, want %v", when, got, want)
	}
}

// year is a moment in another year window for each number.
func year(n int64) int64 { return n * 384 * 24 * int64(time.Hour) }

// TestAFloorReadLateHidesNothing settles and drops a block, and raises the floor over it, between any two of a
// reader's calls: the reader's cached catalogue row is older than the block, and the block must count all the same.
func TestAFloorReadLateHidesNothing(t *testing.T) {
	for at := range 8 {
		in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
			s := of("s", "m")
			h.write(ctx, s, year(1))
			h.settle(ctx)
			h.want(ctx, "first", s, year(1)) // the rows are cached
			h.write(ctx, s, year(2))
			calls, busy := 0, false
			h.during = func(chunks.Key) {
				if calls++; busy || calls != at+1 {
					return
				}
				busy = true
				h.settle(ctx)
				_ = h.sched.Sleep(ctx, 30*time.Second)
				h.settle(ctx) // raises the floor
			}
			h.want(ctx, fmt.Sprintf("overtaken before call %d", at), s, year(1), year(2))
		})
	}
}

// TestACachedChunkCountsUnderItsMarksOnly caches a chunk, lets a block move into it, and asks again.
func TestACachedChunkCountsUnderItsMarksOnly(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.write(ctx, s, 1)
		h.settle(ctx)
		h.want(ctx, "first", s, 1)
		h.gets = 0
		h.want(ctx, "again", s, 1)
		if h.gets > 2 { // the floor and the horizon
			t.Errorf("%d rows were read though nothing moved", h.gets)
		}
		h.write(ctx, s, 2)
		h.want(ctx, "with a block", s, 1, 2)
		page, err := h.q.Series(ctx, tenant, query.Selector{}, telemetry.Series{}, 10)
		h.must(err)
		if len(page.Series) != 1 || page.Series[0].Count != 2 || page.Series[0].Last != 2 {
			t.Errorf("%+v: the rollup does not know of the block", page.Series)
		}
		h.settle(ctx)
		h.want(ctx, "after it was dropped", s, 1, 2)
	})
}

// purged deletes a reading, carries the deletion out, and forgets it.
func (h *house) purged(ctx context.Context, s telemetry.Series, at int64) {
	h.Helper()
	h.send(ctx, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: at, To: at + 1}}})
	h.settle(ctx)
	for range 20 {
		_ = h.sched.Sleep(ctx, 5*time.Second)
		h.settle(ctx)
		if standing, err := h.keeps.Purge(ctx, shard); err != nil || standing == 0 {
			h.must(err)
			return
		}
	}
	h.Fatal("the deletion still stands")
}

// TestChunksAreCachedAgainAfterAPurge: one deletion must not keep a series out of the cache for ever.
func TestChunksAreCachedAgainAfterAPurge(t *testing.T) {
	in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.write(ctx, s, year(1), year(2)+1, year(3))
		h.settle(ctx)
		h.purged(ctx, s, year(2)+1)
		h.want(ctx, "purged", s, year(1), year(3))
		h.gets = 0
		h.want(ctx, "again", s, year(1), year(3))
		if h.gets > 2 {
			t.Errorf("%d rows were read though nothing moved", h.gets)
		}
	})
}

// TestALoadFromBeforeThePurgeIsNotShared lets a slow read of a chunk begin before the chunk is purged, and a reader
// that no longer hears of the deletion ask for the same chunk.
func TestALoadFromBeforeThePurgeIsNotShared(t *testing.T) {
	in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.write(ctx, s, 1, 2)
		h.settle(ctx)
		h.send(ctx, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: 2, To: 3}}})
		h.settle(ctx)
		_ = h.sched.Sleep(ctx, 30*time.Second)
		h.settle(ctx)
		// From here on no mark moves. The slow one takes the chunk's value now and gives it to those who wait when
		// everything is over.
		key := chunks.ChunkKey(tenant, s, telemetry.WindowOf(telemetry.WindowYear, 2))
		slow := &slowRow{key: key, h: h}
		h.q = slow.reader()
		done := false
		h.sched.Go("slow reader", func() { h.want(ctx, "slow", s, 1); done = true })
		_ = h.sched.Sleep(ctx, time.Second)
		for standing := 1; standing > 0; {
			var err error
			standing, err = h.keeps.Purge(ctx, shard)
			h.must(err)
			_ = h.sched.Sleep(ctx, 3*time.Second)
		}
		h.cache.Flush() // the catalogue's row is read anew: it has forgotten the deletion
		h.want(ctx, "beside it", s, 1)
		for !done {
			_ = h.sched.Sleep(ctx, time.Second)
		}
	})
}

// slowRow is rows of which the first answer for a key takes a minute.
type slowRow struct {
	*memory.Rows
	h     *house
	key   chunks.Key
	asked bool
}

func (r *slowRow) reader() *query.Service {
	r.Rows = r.h.rows
	t := tail.New(tail.Config{}, r.h.j, r.h.j, r.h.sched, nil)
	return query.New(query.Config{}, t, r, r.h.cache, r.h.sched)
}

func (r *slowRow) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	row, err := r.Rows.Get(ctx, k)
	if k == r.key && !r.asked {
		r.asked = true
		_ = r.h.sched.Sleep(ctx, time.Minute)
	}
	return row, err
}

// rubbish is a cache that answers everything with the same bytes.
type rubbish struct{ value []byte }

func (r rubbish) Get(_ context.Context, keys ...cache.Key) ([][]byte, error) {
	out := make([][]byte, len(keys))
	for i := range out {
		out[i] = r.value
	}
	return out, nil
}
func (rubbish) Set(context.Context, cache.Key, []byte, time.Duration) error { return nil }
func (rubbish) Delete(context.Context, ...cache.Key) error                  { return nil }

// TestRubbishInTheCacheIsAMiss answers with bytes that no version of the program wrote.
func TestRubbishInTheCacheIsAMiss(t *testing.T) {
	for _, value := range []string{"", "x", "\x01", "\x02", "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\x02\x02{}", "\x02\x7f{", "\x01\x02{}x"} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			s := of("s", "m")
			h.write(ctx, s, 1)
			h.settle(ctx)
			h.q = query.New(query.Config{}, tail.New(tail.Config{}, h.j, h.j, h.sched, nil), h.rows,
				rubbish{[]byte(value)}, h.sched)
			h.want(ctx, fmt.Sprintf("%q", value), s, 1)
		})
	}
}

// TestPages walks readings, series, sources and latest values page by page, half in the journal and half in the
// account.
func TestPages(t *testing.T) {
	in(t, compaction.Config{ChunkReadings: 5}, func(ctx context.Context, h *house) {
		var series, got []telemetry.Series
		for i := range 12 {
			if i == 6 {
				h.settle(ctx)
			}
			for _, m := range []string{"a", "b"} {
				s := of(fmt.Sprintf("s%02d", (i*5)%12), m)
				h.write(ctx, s, 1, 2, year(1), year(1)+int64(time.Hour), year(2), year(2)+1, year(2)+2)
				series = append(series, s)
			}
		}
		slices.SortFunc(series, telemetry.Series.Compare)
		var latest []telemetry.Series
		for after, more := (telemetry.Series{}), true; more; {
			page, err := h.q.Series(ctx, tenant, query.Selector{}, after, 5)
			h.must(err)
			for _, s := range page.Series {
				if got = append(got, s.Series); s.Count != 7 || s.First != 1 || s.Last != year(2)+2 || s.Unit != "W" {
					t.Errorf("%+v", s)
				}
			}
			last, err := h.q.Latest(ctx, tenant, query.Selector{}, after, 5)
			h.must(err)
			for _, l := range last.Latest {
				latest = append(latest, l.Series)
			}
			if more = page.Next != nil; more {
				after = *page.Next
			}
		}
		if !slices.Equal(got, series) || !slices.Equal(latest, series) {
			t.Errorf("series %v and latest %v, want %v", got, latest, series)
		}
		sources := 0
		for after, more := (*telemetry.Source)(nil), true; more; {
			page, err := h.q.Sources(ctx, tenant, query.Selector{}, after, 5)
			h.must(err)
			sources += len(page.Sources)
			after, more = page.Next, page.Next != nil
		}
		var times []int64
		for after, more := (*int64)(nil), true; more; {
			page, err := h.q.Readings(ctx, tenant, query.ReadingsQuery{Series: series[0], From: 2, To: year(2) + 2,
				Limit: 2, After: after})
			h.must(err)
			times = append(times, page.Times...)
			after, more = page.Next, page.Next != nil
		}
		if want := []int64{2, year(1), year(1) + int64(time.Hour), year(2), year(2) + 1}; sources != 12 ||
			!slices.Equal(times, want) {
			t.Errorf("%d sources, readings %v, want 12 and %v", sources, times, want)
		}
	})
}

// TestSelectorsAndGroups picks by labels, also by their absence, and groups by one.
func TestSelectorsAndGroups(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		for i, city := range []string{"oslo", "bern", "oslo", ""} {
			if i == 2 {
				h.settle(ctx)
			}
			s := of(fmt.Sprintf("s%d", i), "m")
			var b telemetry.Batch
			b.Add(b.AddSeries(s, ""), 1, float64(i+1))
			if city != "" {
				b.Sources = []telemetry.Description{{Source: s.Source,
					Labels: []telemetry.Label{{Name: "city", Value: city}}}}
			}
			h.send(ctx, &b)
		}
		for want, sel := range map[string][]query.Match{
			"[s0 s2]":    {{Name: "city", Value: "oslo"}},
			"[s1 s3]":    {{Name: "city", Value: "oslo", Not: true}},
			"[s3]":       {{Name: "city", Value: ""}},
			"[s0 s1 s2]": {{Name: "city", Value: "", Not: true}},
			"[]":         {{Name: "city", Value: "oslo"}, {Name: "city", Value: "bern"}},
		} {
			page, err := h.q.Sources(ctx, tenant, query.Selector{Labels: sel}, nil, 10)
			h.must(err)
			names := []telemetry.Source{}
			for _, s := range page.Sources {
				names = append(names, s.Source)
			}
			if got := fmt.Sprint(names); got != want {
				t.Errorf("%+v picks %s, want %s", sel, got, want)
			}
		}
		step, err := analytics.ParseStep("1h", time.UTC)
		h.must(err)
		funcs, err := analytics.ParseFuncs("sum")
		h.must(err)
		page, err := h.q.Aggregates(ctx, tenant, query.AggregatesQuery{From: 0, To: int64(time.Hour), Step: step,
			Funcs: funcs, GroupBy: []string{"city"}})
		h.must(err)
		var got []string
		for _, g := range page.Groups {
			got = append(got, fmt.Sprint(g.Key[0].Value, g.Columns[0][0].V))
		}
		if want := []string{"4", "bern2", "oslo4"}; !slices.Equal(got, want) {
			t.Errorf("groups %v, want %v", got, want)
		}
		for text, want := range map[string][]string{"city": nil, "source,metric": nil, "citi": {"citi"},
			"b,city,source,a": {"b", "a"}} {
			q := query.AggregatesQuery{From: 0, To: int64(time.Hour), Step: step, Funcs: funcs,
				GroupBy: strings.Split(text, ",")}
			page, err := h.q.Aggregates(ctx, tenant, q)
			h.must(err)
			if !slices.Equal(page.Unknown, want) {
				t.Errorf("by %s: no series has %v, want %v", text, page.Unknown, want)
			}
			q.Selector.Source = "nobody"
			if page, err = h.q.Aggregates(ctx, tenant, q); err != nil || page.Unknown != nil {
				t.Errorf("by %s, of nothing: %v, %v", text, page.Unknown, err)
			}
		}
	})
}
