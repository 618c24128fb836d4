package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Rig starts processes and stops what it started. It is safe for concurrent use.
type Rig struct {
	Folder  string // of what its processes say; several rigs may share it
	Program string // the built program

	mu   sync.Mutex
	undo []func() error
}

// started numbers the processes, so that rigs can share a folder.
var started atomic.Int64

// Start starts a command, whose output goes to files that carry its name: standard error to Process.Log, standard
// output to Process.Out. On Linux it ends with this process, however that ends; everywhere at Close.
func (r *Rig) Start(name string, cmd *exec.Cmd) (*Process, error) {
	base := filepath.Join(r.Folder, fmt.Sprintf("%s-%03d", name, started.Add(1)))
	p, err := start(cmd, base+".log", base+".out")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	r.Defer(func() error { p.Kill(); return nil })
	return p, nil
}

// Defer has something done at Close, before all that was deferred earlier.
func (r *Rig) Defer(f func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.undo = append(r.undo, f)
}

// Close stops everything that was started and still runs, the last first.
func (r *Rig) Close() (err error) {
	r.mu.Lock()
	undo := r.undo
	r.undo = nil
	r.mu.Unlock()
	for i := len(undo) - 1; i >= 0; i-- {
		err = errors.Join(err, undo[i]())
	}
	return err
}

// Unconfigured is this process's environment without what configures the program.
func Unconfigured() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "TIDEMARK_") && !strings.HasPrefix(kv, "OTEL_") {
			env = append(env, kv)
		}
	}
	return env
}
