package topology_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/georep"
	"tidemark/simulator/topology"
)

// tell gives the Azurite of a region an order.
func tell(t *testing.T, s *topology.Simulation, region, order string) {
	t.Helper()
	if err := s.Process(t.Context(), region, topology.Azurite, order); err != nil {
		t.Fatal(err)
	}
}

// whole waits until the account is live and the secondary lacks nothing.
func whole(t *testing.T, s *topology.Simulation) {
	t.Helper()
	account, err := s.Account("tidemark")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "live and whole", func() error {
		if now := account.Status(); now.State != georep.Live || now.Backlog > 0 {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
}

// there says whether a row is there: false is 404 of the row or of its table.
func there(t *testing.T, c *aztables.Client, row string) bool {
	t.Helper()
	_, err := c.GetEntity(t.Context(), "p", row, nil)
	var refused *azcore.ResponseError
	if err != nil && (!errors.As(err, &refused) || refused.StatusCode != http.StatusNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// replicates starts a topology whose account has the row "old" in both regions.
func replicates(t *testing.T, c topology.Config) (s *topology.Simulation, primary, secondary *aztables.Client) {
	t.Helper()
	s = start(t, c)
	primary, secondary = client(t, s, "tidemark", "outside", false), client(t, s, "tidemark", "outside", true)
	if _, err := primary.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := put(t, primary, "old"); err != nil {
		t.Fatal(err)
	}
	whole(t, s)
	if !there(t, secondary, "old") {
		t.Fatal("the row is not at the secondary")
	}
	return s, primary, secondary
}

// TestASecondaryThatLostItsDataGetsItAgain kills the secondary's Azurite, with and without a folder, and starts it
// again.
func TestASecondaryThatLostItsDataGetsItAgain(t *testing.T) {
	for name, kept := range map[string]bool{"memory": false, "folder": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := quick()
			if kept {
				c.Folder = t.TempDir()
			}
			s, primary, secondary := replicates(t, c)
			account, _ := s.Account("tidemark")
			before := account.Stats(georep.Table).LastSync
			tell(t, s, "west", topology.Kill)
			if err := account.Failover(georep.Unplanned); !errors.Is(err, georep.ErrNotLive) {
				t.Errorf("a failover to a store that is dead: %v", err)
			}
			if err := put(t, primary, "meanwhile"); err != nil {
				t.Fatal(err)
			}
			tell(t, s, "west", topology.Restart)
			whole(t, s)
			if err := put(t, primary, "new"); err != nil {
				t.Fatal(err)
			}
			whole(t, s)
			for _, row := range []string{"old", "meanwhile", "new"} {
				if !there(t, secondary, row) {
					t.Errorf("the secondary lacks the row %q", row)
				}
			}
			if after := account.Stats(georep.Table).LastSync; after.Before(before) {
				t.Errorf("the Last Sync Time fell from %s to %s", before, after)
			}
			if !told(s, "resync") {
				t.Error("the truth stream does not say that the copy is made anew")
			}
		})
	}
}

// TestLiveIsTrueThroughARestart asks all the time while the secondary's Azurite is restarted: live means that the row
// is there.
func TestLiveIsTrueThroughARestart(t *testing.T) {
	t.Parallel()
	s, _, secondary := replicates(t, quick())
	account, _ := s.Account("tidemark")
	done := make(chan error, 1)
	go func() { done <- s.Process(t.Context(), "west", topology.Azurite, topology.Restart) }()
	states, restarted := map[georep.State]bool{}, false
	for deadline := time.Now().Add(time.Minute); !restarted || !states[georep.Live] && time.Now().Before(deadline); {
		state := account.Status().State
		_, err := secondary.GetEntity(t.Context(), "p", "old", nil)
		var refused *azcore.ResponseError
		if missing := errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound; missing &&
			state == georep.Live && account.Status().State == georep.Live {
			t.Fatal("the state is live and the row is not there")
		}
		states[state] = true
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			restarted = true
			delete(states, georep.Live) // of before
		default:
		}
	}
	if !states[georep.Bootstrap] || !states[georep.Live] {
		t.Errorf("the states were %v, want bootstrap and then live", states)
	}
}

// TestAPrimaryThatLostItsData and its secondary agree after it: what the primary has not is nowhere.
func TestAPrimaryThatLostItsData(t *testing.T) {
	for name, kept := range map[string]bool{"memory": false, "folder": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := quick()
			if kept {
				c.Folder = t.TempDir()
			}
			s, primary, secondary := replicates(t, c)
			tell(t, s, "east", topology.Kill)
			tell(t, s, "east", topology.Restart)
			whole(t, s)
			if here, copied := there(t, primary, "old"), there(t, secondary, "old"); here != copied {
				t.Errorf("the row is at the primary: %t, at the secondary: %t", here, copied)
			}
			if _, err := primary.CreateTable(t.Context(), nil); err != nil && !kept {
				t.Fatal(err)
			}
			if err := put(t, primary, "new"); err != nil {
				t.Fatal(err)
			}
			whole(t, s)
			if !there(t, secondary, "new") {
				t.Error("a row written since does not replicate")
			}
		})
	}
}

// TestAnOrderlyRestartOfThePrimaryChangesNothing where it has a folder.
func TestAnOrderlyRestartOfThePrimaryChangesNothing(t *testing.T) {
	t.Parallel()
	c := quick()
	c.Folder = t.TempDir()
	s, primary, secondary := replicates(t, c)
	tell(t, s, "east", topology.Restart)
	if told(s, "resync") {
		t.Error("the secondary's copy is made anew, although nothing was lost")
	}
	whole(t, s)
	if !there(t, primary, "old") || !there(t, secondary, "old") {
		t.Error("the row is gone")
	}
}

// told says whether the truth stream has an event of a kind.
func told(s *topology.Simulation, kind string) bool {
	events, _, _ := s.Events().Since(0, 1<<20)
	for _, e := range events {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

// TestAFailoverSavesWhatADeadPrimaryHad, in memory, when it is ordered before the restart.
func TestAFailoverSavesWhatADeadPrimaryHad(t *testing.T) {
	t.Parallel()
	s, primary, _ := replicates(t, quick())
	tell(t, s, "east", topology.Kill)
	account, _ := s.Account("tidemark")
	if err := account.Failover(georep.Unplanned); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the failover", func() error {
		if now := account.Status(); now.Primary != "west" || now.Phase != georep.Steady {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	tell(t, s, "east", topology.Restart)
	if err := account.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	whole(t, s)
	if !there(t, primary, "old") || !there(t, client(t, s, "tidemark", "outside", true), "old") {
		t.Error("the row is not in both regions")
	}
}
