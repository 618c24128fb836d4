package gateway

import (
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/tables"
)

// Store is the Azurite of one region: addresses without account, as http://127.0.0.1:10002. They may change (a
// container that restarted).
type Store = store.Address

// Pages is where pages of queries end before they have to; ParsePages reads one.
type Pages = tables.Pages

// ParsePages reads whole, borders, short, empty or drawn; "" is whole.
func ParsePages(text string) (Pages, error) { return tables.ParsePages(text) }

// Options say what stands behind the gateways.
type Options struct {
	Stores  map[georep.Region]Store
	Network *network.Network // nil: every path is open and short
	Faults  *inject.Engine   // nil: nothing goes wrong
	// Clock is the clock of a region's storage, by which geo-redundant accounts stamp and date; nil is time.Now for
	// all. Queue messages live and are hidden by the clock of this machine, and so does all of a local account.
	Clock   func(georep.Region) time.Time
	Observe func(Event) // the truth stream; nil hears nothing. Called in order, must not block.
	Targets Targets

	// Comparisons is how many a $filter may have; 0 is no limit, which is what the service does. Its page says 15.
	Comparisons int
	// Pages is where pages of queries end before they have to; Seed is of what it draws.
	Pages Pages
	Seed  uint64

	plant func(account.Store) account.Store // a defect that tests of checkers put in; nil is none
}

// Targets are the service's scale targets, as rows a second; 0 does not throttle. Azure: 20,000 an account and 2,000
// a partition.
type Targets struct{ Account, Partition float64 }

// AccountOptions say what account to serve.
type AccountOptions struct {
	Name, Key string
	// Primary is required. Secondary "" is a local account. Observe is the gateway's own: the truth stream has it
	// all.
	Geo      georep.Options
	CopyRate float64 // rows a second of one partition while an account bootstraps; 0 is without bound

	PlannedReads bool // a planned failover lets reads through until the roles change
}

// Event is an entry of the truth stream, written by the simulator alone. Besides georep's kinds there are: answered (a
// write of a geo-redundant account, with the Entry if it was committed), lost-answer (nobody hears it), refused (by the
// simulator itself), unknown (a write whose primary is gone before it said), apply-failed (it is tried again, unless a
// look finds it there), copy-failed (it is tried again), copied and wiped.
type Event struct {
	At      time.Time     `json:"at"`
	Account string        `json:"account"`
	Kind    string        `json:"kind"` // georep's kinds, and those of gateway
	Call    *inject.Call  `json:"call,omitempty"`
	Entry   *georep.Entry `json:"entry,omitempty"`
	Status  int           `json:"status,omitempty"`
	Text    string        `json:"text,omitempty"`
}

// Loss is what an unplanned failover discarded, and the Last Sync Times at that moment.
type Loss = account.Loss
