package rediscache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/rediscache"
	"tidemark/domain/fault"
	"tidemark/ports/cache"
	"tidemark/ports/cache/cachetest"
	"tidemark/simulator/redis"
)

// timeout is generous where the proof wants answers: a busy machine is not a dead Redis.
const timeout = 700 * time.Millisecond

// open opens a cache on a server and closes it after the test.
func open(t cachetest.T, addr string, change func(*rediscache.Config)) *rediscache.Cache {
	t.Helper()
	config := rediscache.Config{Addr: addr, Timeout: timeout, Cooldown: 50 * time.Millisecond, Now: time.Now}
	if change != nil {
		change(&config)
	}
	c := rediscache.Open(config)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// servers is a server of each kind, started once for a test.
func servers(t *testing.T, f func(t *testing.T, s *redis.Server)) {
	t.Run("redis-server", func(t *testing.T) { f(t, redis.Require(t, redis.Options{})) })
	t.Run("miniredis", func(t *testing.T) { f(t, redis.InProcess(t, redis.Options{})) })
}

func TestProof(t *testing.T) {
	servers(t, func(t *testing.T, s *redis.Server) {
		cachetest.Run(t, cachetest.Harness{
			Troubles: true, Second: true, Slow: true,
			New: func(t cachetest.T) cachetest.Fixture {
				if err := s.FlushAll(context.Background()); err != nil {
					t.Fatal(err)
				}
				return cachetest.Fixture{
					Cache: open(t, s.Addr(), nil), Second: open(t, s.Addr(), nil), Pass: time.Sleep,
					Now: time.Now, Timeout: timeout + 500*time.Millisecond,
					Set: func(to cachetest.Trouble) { trouble(t, s, to) },
				}
			},
		})
	})
}

func trouble(t cachetest.T, s *redis.Server, to cachetest.Trouble) {
	err := error(nil)
	switch to {
	case cachetest.Down:
		s.Kill()
	case cachetest.Hanging:
		err = s.Pause()
	default:
		if err = s.Resume(); errors.Is(err, redis.ErrStopped) {
			err = s.Restart(context.Background())
		}
	}
	if err != nil {
		t.Fatalf("%v: %v", to, err)
	}
}

var (
	bg  = context.Background()
	key = cache.Key{Tenant: "t", Kind: "k", Name: "n"}
)

// blackHole accepts connections and never answers: what a hung host with a live kernel looks like.
func blackHole(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	var mu sync.Mutex
	var held []net.Conn
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			held = append(held, c)
			mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		done.Wait()
		for _, c := range held {
			_ = c.Close()
		}
	})
	return l.Addr().String()
}

// A dead Redis costs its time-out to a few calls and nothing to the others: 2 s of calls, one after the other, with
// the defaults.
func TestADeadRedisCostsLittle(t *testing.T) {
	places := map[string]func(t *testing.T) string{
		"black hole": blackHole,
		"refused": func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			ok(t, err)
			defer l.Close()
			return l.Addr().String()
		},
		"stopped by a signal": func(t *testing.T) string {
			s := redis.Require(t, redis.Options{})
			ok(t, s.Pause())
			return s.Addr()
		},
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, place(t), func(c *rediscache.Config) { c.Timeout, c.Cooldown = 0, 0 })
			var slowest, total time.Duration
			calls, slow := 0, 0
			for began := time.Now(); time.Since(began) < 2*time.Second; calls++ {
				before := time.Now()
				_, err := c.Get(bg, key)
				took := time.Since(before)
				if fault.KindOf(err) != fault.Unavailable {
					t.Fatalf("get: %v", err)
				}
				slowest, total = max(slowest, took), total+took
				if took > 10*time.Millisecond {
					slow++
				}
				time.Sleep(time.Millisecond)
			}
			t.Logf("%d calls, %d of them slow, the slowest %v, all together %v", calls, slow, slowest, total)
			// Three to open, one probe at a second; room for a busy machine.
			if slowest > 500*time.Millisecond || total > time.Second || slow > 20 {
				t.Errorf("too slow: %d of %d calls, the slowest %v, all together %v", slow, calls, slowest, total)
			}
		})
	}
}

func TestACrowdBeforeADeadRedisWaitsOnce(t *testing.T) {
	c := open(t, blackHole(t), func(c *rediscache.Config) { c.Timeout, c.Cooldown, c.MaxConns = 0, 0, 4 })
	var crowd sync.WaitGroup
	began := time.Now()
	for range 200 {
		crowd.Go(func() {
			if err := c.Set(bg, key, []byte("v"), time.Hour); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("set: %v", err)
			}
		})
	}
	crowd.Wait()
	took := time.Since(began)
	t.Logf("200 calls over 4 connections ended after %v", took)
	if took > 500*time.Millisecond {
		t.Errorf("200 calls at once took %v: they wait for one another", took)
	}
}

func TestTheCallerMayGiveUp(t *testing.T) {
	c := open(t, blackHole(t), nil)
	ctx, cancel := context.WithTimeout(bg, 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := c.Get(ctx, key)
	if fault.KindOf(err) != fault.Canceled || time.Since(began) > time.Second {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
	gone, leave := context.WithCancel(bg)
	time.AfterFunc(20*time.Millisecond, leave)
	began = time.Now()
	if _, err := c.Get(gone, key); fault.KindOf(err) != fault.Canceled || time.Since(began) > timeout+time.Second {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestCredentials(t *testing.T) {
	s := redis.Require(t, redis.Options{Password: "right"})
	var log bytes.Buffer
	logged := func(c *rediscache.Config) {
		c.Password, c.Failures, c.Log = "wrong", 1000, slog.New(slog.NewJSONHandler(&log, nil))
	}
	c := open(t, s.Addr(), logged)
	for range 5 {
		if _, err := c.Get(bg, key); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("with a wrong password: %v", err)
		}
	}
	if n := strings.Count(log.String(), "refuses our credentials"); n != 1 {
		t.Errorf("logged %d times: %s", n, log.String())
	}
	if strings.Contains(log.String(), "wrong") {
		t.Errorf("the password is in the log: %s", log.String())
	}
	right := open(t, s.Addr(), func(c *rediscache.Config) { c.Password = "right" })
	ok(t, right.Set(bg, key, []byte("v"), time.Minute))
	token := open(t, s.Addr(), func(c *rediscache.Config) {
		c.Credentials = func(context.Context) (string, string, error) { return "default", "right", nil }
	})
	if got, err := token.Get(bg, key); err != nil || string(got[0]) != "v" {
		t.Errorf("with credentials from a function: %q, %v", got, err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	var log bytes.Buffer
	config := rediscache.Config{Password: "hush"}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "password", config.Password)
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "config", config, "password", config.Password)
	for _, text := range []string{log.String(), format("%v", config), format("%+v", config), format("%#v", config),
		format("%s %q", config.Password, config.Password)} {
		if strings.Contains(text, "hush") {
			t.Errorf("a secret prints: %s", text)
		}
	}
}

func TestLargeValuesAreNotKept(t *testing.T) {
	servers(t, func(t *testing.T, s *redis.Server) {
		c := open(t, s.Addr(), nil)
		wide := open(t, s.Addr(), func(c *rediscache.Config) { c.MaxValueBytes = 2 << 20 })
		most, over := make([]byte, 1<<20), make([]byte, 1<<20+1)
		ok(t, c.Set(bg, key, most, time.Minute))
		if got, err := c.Get(bg, key); err != nil || !bytes.Equal(got[0], most) {
			t.Errorf("the longest value: %d bytes, %v", len(got[0]), err)
		}
		ok(t, c.Set(bg, key, over, time.Minute))
		if got, err := wide.Get(bg, key); err != nil || got[0] != nil {
			t.Errorf("a value over the bound, or the one before it, was kept: %d bytes, %v", len(got[0]), err)
		}
		ok(t, wide.Set(bg, key, over, time.Minute))
		if got, err := c.Get(bg, key); err != nil || got[0] != nil {
			t.Errorf("a value over the bound was given: %d bytes, %v", len(got[0]), err)
		}
	})
}

func TestARealRedisEvicts(t *testing.T) {
	s := redis.Require(t, redis.Options{MaxMemory: 8 << 20})
	c := open(t, s.Addr(), nil)
	value := make([]byte, 256<<10)
	for i := range 100 {
		ok(t, c.Set(bg, cache.Key{Name: string(rune('a' + i))}, value, time.Hour))
	}
	kept := 0
	for i := range 100 {
		got, err := c.Get(bg, cache.Key{Name: string(rune('a' + i))})
		ok(t, err)
		if got[0] != nil {
			kept++
		} else if i == 99 {
			t.Error("what was set last is not there")
		}
	}
	if kept > 8<<20/len(value) { // which ones Redis gives up is its own affair: it draws them
		t.Errorf("%d values of 256 KiB are in 8 MiB", kept)
	}
}

func TestAfterClose(t *testing.T) {
	s := redis.InProcess(t, redis.Options{})
	// a machine that is busy is no outage
	c := rediscache.Open(rediscache.Config{Addr: s.Addr(), Timeout: timeout, Now: time.Now})
	ok(t, c.Set(bg, key, []byte("v"), time.Minute))
	ok(t, c.Close())
	if _, err := c.Get(bg, key); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("get after close: %v", err)
	}
}

func format(f string, args ...any) string { return fmt.Sprintf(f, args...) }
