package gateway

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/check"
	"tidemark/simulator/georep"
)

// TestSoakChecker: three defects planted into the gateway are found, each by the rule that it is for. A run in which
// nobody looked at the moment is repeated.
func TestSoakChecker(t *testing.T) {
	seed := soakSeed(t)
	for name, c := range map[string]struct {
		drill
		want check.Rule
		also []check.Rule // what the defect may show beside it
	}{
		// of two puts of one row the first comes last, which is a partition as it was before; one waits for ever
		"two entries change places": {drill: drill{plant: swapEntries}, want: check.Order,
			also: []check.Rule{check.Session, check.LastSync, check.Lost}},
		"an entry is lost": {drill: drill{plant: loseEntries}, want: check.Order,
			also: []check.Rule{check.LastSync, check.Lost}},
		// a row that is put and deleted leaves the partition as it was: by a time that is late, what a reader saw
		// before the two is taken for what is there after them, and what it sees between them for one that is older
		"the Last Sync Time is one second late": {drill: drill{late: time.Second}, want: check.LastSync,
			also: []check.Rule{check.Session}},
	} {
		t.Run(name, func(t *testing.T) {
			c.lag, c.length, c.tables, c.keys = "uniform 50ms 400ms", time.Second, []string{"soaka"}, 2
			for run := range 10 {
				found := false
				for _, v := range runSoak(t, seed+uint64(run), c.drill).verdicts() {
					found = found || v.Rule == c.want
					if v.Rule != c.want && !slices.Contains(c.also, v.Rule) {
						t.Errorf("found by another rule: %s", v)
					}
				}
				if found {
					return
				}
			}
			t.Error("nothing is found")
		})
	}
}

// swapped makes entries of a partition change places, two by two.
type swapped struct {
	account.Store
	mu    sync.Mutex
	first map[georep.Partition]account.Payload
}

func swapEntries(s account.Store) account.Store {
	return &swapped{Store: s, first: map[georep.Partition]account.Payload{}}
}

func (s *swapped) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	s.mu.Lock()
	first := s.first[e.Partition]
	s.first[e.Partition] = p
	if first != nil || e.Partition.Whole {
		delete(s.first, e.Partition)
	}
	s.mu.Unlock()
	if first == nil && !e.Partition.Whole {
		return nil // it comes after the next
	}
	if err := s.Store.Apply(ctx, in, e, p); err != nil || first == nil {
		return err
	}
	return s.Store.Apply(ctx, in, e, first)
}

// losing has the secondary believe that it has an entry, now and then.
type losing struct {
	account.Store
	n atomic.Int64
}

func loseEntries(s account.Store) account.Store { return &losing{Store: s} }

func (s *losing) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	if s.n.Add(1)%20 == 0 && !e.Partition.Whole {
		return nil
	}
	return s.Store.Apply(ctx, in, e, p)
}
