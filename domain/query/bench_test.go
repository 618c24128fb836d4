package query_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/analytics"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// BenchmarkQuestions asks over memory and in real time, through a cache: of a series of 30 days with a reading a
// minute, and of 200 series. Half was compacted, the other half lies in the journal too.
func BenchmarkQuestions(b *testing.B) {
	ctx, s := context.Background(), goruntime.New()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	j, rows, account := memory.NewJournal(s), memory.NewRows(s), memory.NewAccount(s)
	must(rows.Prepare(ctx))
	writers := 0
	in := ingest.New(ingest.Config{}, ingest.One("east", j, j), s,
		func() telemetry.Writer { writers++; return telemetry.Writer(fmt.Sprintf("%026d", writers)) }, nil,
		ingest.Observer{})
	defer func() { must(in.Close(ctx)) }()
	follow := tail.New(tail.Config{}, j, j, s, nil)
	comp := compaction.New(compaction.Config{}, compaction.Stores{Journal: j, Directory: j, Tail: follow,
		Rows: bounds.One(rows, account)}, s)
	const days, day = 30, int64(24 * time.Hour)
	for half := range int64(2) {
		var batch telemetry.Batch
		long := batch.AddSeries(of("long", "m"), "")
		for at := half * int64(time.Minute); at < days*day; at += 2 * int64(time.Minute) {
			batch.Add(long, at, float64(at%1009))
		}
		for i := range 200 {
			batch.Add(batch.AddSeries(of(fmt.Sprintf("many%03d", i), "m"), ""), half, 1)
		}
		_, err := in.Write(ctx, tenant, &batch, ingest.Options{})
		must(err)
		if half == 0 {
			_, err := comp.Compact(ctx, telemetry.Shard{Tenant: tenant})
			must(err)
		}
	}
	q := query.New(readpath.New(readpath.Config{}, readpath.One(follow), rows, memory.NewCache(s, 64<<20), s))
	step, err := analytics.ParseStep("1h", time.UTC)
	must(err)
	mean, err := analytics.ParseFuncs("mean")
	must(err)
	for _, c := range []struct {
		name string
		ask  func() (int, error)
		want int
	}{
		{"readings of a day", func() (int, error) {
			page, err := q.Readings(ctx, tenant, query.ReadingsQuery{Series: of("long", "m"), From: 7 * day,
				To: 8 * day, Limit: 10_000})
			return len(page.Times), err
		}, 1440},
		{"last of 200", func() (int, error) {
			page, err := q.Latest(ctx, tenant, query.Selector{}, of("many", ""), 200)
			return len(page.Latest), err
		}, 200},
		{"mean of 30 days by the hour", func() (int, error) {
			page, err := q.Aggregates(ctx, tenant, query.AggregatesQuery{Selector: query.Selector{Source: "long"},
				To: days * day, Step: step, Funcs: mean})
			return len(page.Groups[0].Starts), err
		}, days * 24},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := c.ask(); err != nil || n != c.want {
					b.Fatal(n, err)
				}
			}
		})
	}
}
