package redis

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"
)

// TB is what Require asks of a test; *testing.T has it.
type TB interface {
	Helper()
	Cleanup(f func())
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Require starts a real redis-server for a test and stops it afterwards. Where the machine has none the test is
// skipped and says so, unless the environment variable TIDEMARK_REQUIRE names redis: then it fails.
func Require(t TB, o Options) *Server {
	t.Helper()
	if _, err := exec.LookPath(Binary); err != nil {
		if required("redis") {
			t.Fatalf("TIDEMARK_REQUIRE names redis and this machine has no %s", Binary)
		}
		t.Skipf("no %s on this machine: install redis, or set TIDEMARK_REQUIRE=redis to fail instead", Binary)
	}
	o.InProcess = false
	return begin(t, o)
}

// InProcess starts a miniredis for a test and stops it afterwards.
func InProcess(t TB, o Options) *Server {
	t.Helper()
	o.InProcess = true
	return begin(t, o)
}

func begin(t TB, o Options) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, err := Start(ctx, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Kill() })
	return s
}

func required(what string) bool {
	names := strings.FieldsFunc(os.Getenv("TIDEMARK_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' })
	for _, name := range names {
		if name == what || name == "all" {
			return true
		}
	}
	return false
}
