package bounds

import (
	"errors"
	"fmt"
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

// generations are the accounts of a storage, home first.
type generations []Generation

// of is the place of the account that keeps a partition.
func (g generations) of(p chunks.Partition) int {
	if p.Table != chunks.Chunks {
		return 0
	}
	return g.ofYear(p.Year)
}

// ofYear is the place of the account that keeps the chunks of a year window.
func (g generations) ofYear(year int32) int {
	i, found := slices.BinarySearchFunc(g, year, func(g Generation, y int32) int {
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

// named says of which times nothing is known while one of several accounts does not answer, or another than home
// refuses: what an account says to the program is no fault of who asks the program, and is the account's alone.
func (g generations) named(at int, err error) error {
	if len(g) == 1 || !isAway(at, err) {
		return err
	}
	out := &fault.Error{Kind: fault.Unavailable, Op: "account " + g[at].Name, Cause: err}
	if cause := (*fault.Error)(nil); errors.As(err, &cause) {
		out.RetryAfter = cause.RetryAfter
	}
	if at > 0 {
		out.Message = fmt.Sprintf("the storage of readings %s does not answer: ask for other times, or again later",
			g.times(at))
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

// times says in words of which times an account keeps the readings.
func (g generations) times(at int) string {
	day := func(of Generation) string {
		return time.Unix(0, telemetry.YearWindow(of.From).Start()).UTC().Format(time.DateOnly)
	}
	first, last := at == 0, at == len(g)-1
	switch {
	case first && last:
		return "of all times"
	case first:
		return "before " + day(g[1])
	case last:
		return "from " + day(g[at]) + " on"
	}
	return "from " + day(g[at]) + " to " + day(g[at+1])
}
