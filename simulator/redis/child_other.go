//go:build !linux

package redis

import "os/exec"

// startChild starts a process and closes done when it has ended. There is no parent-death signal here: a child
// outlives a parent that was killed. It stays in the process group, so that at least a terminal ends both: it keeps
// nothing that could be lost.
func startChild(cmd *exec.Cmd, done chan<- struct{}) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		close(done)
	}()
	return nil
}
