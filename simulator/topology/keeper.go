package topology

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
)

// keeper keeps the roles of the accounts in the topology's folder: who is primary, and where a local account is, is
// nowhere in the stores.
type keeper struct {
	path  string // "" keeps nothing
	known roles
	wake  chan struct{}
	quit  chan struct{}
	done  chan struct{} // nil: nothing is kept
	last  error
	found bool // the stores may hold data already: of an earlier run, or in an Azurite that somebody else runs
}

// roles is the file.
type roles struct {
	Version  int              `json:"version"`
	Accounts map[string]place `json:"accounts"`
}

type place struct {
	Primary   string `json:"primary"`
	Secondary string `json:"secondary,omitempty"`
}

const (
	rolesVersion = 1
	rolesFile    = "roles.json"
)

// Kept reports whether the folder holds what an earlier simulation kept: the roles of its accounts, or the data of
// one of the regions.
func (c Config) Kept() (bool, error) {
	if c.Folder == "" {
		return false, nil
	}
	names := []string{rolesFile}
	for _, r := range c.Regions {
		names = append(names, r.Name)
	}
	for _, name := range names {
		_, err := os.Stat(filepath.Join(c.Folder, name))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

// openKeeper reads what an earlier run left.
func openKeeper(c Config) (*keeper, error) {
	k := &keeper{wake: make(chan struct{}, 1), quit: make(chan struct{}), known: roles{Accounts: map[string]place{}},
		found: slices.ContainsFunc(c.Regions, func(r Region) bool { return r.Azurite.Mode == modeAttach })}
	if c.Folder == "" {
		return k, nil
	}
	k.path = filepath.Join(c.Folder, rolesFile)
	text, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &k.known)
	}
	if err == nil && k.known.Version != rolesVersion {
		err = fmt.Errorf("it has version %d and this program reads %d", k.known.Version, rolesVersion)
	}
	if err != nil {
		return nil, fmt.Errorf("the roles of the accounts in %s: %w; remove the folder to begin anew", k.path, err)
	}
	for name, p := range k.known.Accounts {
		for _, r := range []string{p.Primary, p.Secondary} {
			if r != "" && !slices.ContainsFunc(c.Regions, func(known Region) bool { return known.Name == r }) {
				return nil, fmt.Errorf("%s says that account %s is in region %s, which this topology lacks: add the "+
					"region, or use another folder", k.path, name, r)
			}
		}
	}
	k.found = true
	return k, nil
}

// restore gives an account the roles that it had. The secondary's copy may lack what was under way when the earlier
// run ended, so it is made anew (bootstrap), as it is where the stores were there before us. An account that an
// unplanned failover had left without geo-redundancy gets it again, in the region that it lost, and one that was
// local gets it where it is: its primary is where its rows are, whatever the topology says.
func (k *keeper) restore(o gateway.AccountOptions) gateway.AccountOptions {
	if o.Geo.Secondary == "" {
		return o
	}
	p, ok := k.known.Accounts[o.Name]
	if !ok {
		o.Geo.Bootstrap = k.found
		return o
	}
	if p.Secondary == "" {
		p.Secondary = string(o.Geo.Secondary)
		if p.Secondary == p.Primary {
			p.Secondary = string(o.Geo.Primary)
		}
	}
	o.Geo.Primary, o.Geo.Secondary, o.Geo.Bootstrap = georep.Region(p.Primary), georep.Region(p.Secondary), true
	return o
}

// heard looks whether an event changes roles. It never waits.
func (k *keeper) heard(kind string) {
	switch kind {
	case "promoted", "completed", "reenabled", "live":
		select {
		case k.wake <- struct{}{}:
		default:
		}
	}
}

// keep writes the roles now and at every change.
func (k *keeper) keep(g *gateway.Gateway) {
	if k.path == "" {
		return
	}
	k.done = make(chan struct{})
	k.write(g)
	go func() {
		defer close(k.done)
		for {
			select {
			case <-k.wake:
				k.write(g)
			case <-k.quit:
				k.write(g)
				return
			}
		}
	}()
}

// close writes once more and stops.
func (k *keeper) close() error {
	close(k.quit)
	if k.done != nil {
		<-k.done
	}
	return k.last
}

func (k *keeper) write(g *gateway.Gateway) {
	now := roles{Version: rolesVersion, Accounts: map[string]place{}}
	for _, a := range g.Accounts() {
		s := a.Status()
		now.Accounts[a.Name()] = place{Primary: string(s.Primary), Secondary: string(s.Secondary)}
	}
	k.known = now
	text, err := json.MarshalIndent(now, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(k.path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(k.path+".new", append(text, '\n'), 0o644)
	}
	if err == nil {
		err = os.Rename(k.path+".new", k.path)
	}
	if err != nil {
		k.last = fmt.Errorf("the roles of the accounts are not kept: %w", err)
	}
}
