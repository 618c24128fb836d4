package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// TestSoakChecker: three defects planted into the gateway are found, each by the check that it is for. A run in which
// nobody looked at the moment is repeated.
func TestSoakChecker(t *testing.T) {
	seed := soakSeed(t)
	for name, c := range map[string]struct {
		drill
		want []string // each begins something that is wrong
	}{
		"two entries change places": {drill: drill{plant: swapEntries}, want: []string{"out of order: "}},
		"an entry is lost": {drill: drill{plant: loseEntries},
			want: []string{"out of order: ", "the secondary differs"}},
		"the Last Sync Time is one second late": {drill: drill{late: time.Second}, want: []string{"missing: "}},
	} {
		t.Run(name, func(t *testing.T) {
			c.lag, c.length, c.tables, c.keys = "uniform 50ms 400ms", time.Second, []string{"soaka"}, 2
			for run := range 10 {
				wrong := runSoak(t, seed+uint64(run), c.drill).wrong()
				c.want = slices.DeleteFunc(c.want, func(want string) bool {
					return slices.ContainsFunc(wrong, func(text string) bool { return strings.HasPrefix(text, want) })
				})
				if len(c.want) == 0 {
					return
				}
			}
			t.Errorf("nothing that is found begins with %q", c.want)
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

// TestCheckSights: a partition is never seen as it never was, as it was before, or without what it has to have.
func TestCheckSights(t *testing.T) {
	p := place{"ships", "p0"}
	second := func(n int) time.Time { return time.Unix(int64(n), 0) }
	var writes []written
	states := []state{{}}
	for n := range 4 {
		w := written{place: p, stamp: second(n), ops: []rowOp{{kind: "put", rk: fmt.Sprint(n % 2),
			fields: map[string]any{"id": float64(n)}}}}
		if n == 2 {
			w.ops[0].kind = "delete"
		}
		writes = append(writes, w)
		next := maps.Clone(states[n])
		next.do(w)
		states = append(states, next)
	}
	mixed := state{"0": states[1]["0"], "1": states[4]["1"]}
	see := func(s state, floor int) sight {
		return sight{place: p, endpoint: "secondary", floor: second(floor), sum: s.sum(), lines: s.lines()}
	}
	for name, c := range map[string]struct {
		sights []sight
		want   []string
	}{
		"in order":     {sights: []sight{see(states[0], 0), see(states[2], 1), see(states[2], 2), see(states[4], 4)}},
		"mixed":        {sights: []sight{see(mixed, 0)}, want: []string{"out of order"}},
		"backwards":    {sights: []sight{see(states[3], 0), see(states[2], 0)}, want: []string{"backwards"}},
		"missing":      {sights: []sight{see(states[2], 3)}, want: []string{"missing"}},
		"at the floor": {sights: []sight{see(states[2], 2)}},
	} {
		var got []string
		for _, text := range checkSights(pasts([]place{p}, writes), c.sights) {
			kind, _, _ := strings.Cut(text, ":")
			got = append(got, kind)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
