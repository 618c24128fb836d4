package topology_test

import (
	"fmt"
	"strings"
	"testing"

	"tidemark/simulator/georep"
	"tidemark/simulator/topology"
)

// TestFolderKeepsDataAndRoles ends a simulation after a failover and starts it again.
func TestFolderKeepsDataAndRoles(t *testing.T) {
	t.Parallel()
	c := quick()
	c.Folder = t.TempDir()
	requireAzurite(t)
	s, err := topology.Start(t.Context(), c, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	east := client(t, s, "tidemark", "east", false)
	if _, err := east.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := put(t, east, "kept"); err != nil {
		t.Fatal(err)
	}
	account, _ := s.Account("tidemark")
	if err := account.Failover(georep.Planned); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the failover", func() error {
		if now := account.Status(); now.Primary != "west" || now.Phase != georep.Steady {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, c)
	account, _ = s.Account("tidemark")
	if now := account.Status(); now.Primary != "west" || now.Secondary != "east" {
		t.Errorf("after the restart: %+v", now)
	}
	if _, err := client(t, s, "tidemark", "east", false).GetEntity(t.Context(), "p", "kept", nil); err != nil {
		t.Errorf("the row is gone: %v", err)
	}
	eventually(t, "live", func() error {
		if now := account.Status(); now.State != georep.Live {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	if _, err := client(t, s, "tidemark", "east", true).GetEntity(t.Context(), "p", "kept", nil); err != nil {
		t.Errorf("the row is not on the new secondary: %v", err)
	}
}

// TestALocalAccountBecomesGeoRedundant in the topology of a kept folder: its rows are copied, and it stays where they
// are.
func TestALocalAccountBecomesGeoRedundant(t *testing.T) {
	t.Parallel()
	requireAzurite(t)
	for name, region := range map[string]string{"in the new primary": "east", "in the new secondary": "west"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := quick()
			c.Folder = t.TempDir()
			geo := c.Accounts[0]
			c.Accounts = []topology.Account{{Name: geo.Name, Region: region}}
			s, err := topology.Start(t.Context(), c, t.Logf)
			if err != nil {
				t.Fatal(err)
			}
			things := client(t, s, "tidemark", "east", false)
			if _, err := things.CreateTable(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if err := put(t, things, "before"); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			c.Accounts = []topology.Account{geo}
			s = start(t, c)
			whole(t, s)
			if account, _ := s.Account("tidemark"); string(account.Status().Primary) != region {
				t.Errorf("the primary is %s", account.Status().Primary)
			}
			if !there(t, client(t, s, "tidemark", "east", false), "before") ||
				!there(t, client(t, s, "tidemark", "east", true), "before") {
				t.Error("the row is not in both regions")
			}
		})
	}
}

// TestAFolderIsOfOneSimulation at a time, and of another when the first has ended.
func TestAFolderIsOfOneSimulation(t *testing.T) {
	t.Parallel()
	requireAzurite(t)
	c := quick()
	c.Folder = t.TempDir()
	first, err := topology.Start(t.Context(), c, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	second, err := topology.Start(t.Context(), c, t.Logf)
	if err == nil {
		_ = second.Close()
	}
	if err == nil || !strings.Contains(err.Error(), c.Folder) ||
		!strings.Contains(err.Error(), "in use by another simulator: end it, or") {
		t.Errorf("a second simulation of the folder: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, c)
}
