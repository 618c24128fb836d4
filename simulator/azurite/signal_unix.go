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
func freezeProcess(pid int) (release func() error, err error) {
	dismiss, err := watchdog("kill", "-9", strconv.Itoa(pid))
	if err != nil {
		return nil, err
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

// watchdog runs a command when this process ends, unless it was dismissed before.
func watchdog(command ...string) (dismiss func(), err error) {
	dog := exec.Command("/bin/sh", append([]string{"-c", `read line || exec "$@"`, "watchdog"}, command...)...)
	input, err := dog.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := dog.Start(); err != nil {
		return nil, err
	}
	return func() {
		_, _ = io.WriteString(input, "\n")
		_ = input.Close()
		_ = dog.Wait()
	}, nil
}
