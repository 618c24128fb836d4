//go:build !unix

package azurite

import (
	"errors"
	"os/exec"
)

// ownGroup does nothing: there are no process groups here, and the script takes no notice of an interrupt.
func ownGroup(*exec.Cmd) {}

func freezeProcess(int) (release func() error, err error) {
	return nil, errors.New("a process cannot be paused on this operating system")
}

func watchdog(...string) (dismiss func(), err error) {
	return nil, errors.New("a container cannot be paused on this operating system")
}
