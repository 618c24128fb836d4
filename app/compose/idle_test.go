package compose

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/fx"

	"tidemark/adapters/embedded"
	"tidemark/adapters/goruntime"
	"tidemark/adapters/tokens"
	"tidemark/ports/sched"
)

// hurried is a scheduler on which time passes many times as fast.
type hurried struct {
	sched.Scheduler
	began time.Time
	times time.Duration
}

func (h hurried) Now() time.Time {
	now := h.Scheduler.Now()
	return now.Add(now.Sub(h.began) * (h.times - 1))
}

func (h hurried) Sleep(ctx context.Context, d time.Duration) error {
	return h.Scheduler.Sleep(ctx, d/h.times)
}

func (h hurried) AfterFunc(d time.Duration, f func()) func() bool {
	return h.Scheduler.AfterFunc(d/h.times, f)
}

func (h hurried) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return h.Scheduler.WithTimeout(ctx, d/h.times)
}

// TestAnIdleNodeWritesNothing lets a node as anybody starts it store readings, and waits until it leaves its file
// alone for five minutes of its own time, in which every loop of its background looks for work. Each commit changes
// one of the two meta pages at the begin of the file.
func TestAnIdleNodeWritesNothing(t *testing.T) {
	cfg := Default()
	cfg.HTTP.Listen, cfg.Storage.Data = "127.0.0.1:0", filepath.Join(t.TempDir(), "data")
	machine := goruntime.New()
	s := hurried{machine, machine.Now(), 60}
	f, err := lay(t.Context(), cfg, s, silent())
	if err != nil {
		t.Fatal(err)
	}
	var node *server
	app := fx.New(parts(cfg, "test", tokens.Anybody("t"), f, silent(), s), fx.Populate(&node))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		http.DefaultClient.CloseIdleConnections()
		if err := app.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for code, tries := 0, 0; code != http.StatusNoContent; tries++ { // a second to store it in is short
		if code, _ = post(t, "http://"+node.listener.Addr().String()+"/write", "text/plain", lines); tries == 100 {
			t.Fatalf("write: %d", code)
		}
	}
	const rest = 5 * time.Minute
	from := s.Now()
	for last, since := metaPages(t, cfg), from; s.Now().Sub(since) < rest; time.Sleep(5 * time.Millisecond) {
		if s.Now().Sub(from) > 50*time.Minute { // it looks for deletions once an hour
			t.Fatalf("a node without work did not leave its file alone for %s in 50 minutes", rest)
		}
		if now := metaPages(t, cfg); !bytes.Equal(now, last) {
			last, since = now, s.Now()
		}
	}
}

func metaPages(t *testing.T, cfg Config) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(cfg.Storage.Data, embedded.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pages := make([]byte, 2*os.Getpagesize())
	if _, err := f.ReadAt(pages, 0); err != nil {
		t.Fatal(err)
	}
	return pages
}
