package account

import (
	"context"
	"time"

	"tidemark/simulator/georep"
)

// Availability is what callers find at an endpoint.
type Availability string

// The availabilities.
const (
	Serving Availability = "serving"
	Reads   Availability = "reads"  // a planned failover lets reads through while the last writes are brought over
	Down    Availability = "down"   // a failover keeps both endpoints down
	Lost    Availability = "lost"   // the primary's storage lost what it had, and a failover away from it is under way
	Absent  Availability = "absent" // the secondary's copy is not there (yet): there are the statistics alone
	None    Availability = "none"   // the account has no such endpoint
)

// Endpoint is which region serves an endpoint of the account, and how.
type Endpoint struct {
	Region       georep.Region
	Availability Availability
}

// Endpoints are those of an account.
type Endpoints struct{ Primary, Secondary Endpoint }

// Serves says whether a region may answer, as the primary or the secondary that it was when a call set out.
func (e Endpoints) Serves(r georep.Region) bool {
	return e.Primary.Availability != Down && (r == e.Primary.Region && e.Primary.Availability != Lost ||
		r == e.Secondary.Region)
}

// copyState is where the making of the secondary's copy is.
type copyState int

const (
	copied   copyState = iota // nothing is to be copied
	doubted                   // the copy counts for nothing; it is made anew when the storages are there again
	cleaning                  // what an earlier life left in the region is being deleted
	listing                   // the primary's partitions are being listed
	copying                   // they are being copied
)

// absent says whether the secondary has nothing of this life of the account.
func (c copyState) absent() bool { return c == doubted || c == cleaning }

// Loss is what an unplanned failover discarded, and the Last Sync Times at that moment, by the old primary's clock;
// zero is that the statistics were unavailable.
type Loss struct {
	At       time.Time
	From, To georep.Region
	LastSync map[georep.Service]time.Time
	Entries  []georep.Entry
	Keys     map[uint64][]string // by Seq: the row keys of the entities, or message ids
}

// entry is what is known of a write that the secondary lacks.
type entry struct {
	payload Payload
	tries   int
}

// container names a table or queue.
type container struct {
	service georep.Service
	name    string
}

// stage is a context that is replaced when it has ended.
type stage struct {
	ctx context.Context
	end context.CancelFunc
}

func (s stage) ended() bool { return s.ctx.Err() != nil }
