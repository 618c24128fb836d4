package planted

import (
	"time"

	"tidemark/simulator/world"
)

// mix is the plans of world that seeds take in turn: those oftener that cost least, and those without failovers in less
// time than they have by themselves, so that many can be tried. It is a round twice, but for those that have two
// accounts or two regions in the second: so all other seeds mean what they meant before.
var mix = []world.Case{
	{Plan: "drawn"},
	{Plan: "failover"},
	{Plan: "churn"},
	{Plan: "drawn"},
	{Plan: "hard", For: 100 * time.Second},
	{Plan: "churn"},
	{Plan: "drawn"},
	{Plan: "parts"},
	{Plan: "tight", For: 100 * time.Second},
	{Plan: "two"},
	{Plan: "failover"},
	{Plan: "churn"},
	{Plan: "accounts"},
	{Plan: "hard", For: 100 * time.Second},
	{Plan: "wiped"},
	{Plan: "loss"},
	{Plan: "parts"},
	{Plan: "tight", For: 100 * time.Second},
}

// Mix is the case of a seed, the same for every bug.
func Mix(seed uint64) world.Case {
	c := mix[seed%uint64(len(mix))]
	c.Seed = seed
	return c
}
