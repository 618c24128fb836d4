package rig_test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/rig"
)

// A site with an Azurite of its own: a node is ready, is killed, and another comes to its address; one that cannot
// start says why; and at the end nothing runs.
func TestSite(t *testing.T) {
	azuritetest.Shared(t) // decides whether a machine without Node.js skips or fails
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	r := &rig.Rig{Folder: t.TempDir()}
	r.Program = filepath.Join(r.Folder, "tidemark")
	if err := rig.Build(ctx, r.Program); err != nil {
		t.Fatal(err)
	}
	s, err := r.NewSite(ctx, rig.SiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := rig.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Start(ctx, addr)
	if err != nil {
		t.Fatal(err)
	}
	if before := len(s.Tables.Tally()); before == 0 {
		t.Error("the node has not asked for a table")
	}
	n.Kill()
	if resp, err := http.Get(n.URL + "/health/ready"); err == nil {
		_ = resp.Body.Close()
		t.Errorf("a killed node answers %s", resp.Status)
	}
	again, err := s.Start(ctx, addr)
	if err != nil || again.URL != n.URL {
		t.Fatalf("at %s: %v", n.URL, err)
	}
	if _, err := s.Start(ctx, addr); err == nil {
		t.Error("two nodes have one address")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if again.Ended() == nil {
		t.Error("a node runs")
	}
	if err := s.Server.Healthy(ctx); err == nil {
		t.Error("the Azurite runs")
	}
}
