package orders_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/topology"
)

// waitsForWrites says what a planned failover waits for, and that it goes on when nobody waits for it any more.
func waitsForWrites(t *testing.T, a topology.Addresses) {
	if code, text := clitest.Said(t, "sim", "lag", "constant 8s", "--control", a.Control); code != 0 {
		t.Fatal(text)
	}
	key, err := aztables.NewSharedKeyCredential(a.Account, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := aztables.NewServiceClientWithSharedKey(a.Regions["east"].Table, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tables.CreateTable(t.Context(), "orders", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var out clitest.Output
	code := cli.Run(ctx, "test", []string{"sim", "failover", "--type", "planned", "--control", a.Control}, &out, &out)
	for _, want := range []string{"1 write still to arrive, the last due ", "until then neither endpoint serves",
		"tidemark: interrupted: the failover goes on; tidemark sim status"} {
		if code != cli.ExitFailed || !strings.Contains(out.String(), want) {
			t.Errorf("exit %d, no %q:\n%s", code, want, out.String())
		}
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, text := clitest.Said(t, "sim", "status", "--control", a.Control)
		if strings.Contains(text, "tidemark      west     east       live   steady") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(text)
		}
	}
}
