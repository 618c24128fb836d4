package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// soakLags are all models, with lags of milliseconds so that much happens, and enough over a second for the Last Sync
// Time to tell.
var soakLags = []string{
	"none",
	"constant 80ms",
	"uniform 0s 600ms",
	"log-normal median 100ms sigma 1 max 2s",
	"pareto min 30ms alpha 1.1 max 2s",
	"bursts every 700ms for 200ms lag 900ms else 30ms",
	"trace linear every 1s 0s:20ms 300ms:1200ms 600ms:100ms",
}

// TestSoak: 8 writers on overlapping partitions under every lag model. No reader sees a partition in a state in which
// it never was, or go back, or without a write that the Last Sync Time vouches for; after a drain both endpoints and
// both stores have the same rows.
func TestSoak(t *testing.T) {
	seed := soakSeed(t)
	for i, text := range soakLags {
		t.Run(strings.Fields(text)[0], func(t *testing.T) {
			s := runSoak(t, seed+uint64(i), drill{lag: text, length: soakTime(),
				tables: []string{"soaka", "soakb", "soakc"}, keys: 3})
			for i, wrong := range s.wrong() {
				if i == 10 {
					t.Fatal("and more")
				}
				t.Error(wrong)
			}
			t.Logf("%s: %s", text, s.counts())
		})
	}
}

func soakTime() time.Duration {
	if campaign() {
		return time.Minute
	}
	return time.Second
}

// soak is a run and what is known of it.
type soak struct {
	*fleet
	took time.Duration // the drain
}

// drill says what a run is to be.
type drill struct {
	lag    string
	length time.Duration
	tables []string
	keys   int                               // partitions of each
	plant  func(account.Store) account.Store // a defect of replication
	late   time.Duration                     // how much later than the truth the Last Sync Time is
}

func runSoak(t *testing.T, seed uint64, d drill) *soak {
	t.Helper()
	r := newRig(t, plan{geo: georep.Options{Seed: seed, Lag: lag(t, d.lag)}, plant: d.plant})
	f := newFleet(r, d.tables, d.keys)
	for _, name := range d.tables {
		f.makeTable(t.Context(), name)
	}
	r.drain()
	ctx, cancel := context.WithTimeout(t.Context(), d.length)
	defer cancel()
	var work sync.WaitGroup
	var ids atomic.Int64
	for w := range 8 {
		work.Go(func() { f.writer(ctx, rand.New(rand.NewPCG(seed, uint64(w))), &ids) })
	}
	readers := 4
	for n := range readers {
		endpoint := "secondary"
		if n == readers-1 {
			endpoint = "primary"
		}
		work.Go(func() { f.reader(ctx, rand.New(rand.NewPCG(seed, uint64(100+n))), n, endpoint, d.late) })
	}
	work.Wait()
	began := time.Now()
	r.drain()
	s := &soak{fleet: f, took: time.Since(began)}
	f.name()
	s.compare(t.Context())
	return s
}

// name gives the writes that had no ETag the stamps that the truth stream has for them: in a partition those that
// nobody else has, in order.
func (f *fleet) name() {
	known := map[place]map[int64]bool{}
	for _, w := range f.writes {
		if known[w.place] == nil {
			known[w.place] = map[int64]bool{}
		}
		known[w.place][w.stamp.UnixNano()] = true
	}
	left := map[place][]time.Time{}
	for _, e := range f.r.told("commit") {
		p := place{e.Entry.Partition.Container, e.Entry.Partition.Key}
		if !known[p][e.Entry.At.UnixNano()] {
			left[p] = append(left[p], e.Entry.At)
		}
		delete(known[p], e.Entry.At.UnixNano())
	}
	for p, stamps := range known {
		if len(stamps) > 0 {
			f.fail("the truth stream lacks %d acknowledged writes of %v", len(stamps), p)
		}
	}
	for _, w := range f.unnamed {
		if len(left[w.place]) == 0 {
			f.fail("the truth stream lacks a deletion in %v", w.place)
			continue
		}
		w.stamp, left[w.place] = left[w.place][0], left[w.place][1:]
		f.writes = append(f.writes, w)
	}
	for p, stamps := range left {
		if len(stamps) > 0 {
			f.fail("the truth stream has %d writes of %v that nobody knows: %v", len(stamps), p, stamps)
		}
	}
}

// compare holds both endpoints and both stores against what was written.
func (s *soak) compare(ctx context.Context) {
	all := pasts(s.places, s.writes)
	sources := map[string]*aztables.ServiceClient{"primary": s.primary, "secondary": s.secondary}
	for region, server := range s.r.servers {
		sources["store of "+string(region)] = s.client(server.TableURL(s.r.account.Name))
	}
	want, err := s.tableNames(ctx, s.primary)
	if err != nil {
		s.fail("list the tables: %v", err)
	}
	for name, source := range sources {
		for _, p := range s.places {
			rows, err := s.read(ctx, source, p, strings.HasPrefix(name, "store"))
			if err != nil {
				s.fail("read %v at the %s: %v", p, name, err)
			} else if diff := cmp.Diff(all[p].last.lines(), rows.lines()); diff != "" {
				s.fail("the %s differs from what was written in %v (-want +got):\n%s", name, p, diff)
			}
		}
		got, err := s.tableNames(ctx, source)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			s.fail("the tables of the %s: %v %s", name, err, diff)
		}
	}
}

func (s *soak) wrong() []string {
	return append(slices.Clone(s.fleet.wrong), checkSights(pasts(s.places, s.writes), s.sights)...)
}

func (s *soak) counts() string {
	var refused int
	for _, n := range s.failures {
		refused += n
	}
	return fmt.Sprintf("%d writes, %d refused for their conditions, %d reads, drained in %v", len(s.writes), refused,
		len(s.sights), s.took.Round(time.Millisecond))
}
