package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/adapters/goruntime"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// node is the use cases over a fresh account on an Azurite.
type node struct {
	ingest     *ingest.Service
	query      *query.Service
	compaction *compaction.Service
	calls      atomic.Int64
}

func newNode(b testing.TB, server *azurite.Server, cfg ingest.Config) *node {
	b.Helper()
	ctx := context.Background()
	account, err := server.AddAccount(ctx, azurite.Account{Name: fmt.Sprintf("bench%d", time.Now().UnixNano())[:20]})
	if err != nil {
		b.Fatal(err)
	}
	n := &node{}
	client, err := aztable.Open(aztable.Config{URL: server.TableURL(account.Name), Account: account.Name,
		Key:         account.Key,
		Replication: aztable.Local,
		TryTimeout:  10 * time.Second, OnCall: func(string) { n.calls.Add(1) }})
	if err != nil {
		b.Fatal(err)
	}
	j, dir, rows := client.Journal(), client.Directory(), client.Rows()
	if err := dir.Init(ctx, journal.Place{Region: "east", Generation: "1"}); err != nil {
		b.Fatal(err)
	}
	if err := dir.Prepare(ctx, telemetry.DayOf(time.Now())); err != nil {
		b.Fatal(err)
	}
	if err := rows.Prepare(ctx); err != nil {
		b.Fatal(err)
	}
	s := goruntime.New()
	t := tail.New(tail.Config{}, j, dir, s, nil)
	n.ingest = ingest.New(cfg, ingest.One("east", j, dir), s, nextWriter, nil,
		ingest.Observer{})
	n.compaction = compaction.New(compaction.Config{},
		compaction.Stores{Journal: j, Directory: dir, Tail: t, Rows: bounds.One(rows, client.Account())}, s)
	n.query = query.New(readpath.New(readpath.Config{}, readpath.One(t), rows, nil, s))
	return n
}

// BenchmarkThousandTenantsAzurite is 1,000 tenants that write one reading each, all at once: the load of one reading
// a second of each. An op is such a second; a tenant's reading is a block, so this is what many small tenants cost.
func BenchmarkThousandTenantsAzurite(b *testing.B) {
	n := newNode(b, azuritetest.Require(b, azurite.Options{}),
		ingest.Config{AppendTimeout: 30 * time.Second, Idle: time.Hour})
	const tenants = 1000
	second := func(i int) {
		var wg sync.WaitGroup
		for t := range tenants {
			wg.Add(1)
			go func() {
				defer wg.Done()
				var batch telemetry.Batch
				batch.Add(batch.AddSeries(telemetry.Series{Source: "meter", Metric: "power"}, "W"),
					int64(i)*int64(time.Second), float64(t))
				if _, err := n.ingest.Write(context.Background(), telemetry.Tenant(fmt.Sprintf("tenant-%04d", t)),
					&batch, ingest.Options{}); err != nil {
					b.Error(err)
				}
			}()
		}
		wg.Wait()
	}
	second(0) // births
	n.calls.Store(0)
	b.ResetTimer()
	started := time.Now()
	for i := range b.N {
		second(i + 1)
	}
	b.ReportMetric(float64(b.N*tenants)/time.Since(started).Seconds(), "readings/s")
	b.ReportMetric(float64(n.calls.Load())/float64(b.N*tenants), "calls/reading")
}

// BenchmarkDayQueryAzurite asks for a day of a series with a reading a minute, 1,440 readings, of a month that is in
// chunks.
func BenchmarkDayQueryAzurite(b *testing.B) {
	n := newNode(b, azuritetest.Require(b, azurite.Options{}), ingest.Config{AppendTimeout: 10 * time.Second})
	ctx := context.Background()
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -31)
	rng := rand.New(rand.NewPCG(1, 2))
	var batch telemetry.Batch
	s := telemetry.Series{Source: "meter", Metric: "power"}
	of := batch.AddSeries(s, "W")
	value := 20.0
	for i := range 30 * 1440 {
		value += rng.NormFloat64() * 0.1
		batch.Add(of, day.Add(time.Duration(i)*time.Minute).UnixNano(), math.Round(value*100)/100)
	}
	if _, err := n.ingest.Write(ctx, "bench", &batch, ingest.Options{}); err != nil {
		b.Fatal(err)
	}
	for {
		res, err := n.compaction.Compact(ctx, telemetry.Shard{Tenant: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		if res.Done() {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	from := day.AddDate(0, 0, 10).UnixNano()
	ask := func() {
		page, err := n.query.Readings(ctx, "bench", query.ReadingsQuery{Series: s, From: from, To: from +
			24*int64(time.Hour), Limit: 10_000})
		if err != nil || len(page.Times) != 1440 {
			b.Fatalf("%d readings, %v", len(page.Times), err)
		}
	}
	ask()
	n.calls.Store(0)
	b.ResetTimer()
	for range b.N {
		ask()
	}
	b.ReportMetric(float64(n.calls.Load())/float64(b.N), "calls/query")
}
