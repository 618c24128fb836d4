package compose

import (
	"context"
	"crypto/tls"
	"log/slog"

	"go.uber.org/fx"

	"tidemark/adapters/memory"
	"tidemark/adapters/metered"
	"tidemark/adapters/rediscache"
	"tidemark/app/metrics"
	"tidemark/ports/cache"
	"tidemark/ports/sched"
)

// cachePart gives the cache in front of the account's rows: a Redis, or memory of this process, or nil.
func cachePart(cfg Cache) fx.Option {
	return fx.Module("cache",
		fx.Provide(func(s sched.Scheduler, log *slog.Logger, m *metrics.Metrics) (cache.Cache, stopCache) {
			c, stop := newCache(cfg, s, log)
			if c == nil {
				return nil, stop
			}
			return metered.Cache(c, m.Looked), stop
		}),
		fx.Invoke(func(lc fx.Lifecycle, stop stopCache) {
			lc.Append(stopHook("the cache", cacheDeadline, func(context.Context) error { return stop() }))
		}))
}

type stopCache func() error

func newCache(cfg Cache, s sched.Scheduler, log *slog.Logger) (cache.Cache, stopCache) {
	if cfg.Redis == "" {
		if cfg.MemoryBytes == 0 {
			return nil, func() error { return nil }
		}
		return memory.NewCache(s, cfg.MemoryBytes), func() error { return nil }
	}
	rc := rediscache.Config{Addr: cfg.Redis, Username: cfg.RedisUser, Password: rediscache.Secret(cfg.RedisPassword),
		Now: s.Now, Log: log}
	if cfg.RedisTLS {
		rc.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c := rediscache.Open(rc)
	return c, c.Close
}
