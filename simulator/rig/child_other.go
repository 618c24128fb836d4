//go:build !linux

package rig

import "os/exec"

// startChild starts a process and closes done when it has ended. Here a child outlives a parent that was killed.
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
