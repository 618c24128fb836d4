//go:build unix

package azurite

import (
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// freeze stops a process, and starts a watchdog that kills it when this process ends: a stopped child cannot see its input end.
// release ends the watchdog and lets the process go on.
func freeze(pid int) (release func() error, err error) {
	watchdog := exec.Command("/bin/sh", "-c", `read line || kill -9 "$0"`, strconv.Itoa(pid))
	input, err := watchdog.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := watchdog.Start(); err != nil {
		return nil, err
	}
	dismiss := func() {
		_, _ = io.WriteString(input, "\n")
		_ = input.Close()
		_ = watchdog.Wait()
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		dismiss()
		return nil, err
	}
	return func() error {
		dismiss()
		return syscall.Kill(pid, syscall.SIGCONT)
	}, nil
}
