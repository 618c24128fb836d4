package compose

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/adapters/embedded"
)

// TestAnIdleNodeWritesNothing lets a node store readings, and waits until it leaves its file alone: for so long that
// every loop of its background looked for work many times. Each commit changes one of the two meta pages at the begin
// of the file.
func TestAnIdleNodeWritesNothing(t *testing.T) {
	cfg := inMemory()
	cfg.Storage.Data = filepath.Join(t.TempDir(), "data")
	cfg.Writing.Idle, cfg.Work.DeadAfter, cfg.Work.Margin = 100*time.Millisecond, time.Second, time.Millisecond
	cfg.Work.Sweep, cfg.Work.Purge = 100*time.Millisecond, 100*time.Millisecond
	n := start(t, cfg)
	if code, body := post(t, n.URL()+"/api/v2/write", "text/plain", lines); code != http.StatusNoContent {
		t.Fatalf("write: %d %s", code, body)
	}
	const rest = 4 * time.Second
	for last, since, deadline := metaPages(t, cfg), time.Now(), time.Now().Add(time.Minute); time.Since(since) < rest; {
		if time.Now().After(deadline) {
			t.Fatalf("the node was without work for most of a minute, and its file was never left alone for %s", rest)
		}
		time.Sleep(20 * time.Millisecond)
		if now := metaPages(t, cfg); !bytes.Equal(now, last) {
			last, since = now, time.Now()
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
