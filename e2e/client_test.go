package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/history"
)

// clientPlan is the environment variable that makes the test binary a client: its value is a plan.
const clientPlan = "TIDEMARK_E2E_CLIENT"

// plan is what a client does until its standard input ends.
type plan struct {
	URL    string
	Source string
	Log    string // the file of its history
	Seed   uint64
}

// The k-th reading of a client: nobody sends it twice, and its value names it.
var epoch = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)

func timeOf(k int) time.Time { return epoch.Add(time.Duration(k) * 7 * time.Second) }

func indexOf(t time.Time) int { return int(t.Sub(epoch) / (7 * time.Second)) }

func valueOf(k int) float64 { return float64(k)*1.25 + 0.1 }

// runClient is the life of a client process.
func runClient(text string) int {
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	file, err := os.OpenFile(p.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	c, err := newClient(p, file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var over atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		over.Store(true)
	}()
	for !over.Load() {
		if err := c.request(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		time.Sleep(time.Duration(c.rng.IntN(8)) * time.Millisecond)
	}
	return 0
}

// client sends requests one after the other. Each is in its history before it is sent, and its answer after that.
type client struct {
	plan
	log  *history.Writer
	rng  *rand.Rand
	ops  uint64
	next int // the first reading that was not sent
}

func newClient(p plan, log io.Writer) (*client, error) {
	w, err := history.NewWriter(log, history.Header{Run: p.Source, Seed: p.Seed}, nil)
	return &client{plan: p, log: w, rng: rand.New(rand.NewPCG(p.Seed, 0))}, err
}

func (c *client) request() error {
	n := 1 + c.rng.IntN(20)
	s := series{Source: c.Source, Metric: "m", Unit: "u"}
	col := history.Column{Source: c.Source, Metric: "m"}
	for k := c.next; k < c.next+n; k++ {
		s.add(timeOf(k), valueOf(k))
		col.Times, col.Values = append(col.Times, timeOf(k).UnixNano()), append(col.Values, valueOf(k))
	}
	c.next += n
	c.ops++
	if err := c.log.Write(history.Record{Type: history.Invoke, Op: c.ops, At: time.Now(), Process: c.Source,
		Call: &history.Call{Kind: history.Write, Readings: []history.Column{col}}}); err != nil {
		return err
	}
	r, err := send(http.MethodPost, c.URL+"/v1/readings", asJSON, document(s))
	end := history.Record{Type: history.Info, Op: c.ops}
	switch {
	case err != nil:
		end.Why = err.Error()
		time.Sleep(20 * time.Millisecond) // the node is gone
	case r.status == http.StatusOK:
		answer, err := acknowledged(r.body, n)
		if err != nil {
			return err
		}
		end.Type, end.Answer = history.OK, answer
	case r.status >= 500:
		end.Why = string(r.body)
	default:
		end.Type, end.Why = history.Fail, string(r.body)
	}
	end.At = time.Now()
	return c.log.Write(end)
}

// acknowledged reads the answer to a write of so many readings.
func acknowledged(body []byte, n int) (*history.Answer, error) {
	var w written
	if err := json.Unmarshal(body, &w); err != nil || w.Accepted != n || len(w.Blocks) == 0 {
		return nil, fmt.Errorf("a good answer that says: %s", body)
	}
	a := &history.Answer{}
	for _, b := range w.Blocks {
		a.Origin.Writer, a.Origin.Number = b.Stream[strings.LastIndexByte(b.Stream, '/')+1:], b.Number
		a.Blocks = append(a.Blocks, fmt.Sprintf("%s/%d", a.Origin.Writer, b.Number))
	}
	return a, a.Origin.Stamp.UnmarshalText([]byte(w.Stamp))
}

// crew is clients in processes of their own.
type crew struct {
	t     testing.TB
	plans []plan
	cmds  []*exec.Cmd
	stdin []io.Closer
}

// recruit starts clients.
func recruit(t testing.TB, url string, n int, rng *rand.Rand) *crew {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &crew{t: t}
	for i := range n {
		p := plan{URL: url, Source: fmt.Sprintf("client-%d", i), Seed: rng.Uint64(),
			Log: filepath.Join(scratch, fmt.Sprintf("%s-client-%d.log", t.Name(), i))}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), clientPlan+"="+string(text))
		cmd.Stderr = os.Stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w.plans, w.cmds, w.stdin = append(w.plans, p), append(w.cmds, cmd), append(w.stdin, stdin)
	}
	t.Cleanup(func() {
		for _, cmd := range w.cmds {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return w
}

// dismiss lets the clients finish what they sent, and go.
func (w *crew) dismiss() {
	w.t.Helper()
	for _, c := range w.stdin {
		_ = c.Close()
	}
	for i, cmd := range w.cmds {
		if err := cmd.Wait(); err != nil {
			w.t.Errorf("client %s: %v", w.plans[i].Source, err)
		}
	}
	w.cmds = nil
}
