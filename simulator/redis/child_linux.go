package redis

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startChild starts a process that the kernel kills when this one ends, and closes done when it has ended. It has a
// process group of its own: a terminal that says Ctrl-C to all of its foreground group does not end it under those
// who still use it.
//
// The parent of a parent-death signal is the thread that forked: the signal comes when that thread ends, and the Go
// runtime ends idle threads. So one goroutine keeps its thread for the whole life of the child. (os/exec covers the
// moment between fork and prctl: a child whose parent is gone by then kills itself.)
func startChild(cmd *exec.Cmd, done chan<- struct{}) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in cmd.ProcessState
			close(done)
		}
	}()
	return <-started
}
