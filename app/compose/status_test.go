package compose

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi/schema"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/domain/tail"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// statusOver is the status of a node on memory, every operation of which asks fails first.
func statusOver(s sched.Scheduler, shards int, fails memory.FaultFunc) *status {
	journal, rows, tide := memory.NewJournal(s, memory.WithFault(fails)), memory.NewRows(s), memory.NewAccount(s)
	queue, poison := memory.NewQueue(s), memory.NewQueue(s)
	rows.SetFault(fails)
	tide.SetFault(fails)
	poison.SetFault(fails)
	return &status{version: "v", region: "west", journal: "east", shards: shards, sched: s,
		clock: bounds.NewClock(journal, s),
		tail:  tail.New(tail.Config{}, journal, journal, s, nil),
		front: node.Stores{Journal: journal, Directory: journal, Rows: bounds.One(rows, tide), Queue: queue,
			Poison: poison},
		work: work.New(work.Config{}, queue, poison, work.Uses{}, rows, s, nil, nil)}
}

// A status says of each part what the node's own calls to it say: a tidemark that the secondary still tells is no
// sign of a primary that answers.
func TestStatusSaysWhatIsOutOfReach(t *testing.T) {
	for name, c := range map[string]struct {
		lost                     map[string]bool // operations that fail
		mode, account, state     string
		reachable, knowsPoisoned bool
	}{
		"nothing":     {nil, "normal", "settling", "single", true, true},
		"the journal": {map[string]bool{"journal.now": true}, "unavailable", "settling", "single", false, true},
		"the account's primary": {map[string]bool{"chunks.get": true, "chunks.scan": true},
			"normal", "paused", "single", true, false},
		"the account's secondary": {map[string]bool{"account.tidemark": true}, "normal", "growing", "unavailable", true,
			true},
		"a region": {map[string]bool{"journal.now": true, "chunks.get": true, "chunks.scan": true},
			"unavailable", "paused", "single", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := goruntime.New()
			fails := func(op string) memory.Fault {
				if c.lost[op] {
					return memory.FaultFail
				}
				return memory.FaultNone
			}
			got, err := statusOver(s, 1, fails).Status(t.Context(), "t")
			if err != nil {
				t.Fatal(err)
			}
			if got.Mode != c.mode || got.Account != c.account || got.Tidemark.State != c.state ||
				got.Journals[0].Reachable != c.reachable || (got.Poisoned != nil) != c.knowsPoisoned {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestAStatusAsksNobodyForEachShard asks a hundred times for the status of a tenant with two hundred shards: the
// calls of each are a handful, and behind all of them the node looks at the shards once.
func TestAStatusAsksNobodyForEachShard(t *testing.T) {
	const shards, asked = 200, 100
	s := memory.NewSched(1)
	calls := map[string]int{}
	st := statusOver(s, shards, func(op string) memory.Fault { calls[op]++; return memory.FaultNone })
	err := s.Run(func() {
		for range asked {
			if _, err := st.Status(context.Background(), "t"); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.Sleep(context.Background(), time.Second)
	})
	if err != nil {
		t.Fatal(err)
	}
	each := 0
	for op, n := range calls {
		if n > shards+asked+10 {
			t.Errorf("%d calls of %s", n, op)
		}
		each += n
	}
	if each > shards+4*asked+10 {
		t.Errorf("%d calls: %v", each, calls)
	}
}

// TestAStatusIsTheTenantsOwn has two tenants write and fail on one node without workers; each sees its own part
// alone.
func TestAStatusIsTheTenantsOwn(t *testing.T) {
	cfg, s := inMemory(), goruntime.New()
	cfg.Node.Role, cfg.Writing.Shards = RoleAPI, 3
	cfg.Tenants.TokenFile = filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(cfg.Tenants.TokenFile, []byte("a-token-of-a,a\na-token-of-b,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	callers, err := cfg.Tenants.callers()
	if err != nil {
		t.Fatal(err)
	}
	f, err := lay(t.Context(), cfg, s, silent())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2"} {
		task := fmt.Sprintf(`{"v":1,"id":%q,"kind":"compact","tenant":"b","state":"poisoned"}`, id)
		err := f.storage.front.Rows.Apply(t.Context(), chunks.Change{Key: chunks.TaskKey("b", id), Value: []byte(task)})
		if err != nil {
			t.Fatal(err)
		}
	}
	var srv *server
	app := fx.New(parts(cfg, "test", callers, f, silent(), s), fx.Populate(&srv))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	url := "http://" + srv.listener.Addr().String()
	b := client{t, url, "a-token-of-b"}
	b.ask("POST", "/write", lines)
	b.ask("POST", "/write", strings.ReplaceAll(lines, "roof", "cellar"))
	for _, c := range []struct {
		token           string
		readings, tasks int
	}{{"a-token-of-a", 0, 0}, {"a-token-of-b", 4, 2}} {
		got := client{t, url, c.token}.status()
		j := got.Journals[0]
		if int(*got.AtRisk) != c.readings || (*j.Blocks == 0) != (c.readings == 0) ||
			(*j.Bytes == 0) != (c.readings == 0) ||
			*got.Poisoned != c.tasks {
			t.Errorf("%+v: it sees %d readings, %d blocks, %d bytes, %d tasks",
				c, *got.AtRisk, *j.Blocks, *j.Bytes, *got.Poisoned)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := app.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// client asks a node with a token.
type client struct {
	*testing.T
	url, token string
}

// ask gives the body of a good answer.
func (c client) ask(method, path, text string) []byte {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, c.url+path, strings.NewReader(text))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		c.Fatalf("%s %s: %d %s, %v", method, path, answer.StatusCode, all, err)
	}
	return all
}

// status asks until the node has looked at the journal.
func (c client) status() (r schema.Report) {
	c.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if err := json.Unmarshal(c.ask("GET", "/v1/status", ""), &r); err != nil {
			c.Fatal(err)
		}
		if r.AtRisk != nil && r.Poisoned != nil && r.Journals[0].AgeSeconds != nil {
			return r
		}
		if time.Now().After(deadline) {
			c.Fatalf("after a minute the node has not looked: %+v", r)
		}
	}
}
