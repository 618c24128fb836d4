//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package azurite

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// lock waits for an advisory file lock that the kernel gives back when the process ends. The file stays: removing it
// would let two processes lock two files of one name.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		l, err := TryLock(path)
		if err == nil || !errors.Is(err, ErrLocked) {
			return l.Release, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TryLock takes the lock of a file, which is made if need be, until Release or the end of this process and of the
// children that hold it too. Somebody else has it: ErrLocked.
func TryLock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return &Lock{f}, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(ErrLocked, f.Close())
		default:
			return nil, errors.Join(err, f.Close())
		}
	}
}

// Release gives this process's hold of it back. It is not unlocked, but closed: that leaves it to the children that
// hold it.
func (l *Lock) Release() { _ = l.file.Close() }
