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
)

// clientPlan is the environment variable that makes the test binary a client: its value is a plan.
const clientPlan = "TIDEMARK_E2E_CLIENT"

// plan is what a client does until its standard input ends.
type plan struct {
	URL    string
	Source string
	Log    string // the file that it logs to
	Seed   uint64
}

// entry is a line of a client's log. A request is logged before it is sent and after its answer.
type entry struct {
	What   string   // sent, ok, refused, unknown
	First  int      // the first reading
	N      int      // how many
	Blocks []string `json:",omitempty"` // writer/number, of ok
	Why    string   `json:",omitempty"`
}

// What became of a request.
const (
	wasSent    = "sent"
	wasOK      = "ok"
	wasRefused = "refused" // nothing of it was stored
	wasUnknown = "unknown" // perhaps stored
)

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
	var over atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		over.Store(true)
	}()
	c := client{plan: p, log: json.NewEncoder(file), rng: rand.New(rand.NewPCG(p.Seed, 0))}
	for !over.Load() {
		if err := c.request(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		time.Sleep(time.Duration(c.rng.IntN(8)) * time.Millisecond)
	}
	return 0
}

// client sends requests one after the other.
type client struct {
	plan
	log  *json.Encoder
	rng  *rand.Rand
	next int
}

func (c *client) request() error {
	e := entry{What: wasSent, First: c.next, N: 1 + c.rng.IntN(20)}
	c.next += e.N
	s := series{Source: c.Source, Metric: "m", Unit: "u"}
	for k := e.First; k < e.First+e.N; k++ {
		s.add(timeOf(k), valueOf(k))
	}
	if err := c.log.Encode(e); err != nil {
		return err
	}
	r, err := send(http.MethodPost, c.URL+"/v1/readings", asJSON, document(s))
	switch {
	case err != nil:
		e.What, e.Why = wasUnknown, err.Error()
		time.Sleep(20 * time.Millisecond) // the node is gone
	case r.status == http.StatusOK:
		var w written
		if err := json.Unmarshal(r.body, &w); err != nil || w.Accepted != e.N {
			return fmt.Errorf("a good answer that says: %s", r.body)
		}
		e.What = wasOK
		for _, b := range w.Blocks {
			e.Blocks = append(e.Blocks, fmt.Sprintf("%s/%d", b.Stream[strings.LastIndexByte(b.Stream, '/')+1:],
				b.Number))
		}
	case r.status >= 500:
		e.What, e.Why = wasUnknown, string(r.body)
	default:
		e.What, e.Why = wasRefused, string(r.body)
	}
	return c.log.Encode(e)
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
