package bounds

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/storageaccount"
)

// Account is the rows of a geo-redundant account and its tidemark.
type Account struct {
	Name      string // in errors, where there are several
	Rows      chunks.Store
	Secondary chunks.Reader // its secondary endpoint; nil: it has none that can be read
	Tide      storageaccount.Account
}

// Generation is an account that keeps the chunks of the year windows from one on, up to those of the next generation.
type Generation struct {
	Account
	From int32 // the index of a year window
}

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
	all       []Generation
	primaries Reading
}

var _ chunks.Store = (*Accounts)(nil)

// One is a single account, which keeps everything.
func One(rows chunks.Store, tide storageaccount.Account) *Accounts {
	return Home(Account{Rows: rows, Tide: tide})
}

// Home is a single account, which keeps everything.
func Home(a Account) *Accounts { return accountsOf([]Generation{{a, math.MinInt32}}) }

func accountsOf(all []Generation) *Accounts {
	a := &Accounts{all: all}
	a.primaries = a.Reading(func(int) bool { return false })
	return a
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
func (a *Accounts) Of(p chunks.Partition) int {
	if p.Table != chunks.Chunks {
		return 0
	}
	return a.OfYear(p.Year)
}

// OfYear is the place of the account that keeps the chunks of a year window.
func (a *Accounts) OfYear(year int32) int {
	i, found := slices.BinarySearchFunc(a.all, year, func(g Generation, y int32) int {
		switch {
		case g.From < y:
			return -1
		case g.From > y:
			return 1
		}
		return 0
	})
	if found {
		return i
	}
	return i - 1
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
	return a.named(at, a.all[at].Rows.Apply(ctx, changes...))
}

// Prepare implements chunks.Store. It asks home, and the accounts of the years.
func (a *Accounts) Prepare(ctx context.Context, years ...int32) error {
	of := make([][]int32, len(a.all))
	for _, y := range years {
		at := a.OfYear(y)
		of[at] = append(of[at], y)
	}
	if err := a.all[0].Rows.Prepare(ctx, of[0]...); err != nil {
		return a.named(0, err)
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
			return a.named(at, err)
		}
	}
	return nil
}

// Expire implements chunks.Store. An account whose years all come later is not asked. One that fails stops no other.
func (a *Accounts) Expire(ctx context.Context, before int32) error {
	if err := a.all[0].Rows.Expire(ctx, before); err != nil {
		return a.named(0, err)
	}
	var failed []error
	for at, g := range a.all {
		if at > 0 && g.From < before {
			failed = append(failed, a.named(at, g.Rows.Expire(ctx, before)))
		}
	}
	return errors.Join(failed...)
}

// Expired implements chunks.Store.
func (a *Accounts) Expired(ctx context.Context) (int32, error) { return a.primaries.Expired(ctx) }

// named says of which times nothing is known while one of several accounts does not answer, or another than home
// refuses: what an account says to the program is no fault of who asks the program, and is the account's alone.
func (a *Accounts) named(at int, err error) error {
	if len(a.all) == 1 || !isAway(at, err) {
		return err
	}
	out := &fault.Error{Kind: fault.Unavailable, Op: "account " + a.all[at].Name, Cause: err}
	if cause := (*fault.Error)(nil); errors.As(err, &cause) {
		out.RetryAfter = cause.RetryAfter
	}
	if at > 0 {
		out.Message = fmt.Sprintf("the storage of readings %s does not answer: ask for other times, or again later",
			a.Times(at))
	}
	return out
}

// isAway reports whether an error of the account at a place says that nothing is to be had of it.
func isAway(at int, err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable:
		return true
	case fault.Throttled, fault.Unauthenticated, fault.Forbidden:
		return at > 0
	}
	return false
}

// Times says in words of which times an account keeps the readings.
func (a *Accounts) Times(at int) string {
	day := func(g Generation) string {
		return time.Unix(0, telemetry.YearWindow(g.From).Start()).UTC().Format(time.DateOnly)
	}
	first, last := at == 0, at == len(a.all)-1
	switch {
	case first && last:
		return "of all times"
	case first:
		return "before " + day(a.all[1])
	case last:
		return "from " + day(a.all[at]) + " on"
	}
	return "from " + day(a.all[at]) + " to " + day(a.all[at+1])
}
