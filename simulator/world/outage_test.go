package world

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/path"
)

// without is two regions with a worker and a reader each, into which twenty series are written ten times a minute each,
// and in which one thing is away all the time.
type without struct {
	*testing.T
	*World
	workers, readers []*Node
	over             bool
	left             int // writers that have not ended

	acked map[telemetry.Series][]int64 // rising
	calls map[*Node]int                // of storages, of the question under way
	most  map[*Node][]int              // calls of a question at most, in each tenth of the time
	kept  map[*Node]int64              // bytes in the memory of a reader's tail at most
	asked int
}

// small is the memory of the western reader's tails, which its journal grows past within an hour.
const small = 128 << 10

// keepOf is the memory of a reader's tails.
func keepOf(n *Node) int64 {
	if n.in == west {
		return small
	}
	return 256 << 20
}

// inWorld runs a test on such a world.
func inWorld(t *testing.T, lag string, body func(ctx context.Context, o *without)) {
	t.Helper()
	w := New(1)
	o := &without{T: t, World: w, acked: map[telemetry.Series][]int64{}, calls: map[*Node]int{},
		most: map[*Node][]int{}, kept: map[*Node]int64{}}
	err := w.Sched.Run(func() {
		ctx := context.Background()
		must(t, w.Pair(ctx))
		must(t, w.Open(ctx))
		must(t, w.Replicate(lag))
		for _, r := range []georep.Region{east, west} {
			n := w.Start(Settings{Region: r})
			background(ctx, w, n)
			o.workers = append(o.workers, n)
			reader := w.Start(Settings{Region: r, Config: node.Config{Tail: tail.Config{
				Keep: map[georep.Region]int64{west: small}[r]}}})
			reader.path.Observe = func(c inject.Call, _ *path.Error) { o.calls[reader] += counts(c) }
			o.readers = append(o.readers, reader)
		}
		for _, n := range slices.Concat(o.workers, o.readers) {
			w.Sched.Go("watch", func() { n.Watch(ctx) })
		}
		_ = w.Sched.Sleep(ctx, 20*time.Second)
		body(ctx, o)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// counts is 1 of a call that a question makes of tables, and 0 of what a watch asks all the time, and of the cache.
func counts(c inject.Call) int {
	switch c.Operation {
	case "journal.now", "journal.identity", "account.tidemark":
		return 0
	}
	if c.Service != "table" {
		return 0
	}
	return 1
}

// write has a series written all the time, through one worker and the other in turn.
func (o *without) write(ctx context.Context, i int, every time.Duration) {
	s := telemetry.Series{Source: telemetry.Source(fmt.Sprintf("s%02d", i)), Metric: "m"}
	o.left++
	o.Sched.Go("writer", func() {
		defer func() { o.left-- }()
		_ = o.Sched.Sleep(ctx, time.Duration(i)*every/20)
		for k := i; !o.over; k++ {
			at := o.Sched.Now().UnixNano()
			_, err := o.workers[k%2].Ingest.Write(ctx, tenant, one(s, at, float64(k)), ingest.Options{})
			if err != nil {
				o.Errorf("at %v: %v", o.Sched.Now().Sub(start), err)
			}
			o.acked[s] = append(o.acked[s], at)
			_ = o.Sched.Sleep(ctx, time.Unix(0, at).Add(every).Sub(o.Sched.Now()))
		}
	})
}

// ask asks a reader for the last hour of a series, or for all of it, and compares with what was acknowledged. It gives
// how many calls that took.
func (o *without) ask(ctx context.Context, n *Node, s telemetry.Series, all bool) int {
	now, o0 := o.Sched.Now(), len(o.acked[s])
	from, to := now.Add(-time.Hour).UnixNano(), now.UnixNano()+1 // absent windows ahead cost a call each
	if all {
		from, to = telemetry.MinTime, telemetry.MaxTime
	}
	i, _ := slices.BinarySearch(o.acked[s], from)
	want := o.acked[s][i:o0]
	o.calls[n] = 0
	page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: from, To: to,
		Limit: 1 << 20})
	if err != nil {
		o.Errorf("at %v: %v", o.Sched.Now().Sub(start), err)
		return 0
	}
	o.asked++
	if len(page.Times) < len(want) || !slices.Equal(page.Times[:len(want)], want) {
		o.Errorf("at %v in the %s: %d readings of %v, want %d", o.Sched.Now().Sub(start), n.in, len(page.Times), s,
			len(want))
	}
	return o.calls[n]
}

// watch asks both readers again and again for a time, and looks at the memory of their tails.
func (o *without) watch(ctx context.Context, long time.Duration) {
	began := o.Sched.Now()
	for k := 0; ; k++ {
		past := o.Sched.Now().Sub(began)
		if past >= long {
			return
		}
		s := telemetry.Series{Source: telemetry.Source(fmt.Sprintf("s%02d", k%20)), Metric: "m"}
		for _, n := range o.readers {
			o.most[n] = grown(o.most[n], int(10*past/long), o.ask(ctx, n, s, false))
			for _, of := range []*tail.Tail{n.Tail, n.FarTail} {
				o.kept[n] = max(o.kept[n], of.Kept())
				if of.Kept() > keepOf(n) {
					o.Fatalf("%d bytes are in the memory of a tail in the %s", of.Kept(), n.in)
				}
			}
			if k%20 == 19 {
				o.ask(ctx, n, s, true)
			}
		}
		_ = o.Sched.Sleep(ctx, long/120)
	}
}

// grown is a list with a greatest value in a place.
func grown(list []int, place, value int) []int {
	for len(list) <= place {
		list = append(list, 0)
	}
	list[place] = max(list[place], value)
	return list
}

// blocks are those of both journals, above the marks, and the streams that are not finished.
func (o *without) blocks(ctx context.Context) (blocks, streams int) {
	blocks, streams, err := (&run{w: o.World}).journal(ctx)
	must(o.T, err)
	return blocks, streams
}

// empties waits until both journals are empty, and gives how long that took.
func (o *without) empties(ctx context.Context, within time.Duration) time.Duration {
	o.over = true
	for o.left > 0 {
		_ = o.Sched.Sleep(ctx, time.Second)
	}
	for began := o.Sched.Now(); ; {
		blocks, streams := o.blocks(ctx)
		took := o.Sched.Now().Sub(began)
		if blocks+streams == 0 {
			return took
		}
		if took > within {
			o.Fatalf("%v afterwards the journals hold %d blocks, and %d streams are not finished", took, blocks,
				streams)
		}
		_ = o.Sched.Sleep(ctx, 5*time.Second)
	}
}

// TestLongOutage has twenty series be written ten times a minute each, for an hour, or for a day with
// TIDEMARK_CAMPAIGN=1, while there is no tidemark, or one journal is away. Answers are complete all the time, no
// question takes more calls than at first, and memory stays within its bound; afterwards both journals become empty.
func TestLongOutage(t *testing.T) {
	long := time.Hour
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		long = 24 * time.Hour
	}
	for name, faults := range map[string]string{
		"no tidemark":                  "at 0s for %[1]v account geo last-sync-time: unavailable",
		"a tidemark that stands still": "at 0s for %[1]v account geo last-sync-time: stuck",
		"the eastern journal is away":  "at 0s for %[1]v status 503 ServerBusy if account=journal",
		"the western journal hangs":    "at 0s for %[1]v hang if account=journal-west",
		"no tidemark, a journal is away": "at 0s for %[1]v account geo last-sync-time: unavailable\n" +
			"at 0s for %[1]v hang if account=journal",
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			s, err := schedule.Parse(fmt.Sprintf(faults, long))
			must(t, err)
			inWorld(t, "constant 2s", func(ctx context.Context, o *without) {
				for i := range 20 {
					o.write(ctx, i, 6*time.Second)
				}
				_ = o.Sched.Sleep(ctx, 30*time.Second)
				r := &run{w: o.World, faults: s, plan: Plan{For: long}, began: o.Sched.Now(),
					rec: &recorder{h: &history.History{}, now: o.Sched.Now}}
				o.Sched.Go("faults", func() { r.perform(ctx, long) })
				o.watch(ctx, long)
				o.told(ctx)
			})
		})
	}
}

// told ends an outage, and says what it was like.
func (o *without) told(ctx context.Context) {
	blocks, _ := o.blocks(ctx)
	for _, n := range o.readers {
		calls := o.most[n]
		o.Logf("%s: calls of a question at most, in each tenth of the time: %v; %d bytes in memory at most, of %d",
			n.in, calls, o.kept[n], keepOf(n))
		if first := slices.Max(calls[:2]); slices.Max(calls) > first {
			o.Errorf("in the %s a question takes more calls than the %d at first: %v", n.in, first, calls)
		}
	}
	took := o.empties(ctx, 15*time.Minute)
	o.Logf("%d questions; %d blocks in both journals in the end, which are empty %v after the last write", o.asked,
		blocks, took)
	for s := range o.acked {
		for _, n := range o.readers {
			o.ask(ctx, n, s, true)
		}
	}
}

// TestARowThatIsWrittenAllTheTime has one series be written every five seconds, while the secondary is ninety seconds
// behind. Its row is not written again before the version that there is has settled (T4), so the journal stays bounded.
func TestARowThatIsWrittenAllTheTime(t *testing.T) {
	const every, lag = 5 * time.Second, 90 * time.Second
	// A block waits, at worst, until the version of the row before it has settled, and then for its own: each takes
	// the lag, the margin of two seconds, a second of resolution, and ten until the next pass looks (compaction's
	// patience).
	const life = 2 * (lag + 2*time.Second + time.Second + 10*time.Second)
	const bound = int(life/every) + 1
	inWorld(t, fmt.Sprintf("constant %v", lag), func(ctx context.Context, o *without) {
		o.write(ctx, 0, every)
		most := 0
		for range 240 {
			_ = o.Sched.Sleep(ctx, every)
			for _, s := range o.sites() {
				blocks, _, err := (&run{w: o.World}).held(ctx, s.Journal)
				must(t, err)
				most = max(most, blocks)
			}
		}
		t.Logf("at most %d blocks are in a journal, in twenty minutes; the bound is %d", most, bound)
		if most > bound {
			t.Errorf("%d blocks are in a journal, want %d at most", most, bound)
		}
		t.Logf("the journals are empty %v after the last write", o.empties(ctx, 2*life))
	})
}
