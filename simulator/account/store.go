package account

import (
	"context"
	"errors"
	"time"

	"tidemark/simulator/georep"
)

// ErrNotSent means that a storage could not be reached at all: what was to be sent has not been done, and never will
// be.
var ErrNotSent = errors.New("the store cannot be reached")

// ErrNotNeeded ends a copy of a partition that needs none any more: its container was deleted meanwhile.
var ErrNotNeeded = errors.New("the partition needs no copy any more")

// Payload is what a committed write repeats on the secondary.
type Payload interface {
	// Keys are the row keys or message ids that it touches.
	Keys() []string
}

// Store is the account's storage in its regions, as the driver calls it: with the account's own rights, past every
// outage of the simulator's network and every rule of inject: where regions do not reach one another the driver does
// not call it for what is to be repeated or copied. It is safe for concurrent use. The driver calls it for one write of
// a partition at a time.
//
// An error that is ErrNotSent means that nothing was done. After any other the effect may be there, or may still come
// until the storage has answered a later call for the partition: so a call is given up only when its context ends.
type Store interface {
	// Apply repeats a write on a region's storage. Done again, also in part, it changes nothing more.
	Apply(ctx context.Context, in georep.Region, e georep.Entry, p Payload) error
	// Holds says whether a region's storage has the effect of a write that was applied there without an answer, and
	// that no later write of its partition followed.
	Holds(ctx context.Context, in georep.Region, e georep.Entry, p Payload) (bool, error)
	// Partitions lists what a region has: the containers, each Whole, and the partitions in them. Containers and
	// partitions that are made or deleted meanwhile may be in it or not.
	Partitions(ctx context.Context, in georep.Region) ([]georep.Partition, error)
	// Copy makes a partition, or of a Whole one the container without what is in it, in one region what it is in
	// another, and gives the number of rows that were written. Done again it changes nothing more.
	Copy(ctx context.Context, p georep.Partition, from, to georep.Region, pace Pace) (rows int, err error)
	// Wipe deletes all that the account has in a region, and gives the number of containers.
	Wipe(ctx context.Context, in georep.Region) (containers int, err error)
}

// Pace is how a partition is copied. The zero value: as fast as it goes, while nobody writes to the partition.
type Pace struct {
	// Enter, if it is set, is called before each change at the target: writes to the partition go on, and what it
	// gives is to be called afterwards. Its error ends the copy; ErrNotNeeded says that it is not needed any more.
	Enter func(ctx context.Context) (leave func(), err error)
	Rate  float64 // rows a second; 0 is without bound
}

// Held says whether nobody writes to the partition meanwhile.
func (p Pace) Held() bool { return p.Enter == nil }

// Due is when so many rows may have been copied, of a copy that began then.
func (p Pace) Due(began time.Time, rows int) time.Time {
	if p.Rate == 0 {
		return began
	}
	return began.Add(time.Duration(float64(rows) / p.Rate * float64(time.Second)))
}
