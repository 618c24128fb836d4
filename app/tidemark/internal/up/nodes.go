package up

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"tidemark/app/compose"
	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/topology"
)

// requestTimeout is how long a node works at one request at most. It is well below the edge's patience (30 s, Front
// Door's): the node's 503, which says what became of a write, has to arrive before the edge gives up with a 504,
// which cannot know.
const requestTimeout = 15 * time.Second

// regionNode is the node of a region.
type regionNode struct {
	region string
	*compose.Node
}

// newNodes makes the nodes of both regions, once the storage is initialised. They do not serve yet.
func newNodes(e *console.Environment, sim *topology.Simulation, log compose.Log) ([]regionNode, error) {
	var nodes []regionNode
	for i, r := range sim.Config().Regions {
		cfg, err := configOf(sim, r.Name, log)
		if err == nil {
			err = cfg.Validate()
		}
		if err != nil {
			return nodes, console.ConfigError{Err: err}
		}
		if i == 0 {
			if _, err := compose.Initialise(e.Context, cfg); err != nil {
				return nodes, err
			}
		}
		node, err := compose.New(e.Context, cfg, e.Version, e.Stderr)
		if err != nil {
			return nodes, err
		}
		nodes = append(nodes, regionNode{r.Name, node})
	}
	return nodes, nil
}

// configOf is that of a node with both roles that stands in a region.
func configOf(sim *topology.Simulation, region string, log compose.Log) (compose.Config, error) {
	a := sim.Addresses()
	seen := a.Regions[region]
	cfg := compose.Default()
	cfg.Node.Name, cfg.Node.Region = "up-"+region, region
	cfg.HTTP.Listen, cfg.HTTP.Timeout = "127.0.0.1:0", requestTimeout
	cfg.Log = log
	s := &cfg.Storage
	s.Account, s.AccountKey = []string{a.Account}, []compose.Secret{compose.Secret(a.Key)}
	s.TableURL, s.TableSecondaryURL = []string{seen.Table}, []string{seen.TableSecondary}
	s.Replication = []compose.Replication{compose.ReplicationRAGRS}
	cfg.Cache.Redis = seen.Redis
	for _, r := range sim.Config().Regions {
		local, _ := sim.Config().Local(r.Name)
		journal, queue, err := sim.TableAndQueue(local.Name, region)
		if err != nil {
			return cfg, err
		}
		if r.Name == region {
			s.JournalAccount, s.JournalKey, s.JournalURL = local.Name, compose.Secret(a.Key), journal
			s.QueueURL = queue
			continue
		}
		s.PeerAccount, s.PeerKey, s.PeerURL = local.Name, compose.Secret(a.Key), journal
		s.PeerRegion = r.Name
	}
	return cfg, nil
}

// openNodes starts the nodes, side by side, and puts them behind the edge.
func openNodes(e *console.Environment, sim *topology.Simulation, nodes []regionNode) error {
	began := time.Now()
	failed := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			if failed[i] = n.Start(e.Context); failed[i] == nil {
				failed[i] = sim.SetCompute(n.region, strings.TrimPrefix(n.URL(), "http://"))
			}
		})
	}
	all.Wait()
	e.Say("the nodes of both regions run after %s", time.Since(began).Round(time.Millisecond))
	return errors.Join(failed...)
}

// keepNodes runs until a signal comes or a node fails.
func keepNodes(e *console.Environment, nodes []regionNode) error {
	ctx, cancel := context.WithCancel(e.Context)
	defer cancel()
	failed := make(chan error, len(nodes))
	for _, n := range nodes {
		go func() {
			select {
			case err := <-n.Failed():
				failed <- fmt.Errorf("the node of %s: %w", n.region, err)
			case <-ctx.Done():
			}
		}()
	}
	select {
	case err := <-failed:
		return err
	case <-e.Context.Done():
		e.Say("stopping; a second signal ends at once")
		return nil
	}
}

// nodesPatience is how long the nodes may take to stop: what follows, the storage, has to have ended 5 seconds after
// the signal.
const nodesPatience = 2500 * time.Millisecond

// stopNodes stops the nodes, side by side. One that does not end in time is left behind: it ends with this process.
func stopNodes(nodes []regionNode) error {
	done := make(chan error, len(nodes))
	for _, n := range nodes {
		go func() { done <- n.Stop() }()
	}
	late := time.NewTimer(nodesPatience)
	defer late.Stop()
	var failed []error
	for range nodes {
		select {
		case err := <-done:
			failed = append(failed, err)
		case <-late.C:
			return errors.Join(failed...)
		}
	}
	return errors.Join(failed...)
}
