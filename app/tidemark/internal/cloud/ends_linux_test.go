package cloud_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// TestNoEndLosesARow ends a simulator on a kept folder in every way there is, as a terminal does, a supervisor or a
// killer, within the seconds before Azurite saves by itself, and starts it on the folder again: every row that was
// acknowledged is there, and no child outlives the simulator.
func TestNoEndLosesARow(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	ends := []struct {
		name string
		end  func(*testing.T, *clitest.Running, topology.Addresses)
	}{
		{"told to end while its Azurites are frozen", endFrozen},
		{"Ctrl-C", endAll(syscall.SIGINT)},
		{"window closed", endAll(syscall.SIGHUP)},
		{"all killed", endAll(syscall.SIGKILL)},
		{"killed", endAlone(syscall.SIGKILL)},
		{"interrupted", endAlone(syscall.SIGINT)},
		{"", endAlone(syscall.SIGTERM)}, // looks for the row before
	}
	for i, c := range ends {
		r := clitest.StartAtTerminal(t, "sim", "up", "--folder", folder)
		a := r.Ready(t)
		things := table(t, a)
		if i == 0 {
			if _, err := things.CreateTable(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		for before := range i {
			if _, err := things.GetEntity(t.Context(), "p", fmt.Sprint(before), nil); err != nil {
				t.Errorf("after %q the row that was acknowledged before %q is gone: %v", ends[i-1].name,
					ends[before].name, err)
			}
		}
		row := fmt.Sprintf(`{"PartitionKey":"p","RowKey":"%d","Value":1}`, i)
		if _, err := things.AddEntity(t.Context(), []byte(row), nil); err != nil {
			t.Fatal(err)
		}
		c.end(t, r, a)
	}
}

// endAll ends the program and its children, as a terminal does.
func endAll(s syscall.Signal) func(*testing.T, *clitest.Running, topology.Addresses) {
	return func(t *testing.T, r *clitest.Running, _ topology.Addresses) {
		t.Helper()
		r.SignalGroup(t, s)
	}
}

// endAlone ends the program, which has to see to its children.
func endAlone(s syscall.Signal) func(*testing.T, *clitest.Running, topology.Addresses) {
	return func(t *testing.T, r *clitest.Running, _ topology.Addresses) {
		t.Helper()
		r.Signal(t, s)
	}
}

// endFrozen tells the program to end while both Azurites answer nothing and cannot end by themselves.
func endFrozen(t *testing.T, r *clitest.Running, a topology.Addresses) {
	t.Helper()
	for _, region := range []string{"east", "west"} {
		if code, text := clitest.Said(t, "sim", "outage", region, "--fault", "hang", "--control",
			a.Control); code != 0 {
			t.Fatal(text)
		}
		if err := (&control.Client{URL: a.Control}).
			Do(t.Context(), "POST", "/processes/"+region+"/azurite/pause", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	r.Signal(t, syscall.SIGTERM)
}

// table is a table of the ready line's account, at its primary.
func table(t *testing.T, a topology.Addresses) *aztables.Client {
	t.Helper()
	key, err := aztables.NewSharedKeyCredential(a.Account, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	service, err := aztables.NewServiceClientWithSharedKey(a.Regions["east"].Table, key,
		&aztables.ClientOptions{ClientOptions: azcore.ClientOptions{
			Retry: policy.RetryOptions{MaxRetries: -1, TryTimeout: 10 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	return service.NewClient("things")
}
