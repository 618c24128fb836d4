package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/sharedkey"
)

// costPath is one way to the primary's Azurite.
type costPath struct {
	name   string
	url    string // with the account
	key    *sharedkey.Key
	client *http.Client
}

// costRig is the ways that are compared: Azurite itself, a bare reverse proxy, and the gateway. Each writes to
// partitions of its own.
type costRig struct {
	paths   []*costPath
	account *Account
	points  string // path of the row that is read
	table   string // of the round: Azurite slows down with the rows of a table
	next    atomic.Int64
}

// fresh makes an empty table for a round, and deletes that of the round before: Azurite's collections of garbage grow
// with all the rows it has.
func (r *costRig) fresh(t testing.TB) {
	t.Helper()
	if r.table != "" {
		r.must(t, r.paths[gated].send(t.Context(), http.MethodDelete, "/Tables('"+r.table+"')", "", nil))
	}
	r.table = "Cost" + strconv.FormatInt(r.next.Add(1), 10)
	r.must(t, r.paths[gated].send(t.Context(), http.MethodPost, "/Tables", "application/json",
		[]byte(`{"TableName":"`+r.table+`"}`)))
}

// makePoint makes the row that all paths read.
func (r *costRig) makePoint(t testing.TB) {
	t.Helper()
	r.fresh(t)
	r.points = "/" + r.table + "(PartitionKey='point',RowKey='r')"
	r.must(t, r.paths[gated].send(t.Context(), http.MethodPost, "/"+r.table, "application/json",
		[]byte(`{"PartitionKey":"point","RowKey":"r","Value":1.5}`)))
	r.table = "" // this one stays
}

const bare, gated, itself = 0, 1, 2

func newCostRig(t testing.TB) *costRig {
	t.Helper()
	east, west := azuritetest.Require(t, azurite.Options{}), azuritetest.Require(t, azurite.Options{})
	a := east.Accounts()[0]
	if _, err := west.AddAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	store := func(s *azurite.Server) Store {
		return Store{Table: strings.TrimSuffix(s.TableURL(a.Name), "/"+a.Name),
			Queue: strings.TrimSuffix(s.QueueURL(a.Name), "/"+a.Name)}
	}
	g, err := New(Options{Stores: map[georep.Region]Store{"east": store(east), "west": store(west)}})
	if err != nil {
		t.Fatal(err)
	}
	r := &costRig{}
	if r.account, err = g.AddAccount(AccountOptions{Name: a.Name, Key: a.Key,
		Geo: georep.Options{Primary: "east", Secondary: "west"}}); err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(store(east).Table)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) },
		Transport: costTransport()}
	proxied, gateway := httptest.NewServer(proxy), httptest.NewServer(g.Handler(network.Outside, georep.Table))
	key, err := sharedkey.New(a.Name, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []costPath{{name: "reverse proxy", url: proxied.URL}, {name: "gateway", url: gateway.URL},
		{name: "Azurite itself", url: store(east).Table}} {
		r.paths = append(r.paths, &costPath{name: p.name, url: p.url + "/" + a.Name, key: key,
			client: &http.Client{Transport: costTransport()}})
	}
	t.Cleanup(func() {
		for _, p := range r.paths {
			p.client.CloseIdleConnections()
		}
		proxied.Close()
		gateway.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	r.makePoint(t)
	r.fresh(t)
	return r
}

func costTransport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
}

func (r *costRig) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// send sends a signed request, and is satisfied with any 2xx that holds no error of a batch.
func (p *costPath) send(ctx context.Context, method, to, contentType string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, method, p.url+to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json;odata=minimalmetadata")
	req.Header.Set("x-ms-version", "2019-02-02")
	req.Header.Set("DataServiceVersion", "3.0")
	if len(body) > 0 {
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Prefer", "return-no-content")
	}
	p.key.SignTable(req)
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err == nil && (resp.StatusCode > 299 || bytes.Contains(answer, []byte("odata.error"))) {
		err = fmt.Errorf("%s %s: %s: %.300s", method, to, resp.Status, answer)
	}
	return err
}

// batch is an entity group transaction of n small rows in a partition of its own.
func (r *costRig) batch(ctx context.Context, p *costPath, n int) error {
	pk := "p" + strconv.FormatInt(r.next.Add(1), 10)
	var b bytes.Buffer
	b.WriteString("--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n")
	for i := range n {
		row := fmt.Sprintf(`{"PartitionKey":"%s","RowKey":"%04d","Value":%d.5,"Text":"a hundred rows of about a `+
			`hundred bytes each, as telemetry has them"}`, pk, i, i)
		fmt.Fprintf(&b, "--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"+
			"POST %s/%s HTTP/1.1\r\nAccept: application/json;odata=minimalmetadata\r\nContent-Type: "+
			"application/json\r\nPrefer: return-no-content\r\nDataServiceVersion: 3.0\r\n\r\n%s\r\n", p.url, r.table,
			row)
	}
	b.WriteString("--changeset_1--\r\n--batch_1--\r\n")
	return p.send(ctx, http.MethodPost, "/$batch", "multipart/mixed; boundary=batch_1", b.Bytes())
}

var bigRow = func() string {
	rng := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for i := range 2 {
		part := make([]byte, 50<<10)
		for j := range part {
			part[j] = byte(rng.Uint32())
		}
		fmt.Fprintf(&b, `,"B%d@odata.type":"Edm.Binary","B%d":"%s"`, i, i, base64.StdEncoding.EncodeToString(part))
	}
	return b.String()
}()

// row is an insert of one row of 100 KiB.
func (r *costRig) row(ctx context.Context, p *costPath) error {
	body := fmt.Sprintf(`{"PartitionKey":"big%d","RowKey":"r"%s}`, r.next.Add(1), bigRow)
	return p.send(ctx, http.MethodPost, "/"+r.table, "application/json", []byte(body))
}

// point is a read of one small row, which every path shares.
func (r *costRig) point(ctx context.Context, p *costPath) error {
	return p.send(ctx, http.MethodGet, r.points, "", nil)
}

// pass is one measurement: the time and this process's processor time of n calls by some clients.
type pass struct{ wall, cpu time.Duration }

func (r *costRig) pass(t testing.TB, n, clients int, do func(ctx context.Context) error) pass {
	t.Helper()
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(n))
	errs := make(chan error, clients)
	before, began := processorTime(), time.Now()
	for range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(t.Context()); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := pass{time.Since(began), processorTime() - before}
	select {
	case err := <-errs:
		t.Fatal(err)
	default:
	}
	return took
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestCostOfTheGateway compares the ways to the same Azurite in one run, in turns whose order is drawn: a ratio in
// one run, on a machine that is shared, so nothing is asserted about it but that the calls succeed.
// docs/performance.md has the figures of TIDEMARK_CAMPAIGN=1.
func TestCostOfTheGateway(t *testing.T) {
	rounds, each := 3, 12
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		rounds, each = 41, 40
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	r := newCostRig(t)
	for _, c := range []struct {
		name    string
		times   int // calls of a pass, times each
		clients int
		do      func(ctx context.Context, p *costPath) error
	}{
		{"batches of 100", 1, 4, func(ctx context.Context, p *costPath) error { return r.batch(ctx, p, 100) }},
		{"rows of 100 KiB", 1, 4, r.row},
		{"point reads", 4, 1, r.point},
	} {
		for _, paused := range []bool{true, false} {
			r.replicate(t, !paused)
			r.compare(t, c.name, paused, rounds, c.times*each, c.clients, rng, c.do)
		}
	}
}

func (r *costRig) replicate(t testing.TB, yes bool) {
	t.Helper()
	if !yes {
		r.account.Pause(georep.Scope{})
		return
	}
	r.account.Resume(georep.Scope{})
	if err := r.account.Drained(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// compare runs rounds of all paths, and logs the medians of what a call takes and of the throughput of each over that
// of the bare proxy in the same round.
func (r *costRig) compare(t *testing.T, name string, paused bool, rounds, n, clients int, rng *rand.Rand,
	do func(context.Context, *costPath) error) {
	t.Helper()
	took := make([][]pass, len(r.paths))
	for range rounds {
		r.fresh(t)
		round := make([]pass, len(r.paths))
		for _, i := range rng.Perm(len(r.paths)) {
			round[i] = r.pass(t, n, clients, func(ctx context.Context) error { return do(ctx, r.paths[i]) })
		}
		for i, p := range round {
			took[i] = append(took[i], p)
		}
	}
	state := "replication running"
	if paused {
		state = "replication paused"
	}
	for i, p := range r.paths {
		per, cpu, ratio := make([]float64, rounds), make([]float64, rounds), make([]float64, rounds)
		for k, m := range took[i] {
			per[k] = m.wall.Seconds() / float64(n) * 1e3
			cpu[k] = m.cpu.Seconds() / float64(n) * 1e3
			ratio[k] = took[bare][k].wall.Seconds() / m.wall.Seconds()
		}
		t.Logf("%s, %s, %d clients, %d rounds of %d: %-14s %.3f ms a call (%s), %.3f ms of this process's "+
			"processor, throughput over the bare proxy's %s",
			name, state, clients, rounds, n, p.name, quantile(per, 0.5), spread(per), quantile(cpu, 0.5), spread(ratio))
	}
	added := make([]float64, rounds)
	for k := range added {
		added[k] = (took[gated][k].wall - took[itself][k].wall).Seconds() / float64(n) * 1e3
	}
	t.Logf("%s, %s: the gateway adds %s ms to a call of Azurite itself", name, state, spread(added))
}

// spread is the least, the median and the greatest.
func spread(of []float64) string {
	return fmt.Sprintf("%.3f / %.3f / %.3f", quantile(of, 0), quantile(of, 0.5), quantile(of, 1))
}

func quantile(of []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[int(q*float64(len(sorted)-1))]
}

// BenchmarkGateway is one call through the gateway with replication paused, and through a bare reverse proxy: its
// time, and this process's processor time, client included.
func BenchmarkGateway(b *testing.B) {
	r := newCostRig(b)
	r.replicate(b, false)
	for _, c := range []struct {
		name string
		do   func(ctx context.Context, p *costPath) error
	}{
		{"batch100", func(ctx context.Context, p *costPath) error { return r.batch(ctx, p, 100) }},
		{"row100KiB", r.row},
		{"point", r.point},
	} {
		for _, i := range []int{bare, gated} {
			b.Run(c.name+"/"+strings.ReplaceAll(r.paths[i].name, " ", "-"), func(b *testing.B) {
				r.fresh(b)
				b.ReportAllocs()
				before, calls := processorTime(), 0
				for ; b.Loop(); calls++ {
					if err := c.do(b.Context(), r.paths[i]); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(calls), "cpu-µs/op")
			})
		}
	}
}
