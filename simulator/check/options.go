package check

import "time"

// Options say what the run that is judged was promised.
type Options struct {
	// Apart is how far two acknowledged operations have to be from one another for their order to be certain whatever
	// their origins say: more than twice what a node's clock may be off. 0: clocks are exact, as those of one node.
	Apart time.Duration
	// Skew is how far the clock of claims may be from that of the run.
	Skew time.Duration
	// Slack is how far a commit of raw storage may lie outside the call that asked for it.
	Slack time.Duration
	// Clocks is how far the clocks of storages, by which they stamp and tell Last Sync Times, may be from that of the
	// run.
	Clocks time.Duration
	// Patience is how long something may make no progress after phase Healed; 0 is for ever.
	Patience time.Duration
	// Placed: whoever acknowledges a write says which block it is in, and so of which origin.
	Placed bool
}

// Usual are the options of a run whose nodes' clocks are within a second of the storage's, which tells seconds.
var Usual = Options{Apart: 3 * time.Second, Skew: time.Second, Slack: 200 * time.Millisecond,
	Patience: 10 * time.Minute}
