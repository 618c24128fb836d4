//go:build !unix

package azurite

import "errors"

func freeze(int) (release func() error, err error) {
	return nil, errors.New("a process cannot be paused on this operating system")
}
