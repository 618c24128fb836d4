package inject

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/inject/internal/words"
)

// SyncState is what is wrong with the statistics of a service.
type SyncState string

// Unavailable: the statistics cannot be had. Stuck: Last Sync Time stands still, whatever is replicated. Back: it goes
// back, by so much.
const (
	Unavailable SyncState = "unavailable"
	Stuck       SyncState = "stuck"
	Back        SyncState = "back"
)

var syncStates = []SyncState{Unavailable, Stuck, Back}

// LastSync is statistics that are wrong.
type LastSync struct {
	Account string
	Service string // table or queue; "" is both
	State   SyncState
	By      time.Duration // of Back
}

// String is as in "account tidemark last-sync-time service=queue: stuck" and "account tidemark last-sync-time: back
// 5s".
func (f LastSync) String() string {
	text := f.Thing() + ": " + string(f.State)
	if f.State == Back {
		text += " " + f.By.String()
	}
	return text
}

// Thing is the service's statistics.
func (f LastSync) Thing() string {
	return head(named(accountKind, f.Account, lastSyncVerb), serviceKey, f.Service)
}

// Lasts is true: afterwards the statistics are right again.
func (LastSync) Lasts() bool { return true }

// Validate looks at the state.
func (f LastSync) Validate() error {
	err := errors.Join(checkAccount(f.Account), Scope{Service: f.Service}.check())
	switch {
	case !slices.Contains(syncStates, f.State):
		err = errors.Join(err, words.Unknown("state of the statistics", string(f.State), syncStates))
	case f.State == Back && f.By <= 0:
		err = errors.Join(err, errors.New("back by how much? Write as in: back 5s"))
	case f.State != Back && f.By != 0:
		err = errors.Join(err, fmt.Errorf("a time belongs to back, not to %s", f.State))
	}
	return invalid(f, err)
}
