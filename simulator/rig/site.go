package rig

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os/exec"

	"tidemark/simulator/azurite"
	"tidemark/simulator/redis"
)

// Site is what the nodes of a region share: a storage account on an Azurite, a proxy in front of its tables, and
// perhaps a Redis.
type Site struct {
	Account azurite.Account
	Server  *azurite.Server
	Tables  *Proxy
	Redis   *redis.Server // nil: every node caches in its own memory. It is set before nodes start

	rig      *Rig
	settings []string
}

// SiteOptions say what a site is made of.
type SiteOptions struct {
	Azurite  *azurite.Server // that gets a new account; nil: one is started for this site
	Settings []string        // of init and of every node, as NAME=value
	Classify func(*Call) string
}

// NewSite makes an account, with what `tidemark init` puts there.
func (r *Rig) NewSite(ctx context.Context, o SiteOptions) (*Site, error) {
	s := &Site{rig: r, settings: o.Settings, Server: o.Azurite}
	if s.Server == nil {
		server, err := azurite.Start(ctx, azurite.Options{})
		if err != nil {
			return nil, err
		}
		r.Defer(server.Stop)
		s.Server = server
	}
	name := make([]byte, 8)
	_, _ = rand.Read(name) // never fails
	var err error
	if s.Account, err = s.Server.AddAccount(ctx, azurite.Account{Name: "t" + hex.EncodeToString(name)}); err != nil {
		return nil, fmt.Errorf("add an account: %w", err)
	}
	tables, end, err := NewProxy(s.Server.TableURL(s.Account.Name), o.Classify)
	if err != nil {
		return nil, err
	}
	r.Defer(end)
	s.Tables = tables
	cmd := exec.CommandContext(ctx, r.Program, "init")
	cmd.Env = s.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("tidemark init: %w\n%s", err, out)
	}
	return s, nil
}

// env is the environment of a node. Later settings win.
func (s *Site) env(settings ...string) []string {
	env := append(Unconfigured(), "TIDEMARK_ACCOUNT="+s.Account.Name, "TIDEMARK_ACCOUNT_KEY="+s.Account.Key,
		"TIDEMARK_TABLE_URL="+s.Tables.URL, "TIDEMARK_REPLICATION=none", "TIDEMARK_JOURNAL=same-account",
		"TIDEMARK_QUEUE_URL="+s.Server.QueueURL(s.Account.Name), "TIDEMARK_LOG_FORMAT=json",
		"TIDEMARK_STORAGE_TIMEOUT=5s") // a machine that is busy with something else is no outage
	if s.Redis != nil {
		env = append(env, "TIDEMARK_REDIS="+s.Redis.Addr())
	}
	return append(append(env, s.settings...), settings...)
}

// Start starts a node at an address that is free and waits until it is ready; "" is any.
func (s *Site) Start(ctx context.Context, addr string, settings ...string) (*Node, error) {
	var err error
	if addr == "" {
		addr, err = FreeAddress()
	} else {
		err = isFree(addr) // or somebody else would be found to be ready there
	}
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(s.rig.Program, "serve", "--listen", addr) // the context ends the wait, not the node
	cmd.Env = s.env(settings...)
	p, err := s.rig.Start("node", cmd)
	if err != nil {
		return nil, err
	}
	n := &Node{Process: p, URL: "http://" + addr}
	return n, n.AwaitReady(ctx)
}
