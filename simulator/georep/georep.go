package georep

import (
	"errors"
	"fmt"
	"time"
)

// Service is a storage service. Each has a Last Sync Time of its own.
type Service string

// The services.
const (
	Table Service = "table"
	Queue Service = "queue"
)

// Region is a region's name.
type Region string

// Partition is the unit of order: writes of one partition reach the secondary in the order of their commits, those of
// two partitions in any order. Of the table service it is a table and a PartitionKey, of the queue service a queue,
// whose Key is "". Whole is a write to the container itself (made, deleted, its properties): it keeps its order with
// the writes of every partition of that container.
type Partition struct {
	Service   Service
	Container string // table or queue
	Key       string
	Whole     bool
}

// Entry is a write that the primary committed: one operation, or an entity group transaction as a whole.
type Entry struct {
	Seq       uint64 // order of commit within the account, from 1; no gaps
	Partition Partition
	At        time.Time // its stamp: the Timestamp of its rows, in both regions, by the clock of the primary
	Due       time.Time // when its lag has passed
	Rows      int
	Bytes     int
}

// State is the state of geo-replication as the service statistics say it.
type State string

// The states. None is an account without geo-redundancy: its secondary endpoint does not exist.
const (
	Live        State = "live"
	Bootstrap   State = "bootstrap"
	Unavailable State = "unavailable"
	None        State = "none"
)

// Stats are the statistics of one service.
type Stats struct {
	State State
	// to the second, by the clock of the primary; zero unless Live. Every write stamped before it under these roles,
	// and every one before, is on the secondary.
	LastSync time.Time
}

// Reach says what of a service answers: its storage in the primary region, in the secondary region, and whether the
// one reaches the other.
type Reach struct{ Primary, Secondary, Link bool }

// whole says whether writes can be repeated.
func (r Reach) whole() bool { return r.Primary && r.Secondary && r.Link }

// Kind is a kind of account failover.
type Kind string

// The kinds.
const (
	Planned   Kind = "planned"
	Unplanned Kind = "unplanned"
)

// Phase is where the account is in a failover.
type Phase string

// The phases. Steady: none runs. Announced: ordered; the endpoints serve as before. Down: neither endpoint serves (a
// driver may let the reads of a planned one through); writes under way finish, then the roles change. Completing: the
// endpoints serve in their new roles; another order is not taken yet.
const (
	Steady     Phase = "steady"
	Announced  Phase = "announced"
	Down       Phase = "down"
	Completing Phase = "completing"
)

// Errors of orders and of writes. They are wrapped with what to do.
var (
	ErrBacklog       = errors.New("the backlog of replication is full")
	ErrDown          = errors.New("a failover keeps both endpoints down")
	ErrInProgress    = errors.New("a failover is under way")
	ErrNoSecondary   = errors.New("the account has no secondary")
	ErrHasSecondary  = errors.New("the account is geo-redundant already")
	ErrNotLive       = errors.New("geo-replication is not live")
	ErrPaused        = errors.New("replication is paused")
	ErrPrimaryDown   = errors.New("the primary region does not answer")
	ErrSecondaryDown = errors.New("the secondary region does not answer")
	ErrLinkDown      = errors.New("the regions do not reach one another")
)

// Windows are the lengths of a failover's phases. Down is the least: it also lasts until nothing is under way, and
// until a planned failover's log is empty. GiveUp bounds it: a Down that came no nearer to its end for so long is
// called off, and the account serves in its old roles; 0 is without bound.
type Windows struct{ Announce, Down, Complete, GiveUp time.Duration }

// String is for messages.
func (w Windows) String() string {
	return fmt.Sprintf("announce %s, down %s, complete %s, give up after %s", short(w.Announce), short(w.Down),
		short(w.Complete), short(w.GiveUp))
}

// Options say what account to make.
type Options struct {
	Primary, Secondary Region // Secondary "" is an account without geo-redundancy (LRS)
	Lag                Lag    // of the whole account; nil is none. A burst or a trace counts from the first call
	Seed               uint64 // of every random choice
	// entries, missing and under way, from which on writes are refused with ErrBacklog; 0 is without bound
	MaxBacklog int
	Windows    Windows
	Bootstrap  bool // the secondary is empty and the primary may not be: begin as after BeginBootstrap
	// Clock is what the clock of a region's storage shows at a moment; nil: it is right. Stamps and Last Sync Times are
	// by the primary's. One that is set back stands still until it has caught up.
	Clock func(r Region, now time.Time) time.Time
	// told each event, in order, within the call; it must not call the account; nil hears nothing
	Observe func(Event)
}

// Ticket is a write that has arrived and is not yet committed.
type Ticket uint64

// Event is what happened, for the truth stream. Fields that do not apply are zero. An entry that leaves the log because
// a copy has it has no event of its own: covered says up to which number a partition is copied, resync empties the log,
// and the deletion of a table in a bootstrap includes what was before it.
type Event struct {
	At time.Time
	// arrive, commit, abandon, apply, failed, paused, resumed, lag, reachable, unavailable, available, announced,
	// down, called-off, promoted, discarded, completed, reenabled, resync, listed, covered, live
	Kind  string
	Entry Entry
	Text  string
}

// article is the kind with its article.
func (k Kind) article() string {
	if k == Unplanned {
		return "an unplanned"
	}
	return "a " + string(k)
}

// Resolution is the step of stamps: the 100 ns of a Timestamp property and of an ETag.
const Resolution = 100 * time.Nanosecond
