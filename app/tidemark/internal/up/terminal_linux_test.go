package up_test

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/topology"
)

// TestNoEndLosesARow writes a row to a kept folder, ends the simulator as a terminal does within the seconds before
// Azurite saves by itself, and reads the row after a restart.
func TestNoEndLosesARow(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "window closed": syscall.SIGHUP,
		"killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			r := clitest.StartAtTerminal(t, "sim", "up", "--folder", folder)
			things := table(t, r.Ready(t))
			if _, err := things.CreateTable(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := things.AddEntity(t.Context(), []byte(`{"PartitionKey":"p","RowKey":"r","Value":1}`),
				nil); err != nil {
				t.Fatal(err)
			}
			r.SignalGroup(t, signal)
			r = clitest.StartAtTerminal(t, "sim", "up", "--folder", folder)
			if _, err := table(t, r.Ready(t)).GetEntity(t.Context(), "p", "r", nil); err != nil {
				t.Errorf("a row that was acknowledged is gone: %v", err)
			}
		})
	}
}

// TestCtrlCLosesNoReading is the same with the service on top: a reading whose 200 came a moment before Ctrl-C.
func TestCtrlCLosesNoReading(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	up := []string{"up", "--listen", "127.0.0.1:0", "--no-weather", "--folder", folder}
	r := clitest.StartAtTerminal(t, up...)
	body := strings.NewReader(`[{"source":"roof","metric":"temp","time":"2026-01-01T12:00:00Z","value":21.5}]`)
	answer, err := http.Post(r.Ready(t).Edge+"/v1/readings", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s: %s", answer.Status, said)
	}
	r.SignalGroup(t, syscall.SIGINT)
	r = clitest.StartAtTerminal(t, up...)
	counts(t, r.Ready(t).Edge, map[string]int{"roof": 1})
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
