// Package rediscache keeps derived bytes in Redis (ports/cache).
//
// A Redis that is gone or hangs costs little: no call takes longer than Config.Timeout (50 ms unless set), nothing is
// retried, and after Config.Failures failures in a row (3) a breaker answers at once, without asking, for a second,
// doubling up to 15 s; then one call tries. A dead Redis so adds 50 ms to those calls that are under way when it dies
// and to one call a second, at most, and nothing to the others.
//
// It speaks to one endpoint: a single server, or Azure Cache for Redis and Azure Managed Redis without the OSS
// cluster policy. Get is one MGET.
package rediscache

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"tidemark/domain/fault"
	"tidemark/ports/cache"
)

// Config says where the Redis is and what it may cost. Addr and Now are required.
type Config struct {
	Addr     string      // host:port
	Username string      // "" is the default user
	Password Secret      // "" sends none
	TLS      *tls.Config // nil is without TLS
	// Credentials, if set, gives user and password for each new connection (Entra ID: object id and token) instead of
	// the two above.
	Credentials func(ctx context.Context) (username, password string, err error)
	// MaxConnAge closes connections older than that; with Credentials it has to be shorter than a token's life.
	MaxConnAge time.Duration

	Timeout       time.Duration // the longest a call takes; 50 ms unless set
	MaxConns      int           // 32 unless set
	MaxValueBytes int           // longer values are not kept; 1 MiB unless set

	Failures    int           // failures in a row that open the breaker; 3 unless set
	Cooldown    time.Duration // how long it stays open at first; 1 s unless set
	MaxCooldown time.Duration // and at most; 15 s unless set

	Now func() time.Time // the breaker's clock
	Log *slog.Logger     // nil is silent
}

// Secret is a string that does not print.
type Secret string

// String hides the secret.
func (Secret) String() string { return "[secret]" }

// GoString hides the secret.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

func (c Config) withDefaults() Config {
	set(&c.Timeout, 50*time.Millisecond)
	set(&c.MaxConns, 32)
	set(&c.MaxValueBytes, 1<<20)
	set(&c.Failures, 3)
	set(&c.Cooldown, time.Second)
	set(&c.MaxCooldown, max(15*time.Second, c.Cooldown))
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func set[N int | time.Duration](v *N, unless N) {
	if *v <= 0 {
		*v = unless
	}
}

// Cache is a cache.Cache in Redis.
type Cache struct {
	client *redis.Client
	config Config
	rule   breakerRule

	mu        sync.Mutex
	breaker   breakerState
	unwelcome bool // the refusal of our credentials was logged
}

var _ cache.Cache = (*Cache)(nil)

// silence keeps go-redis from writing to standard error through the logger that all its clients share: what it says
// there comes back as errors, and the breaker logs what is worth it.
var silence sync.Once

type nowhere struct{}

func (nowhere) Printf(context.Context, string, ...any) {}

// Open makes a cache. It does no I/O: a Redis that is not there yet is a cache that misses.
func Open(c Config) *Cache {
	silence.Do(func() { redis.SetLogger(nowhere{}) })
	c = c.withDefaults()
	return &Cache{client: redis.NewClient(c.options()), config: c,
		rule: breakerRule{c.Failures, c.Cooldown, c.MaxCooldown}}
}

// options turn off what go-redis does by default for those who would rather wait than miss: five dials times three
// retries, socket deadlines that ignore the context, and greetings that most servers refuse.
func (c Config) options() *redis.Options {
	return &redis.Options{
		Addr: c.Addr, Username: c.Username, Password: string(c.Password), TLSConfig: c.TLS,
		CredentialsProviderContext: c.Credentials,
		Protocol:                   2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		ContextTimeoutEnabled:    true, MaxRetries: -1, DialerRetries: 1,
		DialTimeout: c.Timeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, PoolTimeout: c.Timeout,
		PoolSize: c.MaxConns, MaxActiveConns: c.MaxConns, PipelinePoolSize: -1,
		ConnMaxLifetime: c.MaxConnAge, ConnMaxLifetimeJitter: c.MaxConnAge / 10,
	}
}

// Close closes the connections. Calls afterwards are fault.Unavailable.
func (c *Cache) Close() error {
	return fault.Wrap(fault.Unavailable, "cache.close", c.client.Close())
}

// Get implements cache.Cache with one MGET.
func (c *Cache) Get(ctx context.Context, keys ...cache.Key) ([][]byte, error) {
	names := encodeAll(keys)
	values := make([][]byte, len(keys))
	err := c.call(ctx, "cache.get", len(keys) == 0, func(ctx context.Context) error {
		found, err := c.client.MGet(ctx, names...).Result()
		if err != nil {
			return err
		}
		for i, v := range found {
			if s, ok := v.(string); ok && s != "" && len(s) <= c.config.MaxValueBytes {
				values[i] = []byte(s)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// Set implements cache.Cache. A value longer than Config.MaxValueBytes is not kept, and what was there is forgotten:
// a cache that gave back the value before would be allowed to, but useless. An empty value or a lifetime that is not
// positive is fault.Invalid.
func (c *Cache) Set(ctx context.Context, k cache.Key, value []byte, ttl time.Duration) error {
	const op = "cache.set"
	switch {
	case len(value) == 0:
		return fault.New(fault.Invalid, op, "a cached value is not empty")
	case ttl <= 0:
		return fault.New(fault.Invalid, op, "a lifetime is positive, not %s", ttl)
	case len(value) > c.config.MaxValueBytes:
		return c.Delete(ctx, k)
	}
	ttl = max(ttl.Truncate(time.Millisecond), time.Millisecond) // what Redis counts in
	return c.call(ctx, op, false, func(ctx context.Context) error {
		return c.client.Set(ctx, encode(k), value, ttl).
			Err()
	})
}

// Delete implements cache.Cache.
func (c *Cache) Delete(ctx context.Context, keys ...cache.Key) error {
	names := encodeAll(keys)
	return c.call(ctx, "cache.delete", len(keys) == 0,
		func(ctx context.Context) error { return c.client.Unlink(ctx, names...).Err() })
}

func encodeAll(keys []cache.Key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = encode(k)
	}
	return names
}

// call asks Redis within the time-out, if the breaker allows it, and classifies what came of it.
func (c *Cache) call(ctx context.Context, op string, nothing bool, f func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, op, err)
	}
	if nothing {
		return nil
	}
	of := c.tell(asked, refused)
	if of == refused {
		return &fault.Error{Kind: fault.Unavailable, Op: op, Message: "the cache is skipped for a moment",
			RetryAfter: c.config.Cooldown}
	}
	bounded, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	err := f(bounded)
	switch {
	case err == nil:
		c.tell(worked, of)
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		c.tell(unknown, of)
		return fault.Wrap(fault.Canceled, op, ctx.Err())
	}
	c.tell(failed, of)
	if ended(ctx, bounded, err) { // the caller's own deadline; Redis was slow all the same
		return fault.Wrap(fault.Canceled, op, err)
	}
	c.logRefusal(err)
	return fault.Wrap(fault.Unavailable, op, err)
}

// ended reports whether a call failed because its caller's deadline, sooner than ours, had come. The socket has the
// same deadline and may notice it first.
func ended(ctx, bounded context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	theirs, has := ctx.Deadline()
	ours, _ := bounded.Deadline()
	var network net.Error
	return has && theirs.Equal(ours) && errors.As(err, &network) && network.Timeout()
}

// tell tells the breaker, and logs when it opens and closes.
func (c *Cache) tell(e breakerEvent, of grant) grant {
	c.mu.Lock()
	was := c.breaker.until
	next, of := c.rule.step(c.breaker, e, of, c.config.Now())
	c.breaker = next
	if e == worked {
		c.unwelcome = false
	}
	c.mu.Unlock()
	switch {
	case was.IsZero() && !next.until.IsZero():
		c.config.Log.Warn("the cache is out of reach and skipped", "addr", c.config.Addr)
	case !was.IsZero() && next.until.IsZero():
		c.config.Log.Info("the cache is back", "addr", c.config.Addr)
	}
	return of
}

// logRefusal says once, until it works again, that Redis does not accept who we are: waiting does not help there.
func (c *Cache) logRefusal(err error) {
	if !refusal(err) {
		return
	}
	c.mu.Lock()
	first := !c.unwelcome
	c.unwelcome = true
	c.mu.Unlock()
	if first {
		c.config.Log.Error("the cache refuses our credentials: check user, password and permissions", "addr",
			c.config.Addr, "error", err)
	}
}

func refusal(err error) bool {
	var network net.Error
	if errors.As(err, &network) {
		return false
	}
	text := err.Error()
	for _, code := range []string{"NOAUTH", "WRONGPASS", "NOPERM", "invalid password",
		"without any password configured"} {
		if strings.Contains(text, code) {
			return true
		}
	}
	return false
}
