package membership

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
)

// line is a row of an account that init wrote, or found, and that no failover may take back when it goes on.
type line struct {
	place int
	key   chunks.Key
	value []byte
}

const (
	evidenceHolds = 30 * time.Second // the lease within which evidence is gathered: no failover is over in less (T3)
	quietFor      = 5 * time.Second  // nobody has to hear of less
	sayEvery      = 10 * time.Second
)

// settled waits until every line is below the tidemark of its account, and says what it waits for. A line that is not
// there any more was taken back by a failover.
func (t *taker) settled(ctx context.Context, lines ...line) error {
	began, next := t.sched.Now(), quietFor
	for {
		behind, err := t.behind(ctx, lines)
		if err != nil || len(behind) == 0 {
			return err
		}
		waited, why := t.sched.Now().Sub(began), strings.Join(behind, "; ")
		if waited >= t.Wait {
			return fault.New(fault.Unavailable, "init", "what init has written is not replicated after %s: %s. Run "+
				"the same again once it is; until then no node starts", t.Wait, why)
		}
		if waited >= next {
			t.Say("waiting until what init has written is replicated: %s. Ctrl-C ends it, and the same again goes on",
				why)
			next = waited + sayEvery
		}
		if err := t.sched.Sleep(ctx, time.Second); err != nil {
			return fault.Wrap(fault.Canceled, "init", err)
		}
	}
}

// behind says of each account what is missing until the lines are below its tidemark.
func (t *taker) behind(ctx context.Context, lines []line) ([]string, error) {
	var places []int
	for _, l := range lines {
		places = append(places, l.place)
	}
	asked := t.sched.Now()
	tides, err := t.Accounts.Tides(ctx, t.sched, places...) // before the rows
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range lines {
		row, err := t.Accounts.At(l.place).Rows.Get(ctx, l.key)
		name := t.all[l.place].Name
		switch {
		case fault.Is(err, fault.Unavailable):
			out = append(out, fmt.Sprintf("%s does not answer", name))
		case fault.Is(err, fault.NotFound), err == nil && !bytes.Equal(row.Value, l.value):
			return nil, fault.New(fault.Conflict, "init", "a failover of the account %s, or somebody else, has taken "+
				"back what init wrote there: run the same again", name)
		case err != nil:
			return nil, err
		case tides.At(l.place).Covers(row.Committed, t.Settling.Margin) && t.sched.Now().Sub(asked) < evidenceHolds:
		default:
			out = append(out, t.short(name, row.Committed, tides.At(l.place)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// short says how far an account is with what it committed at a time.
func (t *taker) short(name string, committed time.Time, tide region.Tidemark) string {
	if !tide.Known() {
		return name + " does not tell how far it has replicated"
	}
	clock := func(at time.Time) string { return at.UTC().Format(time.TimeOnly) }
	return fmt.Sprintf("%s has replicated up to %s, and has to come to %s", name, clock(tide.At),
		clock(committed.Add(t.Settling.Margin+time.Second)))
}
