package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// Build makes the program from this module's sources as an executable file. It needs the go command, and a working
// directory in the module.
func Build(ctx context.Context, file string, env ...string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", file, "tidemark/app/tidemark")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}
