//go:build !linux

package azurite

import "os/exec"

// startChild starts a process in a process group of its own. It ends once it sees that its input did; only Linux
// tells it at once.
func startChild(cmd *exec.Cmd, _ <-chan struct{}) error {
	ownGroup(cmd)
	return cmd.Start()
}
