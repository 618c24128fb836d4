// Package membership keeps which accounts and which journal a storage has: each account says in a row of its own which
// storage it is of, and home says which others there are, and from which date on. Nodes are held to that (Agree), and
// init changes it (Take).
//
// A storage is known by a random id, not by the name of its home, so one that was begun anew under the same name is
// another. It is known at home alone which journal it has.
package membership

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
)

// Member is an account of a storage as the configuration names it.
type Member struct {
	Name        string
	Since       string // the date that its chunks begin with; "" of home
	From        int32  // the year window of that date
	Replication string // none or ra-grs, as the configuration says it
	Contents    Contents
}

// text is how --account names it.
func (m Member) text() string {
	if m.Since == "" {
		return m.Name
	}
	return m.Name + "@" + m.Since
}

// Contents is what of an account's tables no contract of the program knows.
type Contents interface {
	// LastYear is the last year window that the account holds chunks of, whosever they are, and false without any.
	LastYear(ctx context.Context) (last int32, any bool, err error)
	// Bare reports whether it holds no row at all.
	Bare(ctx context.Context) (bool, error)
}

// Storage is the accounts that a process takes for those of its storage, home first, and their rows.
type Storage struct {
	Accounts *bounds.Accounts
	Members  []Member // as many
}

// dateOf is the date that a year of chunks begins on.
func dateOf(year int32) string {
	return time.Unix(0, telemetry.YearWindow(year).Start()).UTC().Format(time.DateOnly)
}
