//go:build unix

package azurite_test

import (
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// TestAServerWritesBeforeItEndsAtATerminal sends a process that started a server, and all of its process group, what
// a terminal does at Ctrl-C, and looks for what the server had in memory.
func TestAServerWritesBeforeItEndsAtATerminal(t *testing.T) {
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			needs(t, mode)
			heed(t, syscall.SIGINT)
			folder := t.TempDir()
			helper, url := startHelper(t, string(mode)+" running", folder)
			if err := syscall.Kill(-helper.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			awaitEnd(t, helper, url)
			s := azuritetest.Require(t, azurite.Options{Mode: mode, Folder: folder})
			if status := do(t, s, http.MethodGet, "/kept()", ""); status != http.StatusOK {
				t.Errorf("a table that was there is %d", status)
			}
		})
	}
}

// heed lets the processes that a test starts heed a signal that it ignores itself, as what a shell without job control
// starts in the background does: a signal that is caught has its default in them.
func heed(t *testing.T, sig os.Signal) {
	t.Helper()
	if signal.Ignored(sig) {
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, sig)
		t.Cleanup(func() { signal.Stop(caught) })
	}
}
