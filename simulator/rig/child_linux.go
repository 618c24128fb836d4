package rig

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startChild starts a process that the kernel kills when this one ends, and closes done when it has ended. The signal
// comes when the thread ends that forked, so one goroutine keeps its thread for the life of the child.
func startChild(cmd *exec.Cmd, done chan<- struct{}) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
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
