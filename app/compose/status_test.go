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

	"go.uber.org/fx"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi/schema"
	"tidemark/ports/chunks"
)

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
	comes(c.T, "the node has looked at the journal", func() (any, bool) {
		if err := json.Unmarshal(c.ask("GET", "/v1/status", ""), &r); err != nil {
			c.Fatal(err)
		}
		return r, r.AtRisk != nil && r.Poisoned != nil && r.Journals[0].AgeSeconds != nil
	})
	return r
}
