package topology

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/redis"
)

// region is the storage and the cache of a region.
type region struct {
	config  Region
	at      int // of the topology's regions, for messages
	told    Progress
	kept    bool          // its data has a folder, and is written before the storage ends
	hold    *azurite.Lock // of the folder; nil: none is taken
	storage *azurite.Server
	redis   *redis.Server // nil: none, or somebody else's
	cache   string        // host:port of the Redis itself; "" is none
	proxy   *network.Proxy
	fate    sync.Mutex // held while the storage is killed or restarted, and the gateway told of it
}

func (r *region) place() network.Place { return network.Place(r.config.Name) }

// start starts the storage and the cache.
func (r *region) start(ctx context.Context, c Config) (err error) {
	if r.storage, err = r.startStorage(ctx, c); err != nil {
		r.storage = nil // what did not start needs no end
		return fmt.Errorf("the storage of region %s: %w", r.config.Name, err)
	}
	switch r.config.Redis {
	case modeNone:
	case modeProcess:
		if r.redis, err = redis.Start(ctx, redis.Options{}); err != nil {
			return fmt.Errorf("the Redis of region %s: %w", r.config.Name, err)
		}
		r.cache = r.redis.Addr()
	default:
		r.cache = r.config.Redis
	}
	return nil
}

func (r *region) startStorage(ctx context.Context, c Config) (*azurite.Server, error) {
	accounts := c.accountsOf(r.config.Name)
	b := r.config.Azurite
	if b.Mode == modeAttach {
		r.kept = false // not ours to end
		return r.attach(ctx, azurite.Address{TableURL: b.Table, QueueURL: b.Queue, Accounts: accounts})
	}
	o := azurite.Options{Mode: azurite.Mode(b.Mode), Accounts: accounts, Hold: r.hold}
	if c.Folder != "" {
		o.Folder = filepath.Join(c.Folder, r.config.Name)
	}
	return azurite.Start(ctx, o)
}

// How long an Azurite that somebody else runs is waited for, and when it is told that it is. Variables for tests.
var (
	attachPatience = 15 * time.Second
	attachSilence  = 2 * time.Second
)

// attach waits for an Azurite that may just be starting.
func (r *region) attach(ctx context.Context, at azurite.Address) (*azurite.Server, error) {
	waiting := time.AfterFunc(attachSilence, func() {
		r.told("waiting for the Azurite of region %s at %s and %s ...", r.config.Name, at.TableURL, at.QueueURL)
	})
	defer waiting.Stop()
	patient, cancel := context.WithTimeout(ctx, attachPatience)
	defer cancel()
	s, err := azurite.Attach(patient, at)
	if err != nil && ctx.Err() == nil && patient.Err() != nil {
		return nil, fmt.Errorf("regions[%d].azurite does not answer at %s and %s: start it, or write process to "+
			"have one started (%w)", r.at, at.TableURL, at.QueueURL, err)
	}
	return s, err
}

// accountsOf are the accounts that a region's storage has: its local ones, and every geo-redundant one, which may
// move there.
func (c Config) accountsOf(region string) []azurite.Account {
	var all []azurite.Account
	for _, a := range c.Accounts {
		if a.Geo() || a.Region == region {
			all = append(all, azurite.Account{Name: a.Name, Key: a.Key})
		}
	}
	return all
}

// store is where the gateway finds it.
func (r *region) store() gateway.Store {
	const any = "account"
	return gateway.Store{Table: strings.TrimSuffix(r.storage.TableURL(any), "/"+any),
		Queue: strings.TrimSuffix(r.storage.QueueURL(any), "/"+any)}
}

// stop ends what the region started.
func (r *region) stop() error {
	if r.proxy != nil {
		_ = r.proxy.Close()
	}
	if r.redis != nil {
		r.redis.Kill() // it keeps nothing
	}
	switch {
	case r.storage == nil || r.config.Azurite.Mode == modeAttach:
		return nil
	case r.kept:
		return r.storage.Stop()
	}
	return r.storage.Kill()
}

func (r *region) georep() georep.Region { return georep.Region(r.config.Name) }
