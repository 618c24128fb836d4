package azurite

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startChild starts a process that the kernel asks to end when this one ends. The end of its input says the same, but
// a child that is still loading its modules does not look at its input for seconds; SIGTERM ends it at once then, and
// lets it write its data later. It has a process group of its own (ownGroup).
//
// The parent of a parent-death signal is the thread that forked, and the Go runtime ends idle threads: one goroutine
// keeps its thread until ended is closed.
func startChild(cmd *exec.Cmd, ended <-chan struct{}) error {
	ownGroup(cmd)
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			<-ended
		}
	}()
	return <-started
}
