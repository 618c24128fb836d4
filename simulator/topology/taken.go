package topology

import (
	"errors"
	"fmt"
	"syscall"
)

// TakenError is a listener that could not be opened.
type TakenError struct {
	Setting, Address string
	Err              error
}

func (e *TakenError) Error() string {
	if errors.Is(e.Err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s: the address %s is taken: stop the program that listens there, or give another port "+
			"(0 takes a free one)", e.Setting, e.Address)
	}
	return fmt.Sprintf("%s: cannot listen on %s: %v", e.Setting, e.Address, e.Err)
}

func (e *TakenError) Unwrap() error { return e.Err }

func taken(setting, address string, err error) error {
	return &TakenError{Setting: setting, Address: address, Err: err}
}
