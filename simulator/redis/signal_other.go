//go:build !unix

package redis

import (
	"errors"
	"os"
)

// errSignal is the answer where processes cannot be stopped: use Options.InProcess to pause a server.
var errSignal = errors.New("redis: this system cannot pause a process: use Options.InProcess")

func signalStop(*os.Process) error     { return errSignal }
func signalContinue(*os.Process) error { return errSignal }
