package azurite

import (
	"errors"
	"os"
)

// ErrLocked means that another process, or another part of this one, has the lock of a file.
var ErrLocked = errors.New("the file is locked")

// Lock is the lock of a file.
type Lock struct {
	file *os.File // nil where there are no locks
}
