package control

import (
	"testing"

	"tidemark/simulator/topology"
)

// TestWhatALossMeans is told in the words of who uses the account.
func TestWhatALossMeans(t *testing.T) {
	const writes = "lost are writes of rows and messages that account a acknowledged in east and that replication " +
		"had not carried over to west"
	for name, c := range map[string]struct {
		lost    int
		service topology.Service
		want    string
	}{
		"nothing":     {0, topology.Service{}, ""},
		"any program": {3, topology.Service{}, writes + ": whoever relies on them has to write them again"},
		"another's": {3, topology.Service{Name: "t", Account: "b", Journals: []string{"east"}}, writes +
			": whoever relies on them has to write them again"},
		"the service's": {1, topology.Service{Name: "tidemark", Account: "a", Journals: []string{"east"}}, writes +
			"; no reading that tidemark acknowledged is lost with them: its journal in east keeps each until the " +
			"account has it in both regions, and the rows are written again from there"},
		"of two journals": {1, topology.Service{Name: "tidemark", Account: "a", Journals: []string{"east", "west"}},
			writes +
				"; no reading that tidemark acknowledged is lost with them: its journals in east and west keep each " +
				"until the account has it in both regions, and the rows are written again from there"},
	} {
		if got := aboutLoss("a", "east", "west", c.lost, c.service); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
