//go:build unix

package azurite

import (
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup makes a command the leader of a process group when it is started. A terminal sends SIGINT (Ctrl-C) and
// SIGHUP (its window is closed) to all of its foreground group: a child in it would die before it has written its
// data, and a watchdog before there is something to watch for. What has to end with this process learns it from its
// input.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// freezeProcess stops a process, and starts a watchdog that kills it when this process ends: a stopped child cannot
// see its input end. release ends the watchdog and lets the process go on.
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
	ownGroup(dog)
	if err := dog.Start(); err != nil {
		return nil, err
	}
	return func() {
		_, _ = io.WriteString(input, "\n")
		_ = input.Close()
		_ = dog.Wait()
	}, nil
}
