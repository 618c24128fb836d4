package compose

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// bodiesNode, when set, turns the test binary into a node, so that its memory is its own: it prints its address and
// stops when its input ends.
const bodiesNode = "COMPOSE_TEST_BODIES_NODE"

func nodeOfItsOwn() error {
	n, err := New(context.Background(), inMemory(), "test", os.Stderr)
	if err != nil {
		return err
	}
	if err := n.Start(context.Background()); err != nil {
		return err
	}
	fmt.Println(n.URL())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return n.Stop()
}

// ownNode is a node in a process of its own.
type ownNode struct {
	*testing.T
	addr string
	pid  int
}

func startOwnNode(t *testing.T) *ownNode {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), bodiesNode+"=1")
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = child.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &ownNode{t, strings.TrimPrefix(strings.TrimSpace(url), "http://"), child.Process.Pid}
}

// resident is how many bytes of the process are in memory.
func (n *ownNode) resident() int {
	n.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", n.pid))
	if err != nil {
		n.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		n.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// stall opens a connection, announces a body, sends the begin of it as fast as it is taken, and waits until the node
// ends it. It gives the status.
func (n *ownNode) stall(ctx context.Context, header string, begin []byte, sent *atomic.Int64) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", n.addr)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := io.WriteString(conn, "POST /api/v2/write HTTP/1.1\r\nHost: x\r\n"+header+"\r\n\r\n"); err == nil {
		for rest := begin; len(rest) > 0; {
			k, err := conn.Write(rest[:min(len(rest), 1<<16)])
			rest = rest[k:]
			if sent.Add(int64(k)); err != nil {
				break
			}
		}
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "closed"
	}
	_ = answer.Body.Close()
	return answer.Status
}

// post writes readings as a good client, and says how long that took.
func (n *ownNode) post(client *http.Client, body []byte) (time.Duration, error) {
	began := time.Now()
	r, err := client.Post("http://"+n.addr+"/api/v2/write", "text/plain", bytes.NewReader(body))
	if err != nil {
		return time.Since(began), err
	}
	text, _ := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("%s: %s", r.Status, text)
	}
	return time.Since(began), err
}

// readingsOf is line protocol of about so many bytes.
func readingsOf(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "m,source=s%d temp=%d.5 %d\n", i%100, i%50, 1_700_000_000_000_000_000+int64(i)*1_000_000_000)
	}
	return b
}

// stored is a gzip stream that is as long as what is in it.
func stored(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.NoCompression)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// TestStalledBodiesTakeLittleMemory opens 60 connections that announce 33 MB, send 31 as fast as the node takes them,
// and wait. The process takes at most 128 MiB for that, of the machine's memory, and readings of good clients are
// stored all the while: small ones at once, and a large one once those are late that hold what it needs.
func TestStalledBodiesTakeLittleMemory(t *testing.T) {
	const announced, begin = 33_000_000, 31_000_000
	lines := readingsOf(begin)[:begin]
	for name, a := range map[string]attack{
		"with a length": {fmt.Sprintf("Content-Length: %d", announced), lines},
		"in chunks":     {"Transfer-Encoding: chunked", append(fmt.Appendf(nil, "%x\r\n", announced), lines...)},
		"compressed": {fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d", announced),
			stored(lines)[:begin]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			startOwnNode(t).endure(60, a)
		})
	}
}

// attack is a request that does not come to its end.
type attack struct {
	header string
	begin  []byte
}

// underWay is how many bytes an attack has sent before it counts as one.
const underWay = 10 << 20

// endure attacks the node for some seconds while it has good clients.
func (n *ownNode) endure(connections int, a attack) {
	client := &http.Client{}
	defer client.CloseIdleConnections()
	if _, err := n.post(client, readingsOf(20<<10)); err != nil {
		n.Fatal(err)
	}
	before, most := n.resident(), 0
	ctx, cancel := context.WithCancel(n.Context())
	defer cancel()
	var others sync.WaitGroup
	others.Go(func() {
		for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
			most = max(most, n.resident())
		}
	})
	var sent atomic.Int64
	answers := make(chan string, connections)
	for range connections {
		others.Go(func() { answers <- n.stall(ctx, a.header, a.begin, &sent) })
	}
	var large time.Duration
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		for guard := time.Now().Add(time.Minute); sent.Load() < underWay && time.Now().Before(guard); {
			time.Sleep(time.Millisecond)
		}
		large, failed = n.post(client, readingsOf(8<<20))
	}()
	smalls, slowest := n.writeFor(6 * time.Second)
	<-done
	cancel()
	others.Wait()
	close(answers)
	told := map[string]int{}
	for answer := range answers {
		told[answer]++
	}
	n.Logf("%d MB were sent; %d MiB were added to %d; %d small bodies in up to %v, 8 MiB in %v; answers %v",
		sent.Load()/1e6, (most-before)>>20, before>>20, smalls, slowest, large, told)
	if most-before > 128<<20 && !underRace {
		n.Errorf("%d bytes were added to %d", most-before, before)
	}
	if slowest > 5*time.Second || smalls < 10 {
		n.Errorf("%d small bodies, the slowest took %v", smalls, slowest)
	}
	if failed != nil {
		n.Errorf("a body of 8 MiB, after %v: %v", large, failed)
	}
	if sent.Load() < underWay {
		n.Errorf("only %d bytes were sent: nothing was tried", sent.Load())
	}
}

// writeFor writes small bodies for so long, one after another.
func (n *ownNode) writeFor(d time.Duration) (done int, slowest time.Duration) {
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for until := time.Now().Add(d); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		took, err := n.post(client, readingsOf(20<<10))
		if err != nil {
			n.Errorf("a small body, after %v: %v", took, err)
			break
		}
		slowest, done = max(slowest, took), done+1
	}
	return done, slowest
}
