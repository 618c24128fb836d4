package redis_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/redis"
)

// childMode, when set, turns the test binary into a parent of a server that is killed.
const childMode = "REDIS_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(childMode) != "" {
		s, err := redis.Start(context.Background(), redis.Options{})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(s.Addr())
		select {}
	}
	os.Exit(m.Run())
}

// both tries a test on a real server and on miniredis.
func both(t *testing.T, f func(t *testing.T, start func(redis.Options) *redis.Server)) {
	t.Run("redis-server", func(t *testing.T) {
		f(t, func(o redis.Options) *redis.Server { return redis.Require(t, o) })
	})
	t.Run("miniredis", func(t *testing.T) {
		f(t, func(o redis.Options) *redis.Server { return redis.InProcess(t, o) })
	})
}

// say sends a command (words between spaces) over a new connection and gives the first line of the answer.
func say(addr, command string, patience time.Duration) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	words := strings.Fields(command)
	message := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		message += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := io.WriteString(conn, message); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(answer), err
}

func want(t *testing.T, addr, line, answer string) {
	t.Helper()
	if got, err := say(addr, line, 5*time.Second); err != nil || got != answer {
		t.Fatalf("%s: got %q, %v, want %q", line, got, err, answer)
	}
}

func TestHurt(t *testing.T) {
	both(t, func(t *testing.T, start func(redis.Options) *redis.Server) {
		ctx := context.Background()
		s := start(redis.Options{})
		addr := s.Addr()
		want(t, addr, "SET k v", "+OK")
		want(t, addr, "EXISTS k", ":1")
		if err := s.FlushAll(ctx); err != nil {
			t.Fatal(err)
		}
		want(t, addr, "EXISTS k", ":0")

		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		if got, err := say(addr, "PING", 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("paused it answers %q, %v", got, err)
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		want(t, addr, "SET k v", "+OK")

		s.Kill()
		s.Kill()
		if _, err := say(addr, "PING", time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("killed: %v", err)
		}
		if err := s.Pause(); !errors.Is(err, redis.ErrStopped) {
			t.Fatalf("pause of a killed server: %v", err)
		}
		if err := s.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		if s.Addr() != addr {
			t.Fatalf("the address was %s and is %s", addr, s.Addr())
		}
		want(t, addr, "EXISTS k", ":0")
		s.Stop(ctx)
		if _, err := say(addr, "PING", time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("stopped: %v", err)
		}
	})
}

func TestAPausedServerCanBeEnded(t *testing.T) {
	both(t, func(t *testing.T, start func(redis.Options) *redis.Server) {
		for _, end := range []func(*redis.Server){(*redis.Server).Kill,
			func(s *redis.Server) { s.Stop(context.Background()) }} {
			s := start(redis.Options{})
			if err := s.Pause(); err != nil {
				t.Fatal(err)
			}
			hanging := make(chan error, 1)
			go func() {
				_, err := say(s.Addr(), "PING", 20*time.Second)
				hanging <- err
			}()
			time.Sleep(20 * time.Millisecond)
			end(s)
			select {
			case <-hanging: // answered or broken
			case <-time.After(10 * time.Second):
				t.Fatal("a connection of an ended server hangs")
			}
		}
	})
}

func TestPassword(t *testing.T) {
	both(t, func(t *testing.T, start func(redis.Options) *redis.Server) {
		const password = "a \"long\" p\\assword"
		s := start(redis.Options{Password: password})
		got, err := say(s.Addr(), "GET k", 5*time.Second)
		if err != nil || !strings.HasPrefix(got, "-NOAUTH") {
			t.Fatalf("without a password: %q, %v", got, err)
		}
		if err := s.FlushAll(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestATakenPortIsAnError(t *testing.T) {
	both(t, func(t *testing.T, start func(redis.Options) *redis.Server) {
		first := start(redis.Options{})
		second, err := redis.Start(context.Background(), redis.Options{Addr: first.Addr(), InProcess: !first.Real()})
		if err == nil {
			second.Kill()
			t.Fatal("two servers at one address")
		}
		want(t, first.Addr(), "PING", "+PONG")
	})
}

// A server goes with its parent even if nobody could say goodbye.
func TestTheChildEndsWithItsParent(t *testing.T) {
	redis.Require(t, redis.Options{}).Kill()
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGQUIT} {
		t.Run(signal.String(), func(t *testing.T) {
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), childMode+"=1")
			out, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = parent.Process.Kill() }()
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			addr := strings.TrimSpace(line)
			time.Sleep(200 * time.Millisecond) // as long as idle threads have to end and take it with them too early
			want(t, addr, "PING", "+PONG")
			if err := parent.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = parent.Wait()
			for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				if _, err := say(addr, "PING", time.Second); errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("the server at %s outlives its parent", addr)
				}
			}
		})
	}
}
