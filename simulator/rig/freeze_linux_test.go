package rig

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAFrozenProcessDoesNothing(t *testing.T) {
	p := shell(t, newRig(t), "echo up; while read x; do echo got $x; done < "+fifo(t)+"; exec sleep 60")
	if _, err := await(t, p, p.Out, "up"); err != nil {
		t.Fatal(err)
	}
	if err := p.Freeze(); err != nil {
		t.Fatal(err)
	}
	awaitState(t, p, "T")
	if err := p.Thaw(); err != nil {
		t.Fatal(err)
	}
	awaitState(t, p, "SR")
	if err := p.Freeze(); err != nil {
		t.Fatal(err)
	}
	p.Kill() // frozen or not
	p.Kill()
	if state := p.Ended(); state == nil || state.Success() {
		t.Errorf("killed, it ended as %v", state)
	}
}

// fifo is a pipe with a name, from which a reader waits for ever.
func fifo(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/pipe"
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitState waits until the system says that a process is in one of some states.
func awaitState(t *testing.T, p *Process, states string) {
	t.Helper()
	var last string
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(polls) {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(p.ID()) + "/stat")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if last = rest[:1]; strings.Contains(states, last) {
			return
		}
	}
	t.Fatalf("its state is %s, not one of %s", last, states)
}
