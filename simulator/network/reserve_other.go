//go:build !linux

package network

import (
	"errors"
	"io"
)

// reserve keeps no port: elsewhere than on Linux nobody could listen at it again while it is kept.
func reserve(string) (io.Closer, error) { return nil, errors.ErrUnsupported }
