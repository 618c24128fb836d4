package rig

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func newRig(t *testing.T) *Rig {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skipf("not run: the children of this test are shells: %v", err)
	}
	r := &Rig{Folder: t.TempDir()}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func shell(t *testing.T, r *Rig, script string) *Process {
	t.Helper()
	p, err := r.Start("shell", exec.Command("sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func await(t *testing.T, p *Process, file, pattern string) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return p.Await(ctx, file, regexp.MustCompile(pattern))
}

func TestWhatAProcessSaysIsInItsFiles(t *testing.T) {
	p := shell(t, newRig(t), "echo out 7; echo trouble >&2; exec sleep 60")
	groups, err := await(t, p, p.Out, `out (\d)`)
	if err != nil || len(groups) != 2 || groups[1] != "7" {
		t.Errorf("%q, %v", groups, err)
	}
	if _, err := await(t, p, p.Log, "trouble"); err != nil {
		t.Error(err)
	}
	if text := string(p.Tail()); text != "trouble\n" {
		t.Errorf("the tail is %q", text)
	}
	if p.Ended() != nil {
		t.Error("it has ended")
	}
}

func TestOneThatEndsIsNotWaitedFor(t *testing.T) {
	p := shell(t, newRig(t), "echo first; echo broken >&2; exit 3")
	if _, err := await(t, p, p.Out, "first"); err != nil {
		t.Errorf("what it said last does not count: %v", err)
	}
	_, err := await(t, p, p.Out, "second")
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "broken") {
		t.Errorf("the error is %v", err)
	}
}

func TestStop(t *testing.T) {
	r := newRig(t)
	for script, well := range map[string]bool{
		"trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done":                  true,
		"trap 'echo cannot >&2; exit 1' TERM; echo up; while :; do sleep 0.01; done": false,
	} {
		p := shell(t, r, script)
		if _, err := await(t, p, p.Out, "up"); err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(); (err == nil) != well {
			t.Errorf("%s: %v", script, err)
		}
		if p.Ended() == nil {
			t.Errorf("%s: it runs", script)
		}
	}
}

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
	if err := exec.Command("mkfifo", path).Run(); err != nil {
		t.Skipf("not run: %v", err)
	}
	return path
}

// awaitState waits until the system says that a process is in one of some states.
func awaitState(t *testing.T, p *Process, states string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not run: it reads the state from /proc")
	}
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

// Close ends what still runs, last first, and what was deferred in between.
func TestCloseStopsEverything(t *testing.T) {
	r := newRig(t)
	first, second := shell(t, r, "exec sleep 60"), shell(t, r, "exec sleep 60")
	ran := false
	r.Defer(func() error {
		ran = first.Ended() == nil && second.Ended() == nil
		return nil
	})
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if !ran || first.Ended() == nil || second.Ended() == nil {
		t.Errorf("deferred was run before: %v; ended: %v, %v", ran, first.Ended(), second.Ended())
	}
	if first.Log == second.Log {
		t.Errorf("two processes share the file %s", first.Log)
	}
}
