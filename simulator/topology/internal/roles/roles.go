// Package roles keeps the roles of the accounts of a topology in its folder: who is primary, and where a local account
// is, is nowhere in the stores.
package roles

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

// Keeper keeps the roles of the accounts of a gateway.
type Keeper struct {
	path  string // "" keeps nothing
	known file
	wake  chan struct{}
	quit  chan struct{}
	done  chan struct{} // nil: nothing is kept
	last  error
	found bool // the stores may hold data already: of an earlier run, or in an Azurite that somebody else runs
}

// file is what the file has.
type file struct {
	Version  int              `json:"version"`
	Accounts map[string]place `json:"accounts"`
}

type place struct {
	Primary   string `json:"primary"`
	Secondary string `json:"secondary,omitempty"`
}

// File is the name of the file in the folder.
const File = "roles.json"

const version = 1

// Open reads what an earlier run left in a folder ("" keeps nothing) about accounts in the regions. older says that
// their stores were there before this run whatever the folder has.
func Open(folder string, regions []string, older bool) (*Keeper, error) {
	k := &Keeper{wake: make(chan struct{}, 1), quit: make(chan struct{}), known: file{Accounts: map[string]place{}},
		found: older}
	if folder == "" {
		return k, nil
	}
	k.path = filepath.Join(folder, File)
	text, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &k.known)
	}
	if err == nil && k.known.Version != version {
		err = fmt.Errorf("it has version %d and this program reads %d", k.known.Version, version)
	}
	if err != nil {
		return nil, fmt.Errorf("the roles of the accounts in %s: %w; remove the folder to begin anew", k.path, err)
	}
	for name, p := range k.known.Accounts {
		for _, r := range []string{p.Primary, p.Secondary} {
			if r != "" && !slices.Contains(regions, r) {
				return nil, fmt.Errorf("%s says that account %s is in region %s, which this topology lacks: add the "+
					"region, or use another folder", k.path, name, r)
			}
		}
	}
	k.found = true
	return k, nil
}

// Restore gives an account the roles that it had. The secondary's copy may lack what was under way when the earlier
// run ended, so it is made anew (bootstrap), as it is where the stores were there before us. An account that an
// unplanned failover had left without geo-redundancy gets it again, in the region that it lost, and one that was
// local gets it where it is: its primary is where its rows are, whatever the topology says.
func (k *Keeper) Restore(o gateway.AccountOptions) gateway.AccountOptions {
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

// Heard looks whether an event changes roles. It never waits.
func (k *Keeper) Heard(kind string) {
	switch kind {
	case "promoted", "completed", "reenabled", "live":
		select {
		case k.wake <- struct{}{}:
		default:
		}
	}
}

// Keep writes the roles now and at every change.
func (k *Keeper) Keep(g *gateway.Gateway) {
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

// Close writes once more and stops.
func (k *Keeper) Close() error {
	close(k.quit)
	if k.done != nil {
		<-k.done
	}
	return k.last
}

func (k *Keeper) write(g *gateway.Gateway) {
	now := file{Version: version, Accounts: map[string]place{}}
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
