package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// However up ends, its children end soon: after a word, after none, and in the middle of starting. How soon is printed;
// promised are five seconds.
func TestUpLeavesNoChildren(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		early  bool
	}{
		{"SIGTERM", syscall.SIGTERM, false},
		{"SIGKILL", syscall.SIGKILL, false},
		{"SIGINT while starting", syscall.SIGINT, true},
		{"SIGKILL while starting", syscall.SIGKILL, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			up := launchUp(t, "--no-weather")
			if c.early {
				eventually(t, time.Minute, "the first child is there", func() bool { return len(up.children()) > 0 })
				up.endsWithChildren(c.signal, 1)
				return
			}
			up.awaitReady()
			up.endsWithChildren(c.signal, 2) // Azurite and Redis
			if clean := up.Ended().Success(); clean != (c.signal != syscall.SIGKILL) {
				t.Errorf("after %s: %s\n%s", c.signal, up.Ended(), up.tail())
			}
		})
	}
}

// endsWithChildren sends a signal, after which neither the process nor any of its children lives on. It wants some
// children.
func (c *command) endsWithChildren(s syscall.Signal, least int) {
	c.t.Helper()
	family := c.children()
	if len(family) < least {
		c.t.Errorf("the process has the children %v, should be at least %d", family, least)
	}
	c.signal(s)
	began := time.Now()
	c.end(hangs)
	ended := time.Since(began)
	eventually(c.t, 50*time.Second, // ten times what is promised
		fmt.Sprintf("all children of %v are gone after %s", c.ID(), s), func() bool {
			return !alive(c.t, family) && len(c.children()) == 0
		})
	c.t.Logf("%s: the process ended after %s, its children %v after %s", s, ended.Round(time.Millisecond), family,
		time.Since(began).Round(time.Millisecond))
}

// relative is a process. A number may be used again, so the time of the start tells who it is.
type relative struct {
	pid, parent int
	name        string
	started     string
}

func (r relative) String() string { return fmt.Sprintf("%s (%d)", r.name, r.pid) }

// children are the processes below this one, and those that have its mark in their environment: an orphan has another
// parent.
func (c *command) children() []relative {
	c.t.Helper()
	self := c.ID()
	below := map[int]bool{self: true}
	all := processes(c.t)
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !below[p.pid] && (below[p.parent] || c.marked(p.pid)) {
				below[p.pid], grown = true, true
			}
		}
	}
	var list []relative
	for _, p := range all {
		if below[p.pid] && p.pid != self {
			list = append(list, p)
		}
	}
	return list
}

func (c *command) marked(pid int) bool {
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && bytes.Contains(environment, []byte(c.mark+"\x00"))
}

// processes are the processes of this machine, by /proc.
func processes(t testing.TB) []relative {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("not run on %s: it reads the processes from /proc", runtime.GOOS)
	}
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d processes in /proc: %v", len(files), err)
	}
	var list []relative
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid ...; the 22nd is the start. The name may hold anything, a parenthesis too.
		opens, closes := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
		fields := strings.Fields(string(text[closes+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parent, _ := strconv.Atoi(fields[1])
		if state := fields[0]; state != "Z" && state != "X" { // what is dead and only waits to be counted is gone
			list = append(list, relative{pid, parent, string(text[opens+1 : closes]), fields[19]})
		}
	}
	return list
}

// alive reports whether one of these processes still runs.
func alive(t testing.TB, family []relative) bool {
	t.Helper()
	for _, p := range processes(t) {
		for _, was := range family {
			if p.pid == was.pid && p.started == was.started {
				return true
			}
		}
	}
	return false
}
