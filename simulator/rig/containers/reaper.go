//go:build unix

package containers

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// reaperSession is the environment variable that makes an executable a reaper: its value is a session. testcontainers
// has one of its own that runs in a container, of an image that is not everywhere; this one is a process, and takes
// the images away too.
const reaperSession = "TIDEMARK_E2E_REAPER"

// ReapIfAsked is the whole life of a reaper, if this process was started as one: it does not return then. Every
// executable that starts containers calls it first.
func ReapIfAsked() {
	of := os.Getenv(reaperSession)
	if of == "" {
		return
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the process that started it has ended, however
	if err := reap(of); err != nil {
		fmt.Fprintf(os.Stderr, "reaper of %s: %v\n", of, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// reap takes away everything of a session.
func reap(of string) error {
	cli, err := connect()
	if err != nil {
		return err
	}
	defer cli.Close()
	return remove(cli, of)
}

// lifelines are the reapers' inputs. They close when this process ends, and would when nobody had them any more.
var lifelines []io.WriteCloser

// launchReaper starts the reaper of this process, in a group of its own: an interrupt from the terminal is not for
// it.
func launchReaper() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), reaperSession+"="+session(os.Getpid()))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	lifelines = append(lifelines, lifeline)
	return cmd.Start()
}
