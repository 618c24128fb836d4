package network_test

import (
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/redis"
)

// quiet is a client's log that nobody reads: refused connections are what the test is about.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// TestRedisIsHurtAndHeals drives a client with a pool through each fault.
func TestRedisIsHurtAndHeals(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*hangGuard)
	defer cancel()
	goredis.SetLogger(quiet{})
	server := redis.InProcess(t, redis.Options{})
	n := twoRegions(t, network.Options{})
	proxy := proxyTo(t, n, network.Redis, server.Addr())
	client := goredis.NewClient(&goredis.Options{Addr: proxy.Addr(), MaxRetries: -1, DialTimeout: hangGuard,
		ReadTimeout:           200 * time.Millisecond,
		ContextTimeoutEnabled: true, DialerRetries: 1})
	t.Cleanup(func() { _ = client.Close() })
	applied := func() int64 { // asked of the server itself
		direct := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
		defer direct.Close()
		count, _ := direct.Get(ctx, "count").Int64()
		return count
	}
	increase := func() (int64, error) { return client.Incr(ctx, "count").Result() }

	count := int64(0)
	for _, fault := range []inject.How{inject.Refuse, inject.Torn, inject.Silent, inject.Busy} {
		for _, o := range []network.Outage{{Region: east, How: fault}, {To: west, From: east, How: fault}} {
			got, err := increase()
			if count++; err != nil || got != count {
				t.Fatalf("before %v: %d, %v, want %d", o, got, err, count)
			}
			id := begin(t, n, o)
			if got, err := increase(); err == nil {
				t.Fatalf("during %v it answers %d", o, got)
			}
			if o.Region == "" { // the answer alone is lost
				count++
			}
			if got := applied(); got != count && fault != inject.Silent {
				t.Errorf("during %v the server has counted %d, want %d", o, got, count)
			}
			end(t, n, id)
			eventually(t, "it heals", func() bool { return client.Ping(ctx).Err() == nil })
			eventually(t, "no call is on its way", func() bool {
				return proxy.Links() <= int(client.PoolStats().
					TotalConns)
			})
			count = applied() // what hung on a connection that had gone through arrives late
		}
	}
}
