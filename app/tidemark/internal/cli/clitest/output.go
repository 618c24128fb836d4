// Package clitest runs the command line in tests: a command and what it says, a node, a simulated cloud, and the
// program as a process of its own.
package clitest

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
)

// Output is a writer that several goroutines use.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Said runs a command and gives its status and everything that it said.
func Said(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code := cli.Run(ctx, "test", args, &out, &out)
	return code, out.String()
}
