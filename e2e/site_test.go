package e2e

import (
	"context"
	"testing"
	"time"

	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/redis"
	"tidemark/simulator/rig"
)

// site is what the nodes of a test share.
type site struct {
	t testing.TB
	*rig.Site
}

// newRig is a rig that stops everything at the end of the test.
func newRig(t testing.TB) *rig.Rig {
	t.Helper()
	r := &rig.Rig{Folder: scratch, Program: program(t)}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// newSite makes an account with what init puts there. The settings are those of init and of every node.
func newSite(t testing.TB, settings ...string) *site {
	t.Helper()
	server, r := azuritetest.Shared(t), newRig(t) // for the first test they are made, which may take long
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := r.NewSite(ctx, rig.SiteOptions{Azurite: server, Settings: settings, Classify: kindOf})
	if err != nil {
		t.Fatal(err)
	}
	return &site{t, s}
}

// withRedis gives the site a real Redis.
func (s *site) withRedis() *site {
	s.t.Helper()
	s.Redis = redis.Require(s.t, redis.Options{})
	return s
}

// start starts a node on a free port and waits until it is ready.
func (s *site) start(settings ...string) *node {
	s.t.Helper()
	return s.startAt("", settings...)
}

// startAt starts a node at an address of its own.
func (s *site) startAt(addr string, settings ...string) *node {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	n, err := s.Start(ctx, addr, settings...)
	if err != nil {
		s.t.Fatal(err)
	}
	return &node{t: s.t, Process: n.Process, url: n.URL, log: n.Log}
}

// Settings of nodes.
const (
	asAPI    = "TIDEMARK_ROLE=api"
	asWorker = "TIDEMARK_ROLE=worker"
	asBoth   = "TIDEMARK_ROLE=both"

	quickSweeps = "TIDEMARK_SWEEP_EVERY=500ms"
	quickPolls  = "TIDEMARK_WORK_POLL=50ms"
	quickDeath  = "TIDEMARK_DEAD_AFTER=3s"  // of a stream whose writer says nothing
	quickIdle   = "TIDEMARK_STREAM_IDLE=1s" // below quickDeath, as the default is below the default
	neverIdle   = "TIDEMARK_STREAM_IDLE=1h"
)

// quick is a worker that looks often, so that tests do not wait.
func quick(settings ...string) []string {
	return append([]string{quickSweeps, quickPolls, quickDeath, quickIdle}, settings...)
}

// node is what tests ask: a process, or a container.
type node struct {
	t            testing.TB
	*rig.Process // nil of a container
	url          string
	log          string // the file of its standard error
	paired       bool   // it has two journals
	patient      bool   // ask again after a 503
}

// stop ends the node as an operator would.
func (n *node) stop() {
	n.t.Helper()
	if err := n.Stop(); err != nil {
		n.t.Error(err)
	}
}

// tail is the end of what the node said.
func (n *node) tail() []byte { return rig.Tail(n.log) }

func freeAddress(t testing.TB) string {
	t.Helper()
	addr, err := rig.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}
