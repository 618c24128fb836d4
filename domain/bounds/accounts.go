package bounds

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/storageaccount"
)

// Accounts is where the rows of a storage are: in one account, or in several of which each keeps the chunks of some
// years.
//
// The first account is home. It keeps what is of no year (catalogue, states, tasks), and the chunks of all years
// before the second's. Every other keeps the chunks of its years up to the next one's. The account of a row follows
// from its partition alone (Of). So what changes together is never in two accounts, and an account that is added takes
// years that come: nothing moves.
//
// Accounts is a chunks.Store. A call that concerns an account that does not answer is fault.Unavailable and says of
// which times; calls for rows of the others do not notice. Home says what has expired: Expire tells home first, so
// that a year is given up everywhere from then on, whether or not the others have dropped it yet; doing it again drops
// what was left. No failover may take back that home said so once another drops: who expires waits for that
// (retention). A commit time is told by the clock of the row's own account, and only that account's tidemark is
// evidence of it (Tides).
type Accounts struct {
	all       generations
	primaries Reading
}

var _ chunks.Store = (*Accounts)(nil)

// One is a single account, which keeps everything.
func One(rows chunks.Store, tide storageaccount.Account) *Accounts {
	return Home(Account{Rows: rows, Tide: tide})
}

// Home is a single account, which keeps everything.
func Home(a Account) *Accounts { return accountsOf([]Generation{{a, math.MinInt32}}) }

func accountsOf(all generations) *Accounts {
	return &Accounts{all, all.reading(func(int) bool { return false })}
}

// NewAccounts is home and the generations after it, each from a later year on than the one before. Anything else is
// fault.Invalid.
func NewAccounts(home Account, later ...Generation) (*Accounts, error) {
	const op = "bounds.accounts"
	a := accountsOf(append([]Generation{{home, math.MinInt32}}, later...))
	for i, g := range a.all {
		switch {
		case g.Rows == nil || g.Tide == nil:
			return nil, fault.New(fault.Invalid, op, "account %d has no rows, or no tidemark", i+1)
		case i > 0 && g.From <= a.all[i-1].From:
			return nil, fault.New(fault.Invalid, op, "account %d begins with year %d, and the one before with %d: "+
				"each begins later than the one before", i+1, g.From, a.all[i-1].From)
		}
	}
	return a, nil
}

// Len is how many accounts there are.
func (a *Accounts) Len() int { return len(a.all) }

// All is every place.
func (a *Accounts) All() []int {
	all := make([]int, len(a.all))
	for i := range all {
		all[i] = i
	}
	return all
}

// At is the account at a place, from 0, which is home's, and the year that its chunks begin with.
func (a *Accounts) At(place int) Generation { return a.all[place] }

// Of is the place of the account that keeps a partition.
func (a *Accounts) Of(p chunks.Partition) int { return a.all.of(p) }

// OfYear is the place of the account that keeps the chunks of a year window.
func (a *Accounts) OfYear(year int32) int { return a.all.ofYear(year) }

// Reading reads the accounts at their primary endpoints, and those at the secondary that are asked for there and have
// one.
func (a *Accounts) Reading(atSecondary func(place int) bool) Reading {
	return a.all.reading(atSecondary)
}

// Over is the same accounts with a decorator around each.
func (a *Accounts) Over(decorate func(Account) Account) *Accounts {
	out := slices.Clone(a.all)
	for i := range out {
		out[i].Account = decorate(out[i].Account)
	}
	return accountsOf(out)
}

// Get implements chunks.Store.
func (a *Accounts) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return a.primaries.Get(ctx, k)
}

// Scan implements chunks.Store.
func (a *Accounts) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return a.primaries.Scan(ctx, r)
}

// Apply implements chunks.Store. Changes of several partitions, which no store makes, are refused by any.
func (a *Accounts) Apply(ctx context.Context, changes ...chunks.Change) error {
	at := 0
	if len(changes) > 0 {
		at = a.Of(changes[0].Key.Partition)
	}
	return a.all.named(at, a.all[at].Rows.Apply(ctx, changes...))
}

// Prepare implements chunks.Store. It asks home, and the accounts of the years.
func (a *Accounts) Prepare(ctx context.Context, years ...int32) error {
	of := make([][]int32, len(a.all))
	for _, y := range years {
		at := a.OfYear(y)
		of[at] = append(of[at], y)
	}
	if err := a.all[0].Rows.Prepare(ctx, of[0]...); err != nil {
		return a.all.named(0, err)
	}
	for at := 1; at < len(of); at++ {
		if len(of[at]) == 0 {
			continue
		}
		// the account itself may not have heard of it yet
		expired, err := a.Expired(ctx)
		if err != nil {
			return err
		}
		if least := slices.Min(of[at]); least < expired {
			return fault.New(fault.Conflict, "accounts.prepare", "year %d has expired", least)
		}
		if err := a.all[at].Rows.Prepare(ctx, of[at]...); err != nil {
			return a.all.named(at, err)
		}
	}
	return nil
}

// Expire implements chunks.Store. An account whose years all come later is not asked. One that fails stops no other.
func (a *Accounts) Expire(ctx context.Context, before int32) error {
	if err := a.all[0].Rows.Expire(ctx, before); err != nil {
		return a.all.named(0, err)
	}
	var failed []error
	for at, g := range a.all {
		if at > 0 && g.From < before {
			failed = append(failed, a.all.named(at, g.Rows.Expire(ctx, before)))
		}
	}
	return errors.Join(failed...)
}

// Expired implements chunks.Store.
func (a *Accounts) Expired(ctx context.Context) (int32, error) { return a.primaries.Expired(ctx) }

// Times says in words of which times an account keeps the readings.
func (a *Accounts) Times(at int) string { return a.all.times(at) }
