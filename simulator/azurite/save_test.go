package azurite_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// TestAServerThatEndsWhileItSaves is asked to end in the middle of one of the writes of its data that it begins every
// five seconds, when nothing has changed since that began: what it was writing is kept.
func TestAServerThatEndsWhileItSaves(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := azuritetest.Require(t, azurite.Options{Mode: azurite.Process, Folder: folder})
	do(t, s, http.MethodPost, "/Tables", `{"TableName":"big"}`)
	text := strings.Repeat("x", 30_000)
	for i := range 150 { // 18 MB, so that the write takes a while
		row := fmt.Sprintf(`{"PartitionKey":"p","RowKey":"%d","a":%q,"b":%q,"c":%q,"d":%q}`, i, text, text, text, text)
		if status := do(t, s, http.MethodPost, "/big", row); status != http.StatusCreated {
			t.Fatalf("row %d: %d", i, status)
		}
	}
	saves := func(yes bool) {
		t.Helper()
		for guard := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			// renamed when it is whole
			if _, err := os.Stat(filepath.Join(folder, "table.json~")); (err == nil) == yes {
				return
			}
			if time.Now().After(guard) {
				t.Fatalf("not within a minute: it saves: %v", yes)
			}
		}
	}
	saves(true)
	saves(false)
	do(t, s, http.MethodPost, "/big", `{"PartitionKey":"p","RowKey":"last"}`)
	saves(true) // all there is; nothing changes after that
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status := do(t, s, http.MethodGet, "/big(PartitionKey='p',RowKey='last')", ""); status != http.StatusOK {
		t.Errorf("the last row is %d after a restart while it was saved", status)
	}
}
