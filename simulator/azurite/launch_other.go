//go:build !linux

package azurite

import "os/exec"

// startChild starts a process. It ends once it sees that its input did; only Linux tells it at once.
func startChild(cmd *exec.Cmd, _ <-chan struct{}) error { return cmd.Start() }
