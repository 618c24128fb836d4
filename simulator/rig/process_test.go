package rig

import (
	"context"
	"os/exec"
	"regexp"
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
