//go:build !unix

package azurite

import "errors"

func freezeProcess(int) (release func() error, err error) {
	return nil, errors.New("a process cannot be paused on this operating system")
}

func watchdog(...string) (dismiss func(), err error) {
	return nil, errors.New("a container cannot be paused on this operating system")
}
