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
	const rows = 150
	for i := range rows { // 18 MB, so that the write takes a while
		row := fmt.Sprintf(`{"PartitionKey":"p","RowKey":"%d","a":%q,"b":%q,"c":%q,"d":%q}`, i, text, text, text, text)
		if status := do(t, s, http.MethodPost, "/big", row); status != http.StatusCreated {
			t.Fatalf("row %d: %d", i, status)
		}
	}
	saving := filepath.Join(folder, "table.json~") // is renamed when it is whole
	for guard := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(saving); err == nil {
			break
		}
		if time.Now().After(guard) {
			t.Fatal("it does not save")
		}
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf("/big(PartitionKey='p',RowKey='%d')", rows-1)
	if status := do(t, s, http.MethodGet, last, ""); status != http.StatusOK {
		t.Errorf("the last row is %d after a restart while it was saved", status)
	}
}
