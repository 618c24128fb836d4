package gateway

import (
	"errors"
	"testing"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// TestAnOrderRightAfterAnOutage is decided by the network as it is, not as the driver last saw it.
func TestAnOrderRightAfterAnOutage(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{geo: georep.Options{}})
	for range 200 {
		id, err := r.net.Begin(network.Outage{Region: "west", How: inject.Silent})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.a.Failover(georep.Unplanned); !errors.Is(err, georep.ErrSecondaryDown) {
			t.Fatalf("a failover to a region that is out: %v", err)
		}
		if err := r.net.End(id); err != nil {
			t.Fatal(err)
		}
	}
}
