package clitest

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
)

// Serve runs the command until the test ends and gives its URL.
func Serve(t *testing.T, args ...string) (string, *Output) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out Output
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, "test", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), io.Discard, &out)
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("serve ended with %d: %s", c, out.String())
		}
	})
	found := regexp.MustCompile(`listens on (http://\S+)`)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if m := found.FindStringSubmatch(out.String()); m != nil {
			return m[1], &out
		}
	}
	t.Fatalf("serve does not listen: %s", out.String())
	return "", nil
}
