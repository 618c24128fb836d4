package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
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
func journalOn(b testing.TB, server *azurite.Server, in region.Name, calls *sync.Map) journal.Site {
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
	if err := dir.Init(ctx, journal.Place{Region: string(in), Generation: "1"}); err != nil {
		b.Fatal(err)
	}
	if err := dir.Prepare(ctx, telemetry.DayOf(time.Now())); err != nil {
		b.Fatal(err)
	}
	return journal.Site{Region: in, Journal: client.Journal(), Directory: dir}
}

var writer atomic.Int64

func nextWriter() telemetry.Writer { return telemetry.Writer(fmt.Sprintf("%026d", writer.Add(1))) }

// BenchmarkGroupCommitAzurite is 8 clients that send requests of 5,000 lines, one after another, into one tenant:
// decode, group commit, a journal on a real Azurite. An op is a request.
func BenchmarkGroupCommitAzurite(b *testing.B) {
	server := azuritetest.Require(b, azurite.Options{})
	l := &load{B: b, clients: 8}
	l.run(ingest.Sites{All: []journal.Site{journalOn(b, server, "east", &l.calls)}}, telemetry.DurableNone)
}

// load is clients that write as fast as they are answered, and what it took.
type load struct {
	*testing.B
	clients int
	calls   sync.Map // of the journals, by operation

	mu   sync.Mutex
	took []time.Duration // of each request
}

const perRequest = 5000

// run writes b.N requests and reports what they cost. Processor time is that of this process: of decoding and group
// commit, and of none of the storage's.
func (l *load) run(sites ingest.Sites, require telemetry.Durability) {
	var blockBytes, blocks atomic.Int64
	svc := ingest.New(ingest.Config{AppendTimeout: 10 * time.Second, BothWait: 10 * time.Second}, sites,
		goruntime.New(), nextWriter, nil, ingest.Observer{
			Appended: func(_ region.Name, n, _ int, _ time.Duration) { blockBytes.Add(int64(n)); blocks.Add(1) }})
	rng := rand.New(rand.NewPCG(1, 2))
	bodies := make([][]byte, 32)
	for i := range bodies {
		bodies[i] = lines(rng, time.Now().UnixNano()+int64(i)*int64(10*time.Second), perRequest)
	}
	var next atomic.Int64
	l.ResetTimer()
	started, busy := time.Now(), processorTime()
	var wg sync.WaitGroup
	for range l.clients {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(l.N); i = next.Add(1) {
				l.request(svc, bodies[i%int64(len(bodies))], require)
			}
		})
	}
	wg.Wait()
	took, worked := time.Since(started), processorTime()-busy
	l.StopTimer()
	_ = svc.Close(context.Background()) // what trails comes to its end before it is counted
	readings, appends := float64(l.N*perRequest), int64(0)
	if n, ok := l.calls.Load("journal.append"); ok {
		appends = n.(*atomic.Int64).Load()
	}
	slices.Sort(l.took)
	l.ReportMetric(readings/took.Seconds(), "readings/s")
	l.ReportMetric(l.took[len(l.took)/2].Seconds()*1e3, "p50-ms")
	l.ReportMetric(l.took[len(l.took)*99/100].Seconds()*1e3, "p99-ms")
	l.ReportMetric(float64(worked.Nanoseconds())/readings, "cpu-ns/reading")
	l.ReportMetric(float64(appends)/readings*1e6, "writes/Mreading")
	l.ReportMetric(float64(blockBytes.Load())/readings, "B/reading")
	l.ReportMetric(readings*float64(len(sites.All))/float64(blocks.Load()), "readings/block")
}

// request decodes a body and writes it.
func (l *load) request(svc *ingest.Service, body []byte, require telemetry.Durability) {
	began := time.Now()
	var d lineprotocol.Decoder
	var batch telemetry.Batch
	if _, err := d.Decode(body, &batch); err != nil || batch.Len() != perRequest {
		l.Errorf("decode: %d readings, %v", batch.Len(), err)
	}
	if _, err := svc.Write(context.Background(), "bench", &batch, ingest.Options{Require: require}); err != nil {
		l.Error(err)
	}
	took := time.Since(began)
	l.mu.Lock()
	l.took = append(l.took, took)
	l.mu.Unlock()
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
