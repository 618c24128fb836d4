package world

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// in runs a body over a world with one node whose background work the body drives itself.
func in(t *testing.T, seed uint64, set Settings, body func(ctx context.Context, w *World, n *Node)) {
	t.Helper()
	skewed(t, seed, 0, 0, set, body)
}

// skewed is in with storages whose clocks are ahead of the nodes'.
func skewed(t *testing.T, seed uint64, journal, account time.Duration, set Settings,
	body func(ctx context.Context, w *World, n *Node)) {
	t.Helper()
	w := New(seed)
	w.Skew(journal, account, account)
	err := w.Sched.Run(func() {
		ctx := context.Background()
		must(t, w.Open(ctx))
		body(ctx, w, w.Start(set))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// compactAll makes passes until the journal is empty.
func compactAll(ctx context.Context, t *testing.T, w *World, n *Node) {
	t.Helper()
	for range 100 {
		res, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
		if err != nil {
			t.Fatal(err)
		}
		if res.Done() {
			return
		}
		_ = w.Sched.Sleep(ctx, time.Second)
	}
	t.Fatal("the journal is not empty after 100 passes")
}

func send(ctx context.Context, t *testing.T, n *Node, b *telemetry.Batch) ingest.Receipt {
	t.Helper()
	r, err := n.Ingest.Write(ctx, tenant, b, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answers asks a node everything and prints it: two equal strings are the same data, byte for byte.
func answers(ctx context.Context, t *testing.T, n *Node) string {
	t.Helper()
	var out strings.Builder
	series, err := n.Query.Series(ctx, tenant, query.Selector{}, telemetry.Series{}, 1000)
	must(t, err)
	fmt.Fprintf(&out, "series %+v\n", series.Series)
	sources, err := n.Query.Sources(ctx, tenant, query.Selector{}, nil, 1000)
	must(t, err)
	fmt.Fprintf(&out, "sources %+v\n", sources.Sources)
	latest, err := n.Query.Latest(ctx, tenant, query.Selector{}, telemetry.Series{}, 1000)
	must(t, err)
	fmt.Fprintf(&out, "latest %+v\n", latest.Latest)
	for _, s := range series.Series {
		page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s.Series, From: telemetry.MinTime,
			To: telemetry.MaxTime, Limit: 1 << 20})
		must(t, err)
		fmt.Fprintf(&out, "readings %v %v %x\n", page.Series, page.Times, bitsOf(page.Values))
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	for _, step := range []string{"1h", "1d", "1mo", "90m"} {
		st, err := analytics.ParseStep(step, zone)
		must(t, err)
		fs, err := analytics.ParseFuncs("count,sum,mean,min,max,first,last,stddev,p50,p99")
		must(t, err)
		for _, by := range [][]string{nil, {"city"}} {
			page, err := n.Query.Aggregates(ctx, tenant,
				query.AggregatesQuery{From: start.UnixNano(), To: start.AddDate(0, 3, 0).UnixNano(), Step: st,
					Funcs: fs, GroupBy: by})
			must(t, err)
			for _, g := range page.Groups {
				fmt.Fprintf(&out, "%s %v %v", step, g.Key, g.Starts)
				for _, c := range g.Columns {
					for _, v := range c {
						fmt.Fprintf(&out, " %v:%x", v.Valid, math.Float64bits(v.V))
					}
				}
				out.WriteByte('\n')
			}
		}
	}
	return out.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func bitsOf(values []float64) []uint64 {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = math.Float64bits(v)
	}
	return out
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// TestAnswersDoNotDependOnCompaction loads series of several rates, with corrections and deletions, and asks the same
// before, between and after compactions, with small chunks so that windows split down to the least, through the cache
// and without it.
func TestAnswersDoNotDependOnCompaction(t *testing.T) {
	for _, seed := range seeds(t, 2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			set := Settings{Config: node.Config{Compaction: compaction.Config{ChunkReadings: 30, FineReadings: 20}}}
			in(t, seed, set, func(ctx context.Context, w *World, n *Node) {
				rng := rand.New(rand.NewPCG(seed, 1))
				for round := range 4 {
					load(ctx, t, n, rng, round)
					before := answers(ctx, t, n)
					if _, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant}); err != nil {
						t.Fatal(err)
					}
					same(t, "after one pass", before, answers(ctx, t, n))
					if round%2 == 1 {
						compactAll(ctx, t, w, n)
						same(t, "after compaction", before, answers(ctx, t, n))
						same(t, "by a fresh node without a cache", before,
							answers(ctx, t, w.Start(Settings{NoCache: true})))
						_ = w.Sched.Sleep(ctx, 5*time.Minute) // past the floor's bound
						if _, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant}); err != nil {
							t.Fatal(err)
						}
						for range 3 {
							if _, err := n.Retention.Purge(ctx, telemetry.Shard{Tenant: tenant}); err != nil {
								t.Fatal(err)
							}
							_ = w.Sched.Sleep(ctx, 5*time.Second)
						}
						same(t, "after purging", before, answers(ctx, t, n))
					}
				}
			})
		})
	}
}

func same(t *testing.T, when, want, got string) {
	t.Helper()
	if want != got {
		i := 0
		for i < len(want) && i < len(got) && want[i] == got[i] {
			i++
		}
		t.Fatalf("the answers changed %s, at byte %d:\n…%.300s\nwas\n…%.300s", when, i, got[max(0, i-100):],
			want[max(0, i-100):])
	}
}

// load writes some of everything: a daily, an hourly and three fast series, values that correct others, and a
// deletion.
func load(ctx context.Context, t *testing.T, n *Node, rng *rand.Rand, round int) {
	t.Helper()
	var b telemetry.Batch
	for i, every := range []time.Duration{24 * time.Hour, time.Hour, 20 * time.Second, 30 * time.Millisecond,
		7 * time.Nanosecond} {
		src := telemetry.Source(fmt.Sprintf("s%d", i))
		of := b.AddSeries(telemetry.Series{Source: src, Metric: "m"}, "C")
		b.Sources = append(b.Sources, telemetry.Description{Source: src,
			Labels: []telemetry.Label{{Name: "city", Value: fmt.Sprint("c", i%2)}}})
		at := start.Add(time.Duration(round*20) * every)
		for k := range 60 { // a third again what the round before wrote
			b.Add(of, at.Add(time.Duration(k)*every).UnixNano(), math.Round(rng.NormFloat64()*1000)/100)
		}
	}
	send(ctx, t, n, &b)
	from := start.Add(time.Duration(rng.IntN(40)) * time.Hour)
	send(ctx, t, n, &telemetry.Batch{
		Deletions: []telemetry.Deletion{{Series: telemetry.Series{Source: "s1", Metric: "m"},
			From: from.UnixNano(), To: from.Add(5 * time.Hour).UnixNano()}}})
}

// TestAggregatesEqualTheReadings computes hourly sums from the readings and compares.
func TestAggregatesEqualTheReadings(t *testing.T) {
	in(t, 1, Settings{Config: node.Config{Compaction: compaction.Config{ChunkReadings: 50}}},
		func(ctx context.Context, w *World, n *Node) {
			rng := rand.New(rand.NewPCG(3, 4))
			load(ctx, t, n, rng, 0)
			load(ctx, t, n, rng, 1)
			compactAll(ctx, t, w, n)
			s := telemetry.Series{Source: "s2", Metric: "m"}
			page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
				To: telemetry.MaxTime, Limit: 10000})
			must(t, err)
			want := map[int64]float64{}
			for i, tm := range page.Times {
				want[tm-tm%int64(time.Hour)]++
				_ = i
			}
			step, err := analytics.ParseStep("1h", time.UTC)
			must(t, err)
			fs, err := analytics.ParseFuncs("count")
			must(t, err)
			got, err := n.Query.Aggregates(ctx, tenant, query.AggregatesQuery{Selector: query.Selector{Source: "s2"},
				From: start.UnixNano(), To: start.AddDate(0, 0, 2).UnixNano(), Step: step, Funcs: fs})
			must(t, err)
			if len(got.Groups) != 1 || len(got.Groups[0].Starts) != len(want) {
				t.Fatalf("groups %+v, want one with %d buckets", got.Groups, len(want))
			}
			for i, st := range got.Groups[0].Starts {
				if got.Groups[0].Columns[0][i].V != want[st] {
					t.Fatalf("bucket %d: %v, want %v", i, got.Groups[0].Columns[0][i], want[st])
				}
			}
		})
}

// TestDeletedDoesNotReturn deletes, compacts, purges, and brings an old block back; a fresh import after the deletion
// returns.
func TestDeletedDoesNotReturn(t *testing.T) {
	in(t, 1, Settings{Config: node.Config{Bound: 10 * time.Second}},
		func(ctx context.Context, w *World, n *Node) {
			s := telemetry.Series{Source: "s", Metric: "m"}
			var b telemetry.Batch
			of := b.AddSeries(s, "")
			b.Add(of, 1000, 1)
			b.Add(of, 2000, 2)
			send(ctx, t, n, &b)
			compactAll(ctx, t, w, n)
			send(ctx, t, n, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: 1500, To: 2500}}})
			times := func(n *Node) []int64 {
				page, err := n.Query.Readings(ctx, tenant,
					query.ReadingsQuery{Series: s, From: telemetry.MinTime, To: telemetry.MaxTime, Limit: 10})
				must(t, err)
				return page.Times
			}
			want := func(when string, want ...int64) {
				t.Helper()
				for _, node := range []*Node{n, w.Start(Settings{NoCache: true})} {
					if got := times(node); !slices.Equal(got, want) {
						t.Fatalf("%s: %v, want %v", when, got, want)
					}
				}
			}
			want("at once", 1000)
			compactAll(ctx, t, w, n)
			want("after compaction", 1000)
			standing := 1
			for range 40 {
				_ = w.Sched.Sleep(ctx, 5*time.Second)
				_, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
				must(t, err)
				standing, err = n.Retention.Purge(ctx, telemetry.Shard{Tenant: tenant})
				must(t, err)
			}
			if standing != 0 {
				t.Fatalf("%d deletions still stand", standing)
			}
			want("after the deletion was forgotten", 1000)
			send(ctx, t, n, &b)
			want("after a fresh import", 1000, 2000)
			compactAll(ctx, t, w, n)
			want("after a fresh import and compaction", 1000, 2000)
		})
}

// TestExpiredDoesNotReturn lets readings expire.
func TestExpiredDoesNotReturn(t *testing.T) {
	keep := func(telemetry.Tenant) time.Duration { return 48 * time.Hour }
	set := Settings{Config: node.Config{Retention: keep, Compaction: compaction.Config{ChunkReadings: 10}}}
	in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
		s := telemetry.Series{Source: "s", Metric: "m"}
		var b telemetry.Batch
		of := b.AddSeries(s, "")
		for i := range 100 {
			b.Add(of, start.Add(-time.Duration(i)*time.Hour).UnixNano(), float64(i))
		}
		send(ctx, t, n, &b)
		count := func(n *Node) int {
			page, err := n.Query.Readings(ctx, tenant,
				query.ReadingsQuery{Series: s, From: telemetry.MinTime, To: telemetry.MaxTime, Limit: 1000})
			must(t, err)
			return len(page.Times)
		}
		before := count(n)
		if before > 50 || before < 47 {
			t.Fatalf("%d readings of 48 hours", before)
		}
		compactAll(ctx, t, w, n)
		if got := count(n); got != before {
			t.Fatalf("%d readings after compaction, %d before", got, before)
		}
		_ = w.Sched.Sleep(ctx, 30*time.Hour)
		deleted, err := n.Retention.Retain(ctx, tenant)
		must(t, err)
		if deleted == 0 {
			t.Fatal("retention deleted no row")
		}
		// a node with no retention of its own keeps the horizon
		if got := count(w.Start(Settings{NoCache: true})); got > 20 || got < 17 {
			t.Fatalf("%d readings of the last 18 hours", got)
		}
	})
}
