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
	"tidemark/simulator/check"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
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
			for i, wrong := range s.found() {
				if i == 10 {
					t.Fatal("and more")
				}
				t.Error(wrong)
			}
			for _, v := range check.Enough(&s.h, check.Demand{Acked: 20, Answers: 20,
				Truth: map[string]int{"commit": 20, "apply": 20}}) {
				t.Error(v)
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
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var work sync.WaitGroup
	var ids atomic.Int64
	for w := range 8 {
		work.Go(func() { f.writer(ctx, rand.New(rand.NewPCG(seed, uint64(w))), &ids) })
	}
	readers := 4
	for n := range readers {
		endpoint := history.Secondary
		if n == readers-1 {
			endpoint = history.Primary
		}
		work.Go(func() { f.reader(ctx, rand.New(rand.NewPCG(seed, uint64(100+n))), n, endpoint, d.late) })
	}
	f.lasts(d.length)
	cancel()
	work.Wait()
	began := time.Now()
	r.drain()
	s := &soak{fleet: f, took: time.Since(began)}
	s.compare(t.Context())
	return s
}

// lasts waits for so long, and on a busy machine until so much has been done as a quiet one does in a second.
func (f *fleet) lasts(length time.Duration) {
	const least = 40 // writes, and reads
	end, guard := time.Now().Add(length), time.Now().Add(length+2*time.Minute)
	for time.Now().Before(end) || f.did(history.WriteRows) < least || f.did(history.ReadRows) < least {
		if time.Now().After(guard) {
			f.fail("in %v %d writes and %d reads were done", length+2*time.Minute, f.did(history.WriteRows),
				f.did(history.ReadRows))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// compare reads everything at both endpoints and in both stores, when nothing is under way any more.
func (s *soak) compare(ctx context.Context) {
	sources := map[string]*aztables.ServiceClient{history.Primary: s.primary, history.Secondary: s.secondary}
	for region, server := range s.r.servers {
		sources["store of "+string(region)] = s.client(server.TableURL(s.r.account.Name))
	}
	want, err := s.tableNames(ctx, s.primary)
	if err != nil {
		s.fail("list the tables: %v", err)
	}
	s.enter(history.Drained)
	for name, source := range sources {
		for _, p := range s.places {
			if err := s.read(ctx, "end", name, source, p); err != nil {
				s.fail("%v", err)
			}
		}
		got, err := s.tableNames(ctx, source)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			s.fail("the tables of the %s: %v %s", name, err, diff)
		}
	}
}

func (s *soak) found() []string {
	all := slices.Clone(s.wrong)
	for _, v := range s.verdicts() {
		all = append(all, v.String())
	}
	return all
}

func (s *soak) counts() string {
	return fmt.Sprintf("%d writes, %d refused for their conditions, %d reads, drained in %v",
		s.count(history.WriteRows, history.Done), s.count(history.WriteRows, history.Refused),
		s.count(history.ReadRows, history.Done), s.took.Round(time.Millisecond))
}
