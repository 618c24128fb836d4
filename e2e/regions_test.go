package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// TestRegionLoss loses the east while clients write to both regions and the account has replicated nothing of it:
// storage, Redis and node by one order. Every reading acknowledged both is in the first answer of the west, and stays
// TestReturn loses the east while clients write to both regions, and gives it back: meanwhile the west writes as one and
// TestPartition cuts the regions off from one another, both ways and each way alone, while clients write on both sides.
// TestSwitchTime has the storage of the east refuse, hang and reset while clients write to both nodes, which live: how
