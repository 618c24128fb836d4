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

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/georep"
)

// soakLags are all models, with lags of milliseconds so that much happens, and enough over a second for the Last Sync Time to tell.
var soakLags = []string{
	"none",
	"constant 80ms",
	"uniform 0s 600ms",
	"log-normal median 100ms sigma 1 max 2s",
	"pareto min 30ms alpha 1.1 max 2s",
	"bursts every 700ms for 200ms lag 900ms else 30ms",
	"trace linear every 1s 0s:20ms 300ms:1200ms 600ms:100ms",
}

// TestSoak: 8 writers on overlapping partitions under every lag model. No reader sees a partition in a state in which it never was, or go back, or
// without a write that the Last Sync Time vouches for; after a drain both endpoints and both stores have the same rows.
func TestSoak(t *testing.T) {
	seed := soakSeed(t)
	for i, text := range soakLags {
		t.Run(strings.Fields(text)[0], func(t *testing.T) {
			s := runSoak(t, seed+uint64(i), drill{lag: text, length: soakTime(), tables: []string{"soaka", "soakb", "soakc"}, keys: 3})
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
	keys   int                                   // partitions of each
	defect func(ctx context.Context, a *Account) // runs beside
	late   time.Duration                         // how much later than the truth the Last Sync Time is
}

// TestSoakChecker: three defects planted into the gateway are found, each by the check that it is for. A run in which nobody looked at the
// moment is repeated.
func TestSoakChecker(t *testing.T) {
	seed := soakSeed(t)
	for name, c := range map[string]struct {
		drill
		want []string // each begins something that is wrong
	}{
		"two entries change places":             {drill: drill{defect: swapEntries}, want: []string{"out of order: "}},
		"an entry is lost":                      {drill: drill{defect: loseEntries}, want: []string{"out of order: ", "the secondary differs"}},
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

// swapEntries makes writes of a partition that wait for their lag change places, two by two.
func swapEntries(ctx context.Context, a *Account) {
	done := map[uint64]bool{}
	for pause(ctx, 20*time.Millisecond) {
		a.mu.Lock()
		first := map[georep.Partition]*entry{}
		for _, e := range a.geo.Missing() {
			if done[e.Seq] || e.Due.Before(a.tick().Add(30*time.Millisecond)) { // it may be under way
				continue
			}
			if one, two := first[e.Partition], a.log[e.Seq]; one != nil {
				one.payload, two.payload = two.payload, one.payload
				delete(first, e.Partition)
			} else {
				first[e.Partition] = two
				continue
			}
			for _, other := range a.geo.Missing() {
				done[other.Seq] = done[other.Seq] || other.Seq <= e.Seq && other.Partition == e.Partition
			}
		}
		a.mu.Unlock()
	}
}

// nothing repeats nothing.
type nothing struct{ payload }

func (nothing) apply(context.Context, *Account, georep.Region, georep.Entry) error { return nil }

// loseEntries has the secondary believe that it has an entry, now and then.
func loseEntries(ctx context.Context, a *Account) {
	for pause(ctx, 20*time.Millisecond) {
		a.mu.Lock()
		for _, e := range a.log {
			e.payload = nothing{e.payload}
			break
		}
		a.mu.Unlock()
	}
}

func runSoak(t *testing.T, seed uint64, d drill) *soak {
	t.Helper()
	r := newRig(t, plan{geo: georep.Options{Seed: seed, Lag: lag(t, d.lag)}})
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
	if d.defect != nil {
		work.Go(func() { d.defect(ctx, r.a) })
	}
	work.Wait()
	began := time.Now()
	r.drain()
	s := &soak{fleet: f, took: time.Since(began)}
	f.name()
	s.compare(t.Context())
	return s
}

// makeTable makes a table. What it answers may be that there is one.
func (f *fleet) makeTable(ctx context.Context, table string) {
	f.serial[table].Lock()
	defer f.serial[table].Unlock()
	w := written{place: place{table: table}, whole: true, began: time.Now()}
	if _, err := f.primary.NewClient(table).CreateTable(ctx, nil); err == nil {
		f.acknowledged(w, "")
	} else if !f.refused(err) {
		f.fail("make table %s: %v", table, err)
	}
}

func (f *fleet) dropTable(ctx context.Context, table string) {
	f.serial[table].Lock()
	defer f.serial[table].Unlock()
	w := written{place: place{table: table}, whole: true, clears: true, began: time.Now()}
	if _, err := f.primary.NewClient(table).Delete(ctx, nil); err == nil {
		f.acknowledged(w, "")
	} else if !f.refused(err) {
		f.fail("delete table %s: %v", table, err)
	}
}

// writer writes until the context ends; what it began it ends.
func (f *fleet) writer(ctx context.Context, rng *rand.Rand, ids *atomic.Int64) {
	whole := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		p := f.places[rng.IntN(len(f.places))]
		id := int(ids.Add(1))
		op := rowOp{kind: "put", rk: fmt.Sprintf("r%d", rng.IntN(8)), fields: fields(rng, id)}
		if rng.IntN(2) == 0 {
			op.kind = "merge"
		}
		var match azcore.ETag
		if rng.IntN(2) == 0 {
			match = f.etag(p, op.rk)
		}
		switch draw := rng.IntN(100); {
		case draw < 15:
			op.kind = "put"
			f.one(whole, "insert", p, op, "")
		case draw < 35:
			f.one(whole, "update", p, op, match)
		case draw < 60:
			f.one(whole, "upsert", p, op, "")
		case draw < 72:
			f.deleteOne(whole, p, op.rk, match)
		case draw < 98 || p.table != "soakc":
			f.several(whole, rng, p, id)
		case draw == 98:
			f.dropTable(whole, p.table)
		default:
			f.makeTable(whole, p.table)
		}
	}
}

func (f *fleet) one(ctx context.Context, verb string, p place, op rowOp, match azcore.ETag) {
	w := written{place: p, ops: []rowOp{op}, began: time.Now()}
	etag, err := f.single(ctx, verb, p, op, match)
	switch {
	case err == nil:
		f.acknowledged(w, etag)
	case !f.refused(err):
		f.fail("%s of %v %s: %v", verb, p, op.rk, err)
	}
}

func (f *fleet) deleteOne(ctx context.Context, p place, rk string, match azcore.ETag) {
	serial := f.serial[p.table+"/"+p.pk]
	serial.Lock()
	defer serial.Unlock()
	w := written{place: p, ops: []rowOp{{kind: "delete", rk: rk}}, began: time.Now()}
	_, err := f.single(ctx, "delete", p, w.ops[0], match)
	switch {
	case err == nil:
		f.acknowledged(w, "")
	case !f.refused(err):
		f.fail("delete of %v %s: %v", p, rk, err)
	}
}

// several is a batch: the row "last", and some others.
func (f *fleet) several(ctx context.Context, rng *rand.Rand, p place, id int) {
	w := written{place: p, ops: []rowOp{{kind: "put", rk: "last", fields: map[string]any{"id": float64(id)}}}, began: time.Now()}
	actions := []aztables.TransactionAction{{ActionType: aztables.TransactionTypeInsertReplace, Entity: wire(p, w.ops[0])}}
	for _, n := range rng.Perm(8)[:1+rng.IntN(5)] {
		op := rowOp{kind: "put", rk: fmt.Sprintf("r%d", n), fields: fields(rng, id)}
		a := aztables.TransactionAction{ActionType: aztables.TransactionTypeInsertReplace}
		switch draw := rng.IntN(100); {
		case draw < 40:
			op.kind, a.ActionType = "merge", aztables.TransactionTypeInsertMerge
		case draw < 45:
			a.ActionType = aztables.TransactionTypeAdd
		case draw < 55:
			op.kind, a.ActionType = "merge", aztables.TransactionTypeUpdateMerge
			if etag := f.etag(p, op.rk); etag != "" {
				a.IfMatch = &etag
			}
		case draw < 65:
			op = rowOp{kind: "delete", rk: op.rk}
			a.ActionType = aztables.TransactionTypeDelete
		}
		a.Entity = wire(p, op)
		actions, w.ops = append(actions, a), append(w.ops, op)
	}
	etag, err := f.batch(ctx, p, actions)
	switch {
	case err == nil:
		f.acknowledged(w, etag)
	case !f.refused(err):
		f.fail("batch of %d in %v: %v", len(actions), p, err)
	}
}

// reader asks for the Last Sync Time first and reads a partition then, at the secondary; at the primary it has to see what was acknowledged before.
func (f *fleet) reader(ctx context.Context, rng *rand.Rand, n int, endpoint string, late time.Duration) {
	whole := context.WithoutCancel(ctx)
	client := f.secondary
	if endpoint == "primary" {
		client = f.primary
	}
	var last time.Time
	for ctx.Err() == nil {
		p := f.places[rng.IntN(len(f.places))]
		s := sight{place: p, reader: n, endpoint: endpoint}
		if endpoint == "primary" {
			f.mu.Lock()
			s.floor = f.acked[p].Add(1)
			f.mu.Unlock()
		} else {
			at, err := lastSync(whole, client)
			if err != nil {
				f.fail("statistics: %v", err)
				return
			}
			if at.Before(last) {
				f.fail("the Last Sync Time fell from %v to %v", last, at)
			}
			last, s.floor = at, at.Add(late)
		}
		rows, err := f.read(whole, client, p, false)
		if err != nil {
			f.fail("read %v at the %s: %v", p, endpoint, err)
			return
		}
		s.sum, s.lines = rows.sum(), rows.lines()
		f.mu.Lock()
		f.sights = append(f.sights, s)
		f.mu.Unlock()
	}
}

// name gives the writes that had no ETag the stamps that the truth stream has for them: in a partition those that nobody else has, in order.
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
	return fmt.Sprintf("%d writes, %d refused for their conditions, %d reads, drained in %v", len(s.writes), refused, len(s.sights), s.took.Round(time.Millisecond))
}
