//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package azurite

import "context"

// lock does nothing where there is no flock: two installations side by side waste work, and the first rename wins.
func lock(context.Context, string) (unlock func(), err error) { return func() {}, nil }

// TryLock does nothing where there is no flock: nobody is kept out.
func TryLock(string) (*Lock, error) { return &Lock{}, nil }

// Release does nothing.
func (*Lock) Release() {}
