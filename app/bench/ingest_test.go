package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/adapters/goruntime"
	"tidemark/domain/ingest"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// lines is a request as Telegraf sends it: n lines of one field, of 500 meters that report once a second with a
// walking value.
func lines(rng *rand.Rand, from int64, n int) []byte {
	const meters = 500
	var walk [meters]float64
	var p []byte
	for i := range n {
		m := i % meters
		walk[m] += rng.NormFloat64() * 0.1
		p = fmt.Appendf(p, "power,source=meter-%03d,site=plant-%d value=%s %d\n", m, m%7,
			strconv.FormatFloat(20+walk[m], 'f', 2, 64), from+int64(i/meters)*int64(time.Second))
	}
	return p
}

// journalOn makes a fresh, initialised journal on an Azurite and counts its calls by operation.
func journalOn(b testing.TB, server *azurite.Server, calls *sync.Map) ingest.Sites {
	b.Helper()
	account, err := server.AddAccount(context.Background(),
		azurite.Account{Name: fmt.Sprintf("bench%d", time.Now().UnixNano())[:20]})
	if err != nil {
		b.Fatal(err)
	}
	client, err := aztable.Open(aztable.Config{URL: server.TableURL(account.Name), Account: account.Name,
		Key: account.Key, TryTimeout: 10 * time.Second,
		OnCall: func(op string) {
			n, _ := calls.LoadOrStore(op, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}})
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	dir := client.Directory()
	if err := dir.Init(ctx, journal.Place{Region: "east", Generation: "1"}); err != nil {
		b.Fatal(err)
	}
	if err := dir.Prepare(ctx, telemetry.DayOf(time.Now())); err != nil {
		b.Fatal(err)
	}
	return ingest.One("east", client.Journal(), dir)
}

var writer atomic.Int64

func nextWriter() telemetry.Writer { return telemetry.Writer(fmt.Sprintf("%026d", writer.Add(1))) }

// BenchmarkGroupCommitAzurite is 8 clients that send requests of 5,000 lines, one after another, into one tenant:
// decode, group commit, a journal on a real Azurite. An op is a request.
func BenchmarkGroupCommitAzurite(b *testing.B) {
	server := azuritetest.Require(b, azurite.Options{})
	var calls sync.Map
	log := journalOn(b, server, &calls)
	var blockBytes, blocks atomic.Int64
	svc := ingest.New(ingest.Config{AppendTimeout: 10 * time.Second}, log, goruntime.New(), nextWriter, nil,
		ingest.Observer{
			Appended: func(_ region.Name, n, _ int, _ time.Duration) { blockBytes.Add(int64(n)); blocks.Add(1) }})
	const clients, perRequest = 8, 5000
	rng := rand.New(rand.NewPCG(1, 2))
	bodies := make([][]byte, 32)
	for i := range bodies {
		bodies[i] = lines(rng, time.Now().UnixNano()+int64(i)*int64(10*time.Second), perRequest)
	}
	var next atomic.Int64
	b.ResetTimer()
	started := time.Now()
	var wg sync.WaitGroup
	for range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var d lineprotocol.Decoder
			var batch telemetry.Batch
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				if _, err := d.Decode(bodies[i%int64(len(bodies))], &batch); err != nil || batch.Len() != perRequest {
					b.Errorf("decode: %d readings, %v", batch.Len(), err)
					return
				}
				if _, err := svc.Write(context.Background(), "bench", &batch, ingest.Options{}); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	took := time.Since(started)
	b.StopTimer()
	readings := float64(b.N * perRequest)
	appends := int64(0)
	if n, ok := calls.Load("journal.append"); ok {
		appends = n.(*atomic.Int64).Load()
	}
	b.ReportMetric(readings/took.Seconds(), "readings/s")
	b.ReportMetric(float64(appends)/readings*1e6, "writes/Mreading")
	b.ReportMetric(float64(blockBytes.Load())/readings, "B/reading")
	b.ReportMetric(readings/float64(blocks.Load()), "readings/block")
	_ = svc.Close(context.Background())
}
