package up

import (
	"strings"
	"testing"

	"tidemark/simulator/topology"
)

// TestTheGreetingOfUp suggests what has an answer.
func TestTheGreetingOfUp(t *testing.T) {
	a := topology.Addresses{Edge: "http://edge", Control: "http://127.0.0.1:8090"}
	with, without := greeting(a, true), greeting(a, false)
	if !strings.Contains(with, "source=seattle") || strings.Contains(without, "seattle") ||
		!strings.Contains(without, "http://edge/api/v2/write") || !strings.Contains(without, "source=roof") {
		t.Errorf("%s\n\n%s", with, without)
	}
}
