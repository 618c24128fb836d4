package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tidemark/app/compose"
	"tidemark/simulator/azurite"
	"tidemark/simulator/redis"
)

// upCommand runs everything on this machine.
type upCommand struct {
	Listen  string      `help:"Address of the node; port 0 takes a free one." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Folder  string      `help:"Folder in which the storage keeps its data; memory when empty." placeholder:"FOLDER"`
	Weather bool        `help:"Begin with the weather of Seattle: 32,121 readings." default:"true" negatable:""`
	Log     compose.Log `embed:"" group:"Logs"`
}

// The accounts of up: the one that would be geo-redundant, and that of east's journal and queue.
const (
	upAccount = "tidemark"
	upLocal   = "tidemarkeast"
	upRegion  = "east"
)

// ready is the line that says where everything is.
type ready struct {
	Ready   bool                   `json:"ready"`
	Account string                 `json:"account"`
	Key     string                 `json:"key"`
	Regions map[string]readyRegion `json:"regions"`
}

// readyRegion is a region's part of it.
type readyRegion struct {
	API     string `json:"api"`
	Table   string `json:"table"`
	Queue   string `json:"queue"`
	Journal string `json:"journal"`
	Redis   string `json:"redis"`
}

// Run is tidemark up. Children end when this process does, however that is.
func (c *upCommand) Run(e *environment) (err error) {
	parts, err := c.children(e)
	defer func() { err = errors.Join(err, parts.stop()) }()
	if err != nil {
		return err
	}
	cfg := c.config(parts)
	if err := cfg.Validate(); err != nil {
		return usageError{err}
	}
	if _, err := compose.Initialise(e.ctx, cfg); err != nil {
		return err
	}
	node, err := compose.New(e.ctx, cfg, version(), e.stderr)
	if err != nil {
		return err
	}
	if err := node.Start(e.ctx); err != nil {
		return err
	}
	if err := c.fill(e, node.URL()); err != nil {
		return errors.Join(err, node.Stop())
	}
	if err := json.NewEncoder(e.stdout).Encode(parts.ready(node.URL())); err != nil {
		return errors.Join(err, node.Stop())
	}
	e.say("Everything runs. Try:\n  curl -s '%s/v1/latest?source=seattle'\n%s/docs describes the rest. Stop it with Ctrl-C.", node.URL(), node.URL())
	return e.keep(node)
}

// children are the programs that up starts.
type children struct {
	keeps   bool // the storage has a folder, and writes what it holds before it ends
	storage *azurite.Server
	cache   *redis.Server
}

func (c *upCommand) children(e *environment) (*children, error) {
	parts := &children{keeps: c.Folder != ""}
	e.say("starting the storage (Azurite %s; npm installs it the first time) ...", azurite.Version)
	began := time.Now()
	var err error
	parts.storage, err = azurite.Start(e.ctx, azurite.Options{Folder: c.Folder, Accounts: []azurite.Account{{Name: upAccount, Key: upKey}, {Name: upLocal, Key: upKey}}})
	if err != nil {
		return parts, err
	}
	parts.cache, err = redis.Start(e.ctx, redis.Options{})
	if err != nil {
		return parts, err
	}
	kind := "redis-server"
	if !parts.cache.Real() {
		kind = "miniredis in this process: there is no redis-server on this machine"
	}
	e.say("storage and cache (%s) run after %s", kind, time.Since(began).Round(100*time.Millisecond))
	return parts, nil
}

// upKey is the key of the accounts of up: 64 bytes that are no secret, like those of the emulator's own account.
const upKey = "dGlkZW1hcmsgdXA6IHRoaXMga2V5IGlzIG5vIHNlY3JldCwgaXQgb3BlbnMgdGhlIGVtdWxhdG9yIG9uIHRoaXMgbWFjaGluZS4="

func (p *children) stop() error {
	if p.cache != nil {
		p.cache.Kill() // it keeps nothing
	}
	switch {
	case p.storage == nil:
		return nil
	case p.keeps:
		return p.storage.Stop()
	}
	p.storage.Kill()
	return nil
}

func (p *children) ready(api string) ready {
	return ready{Ready: true, Account: upAccount, Key: upKey, Regions: map[string]readyRegion{upRegion: {API: api,
		Table: p.storage.TableURL(upAccount), Queue: p.storage.QueueURL(upLocal), Journal: p.storage.TableURL(upLocal), Redis: p.cache.Addr()}}}
}

// config is a node with both roles on the children.
func (c *upCommand) config(p *children) compose.Config {
	cfg := compose.Default()
	cfg.Node.Name, cfg.Node.Region = "up", upRegion
	cfg.HTTP.Listen = c.Listen
	cfg.Log = c.Log
	cfg.Storage.Account, cfg.Storage.AccountKey, cfg.Storage.TableURL = upAccount, upKey, p.storage.TableURL(upAccount)
	cfg.Storage.JournalAccount, cfg.Storage.JournalKey, cfg.Storage.JournalURL = upLocal, upKey, p.storage.TableURL(upLocal)
	cfg.Storage.QueueURL = p.storage.QueueURL(upLocal)
	cfg.Cache.Redis = p.cache.Addr()
	return cfg
}

// fill imports the weather.
func (c *upCommand) fill(e *environment, url string) error {
	if !c.Weather {
		return nil
	}
	u := uploader{client: &http.Client{Timeout: 90 * time.Second}, url: url, csv: true, patience: time.Minute}
	defer u.client.CloseIdleConnections()
	for _, d := range weather {
		u.source = d.source
		sum, err := u.send1(e, d.name, bytes.NewReader(d.csv), int64(len(d.csv)), 2000)
		if err != nil {
			return fmt.Errorf("the import of %s: %w", d.name, err)
		}
		if sum.rejected > 0 {
			return fmt.Errorf("the import of %s: %d readings were not accepted", d.name, sum.rejected)
		}
	}
	return nil
}
