package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the command that the process was started with, and ends the process with its exit status.
func Main(version string) {
	ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, restore) // a second signal ends the process at once
	os.Exit(Run(ctx, version, os.Args[1:], os.Stdout, os.Stderr))
}
