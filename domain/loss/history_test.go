package loss_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/loss"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

var (
	histories = flag.Int("histories", 300, "how many histories are drawn")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first of them")
)

// leg is a journal that is far away for appends.
type leg struct {
	*memory.Journal
	x    *history
	away bool
	lag  time.Duration // each way, at most
}

func (l *leg) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if err := l.x.sched.Sleep(ctx, l.x.draw(l.lag)); err != nil {
		return journal.Stored{}, fault.Wrap(fault.Indeterminate, "journal.append", err)
	}
	stored, err := l.Journal.Append(ctx, a)
	if slept := l.x.sched.Sleep(ctx, l.x.draw(l.lag)); slept != nil {
		return journal.Stored{}, fault.Wrap(fault.Indeterminate, "journal.append", slept)
	}
	return stored, err
}

// history is two journals under two nodes and their clients, until one journal is lost.
type history struct {
	*testing.T
	seed     uint64
	rnd      *rand.Rand
	sched    *memory.Sched
	east     *leg
	west     *leg
	over     bool                                  // nothing reaches a journal any more
	truth    map[telemetry.Position]ingest.Receipt // what was acknowledged
	readings map[int64]bool                        // acknowledged, or perhaps
}

// draw is a time up to a bound, short ones more often.
func (x *history) draw(most time.Duration) time.Duration {
	return time.Duration(float64(most) * x.rnd.Float64() * x.rnd.Float64())
}

func newHistory(t *testing.T, seed uint64) *history {
	x := &history{T: t, seed: seed, rnd: rand.New(rand.NewPCG(seed, 7)), sched: memory.NewSched(seed),
		truth: map[telemetry.Position]ingest.Receipt{}, readings: map[int64]bool{}}
	at := func() *leg {
		l := &leg{x: x, lag: 20 * time.Millisecond}
		l.Journal = memory.NewJournal(x.sched, memory.WithFault(func(op string) memory.Fault {
			switch {
			case l.away || x.over:
				return memory.FaultFail
			case op == "journal.append" && x.rnd.IntN(50) == 0:
				return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost}[x.rnd.IntN(3)]
			}
			return memory.FaultNone
		}))
		return l
	}
	x.east, x.west = at(), at()
	return x
}

func (x *history) sites(near region.Name) []journal.Site {
	east := journal.Site{Region: "east", Journal: x.east, Directory: x.east}
	west := journal.Site{Region: "west", Journal: x.west, Directory: x.west}
	if near == "east" {
		return []journal.Site{east, west}
	}
	return []journal.Site{west, east}
}

// node is one that accepts readings.
func (x *history) node(near region.Name) *ingest.Service {
	names := 0
	return ingest.New(ingest.Config{Flights: 4, Idle: 5 * time.Second}, ingest.Sites{All: x.sites(near),
		Paired: func() bool { return true },
		Up:     func(r region.Name) bool { return !map[region.Name]*leg{"east": x.east, "west": x.west}[r].away },
	}, x.sched, func() telemetry.Writer {
		names++
		return telemetry.Writer(fmt.Sprintf("%s-%d", near, names))
	}, nil, ingest.Observer{})
}

var shard = telemetry.Shard{Tenant: "t"}

// client writes one reading after the other until the history is over.
func (x *history) client(ctx context.Context, n *ingest.Service, first int64) {
	for id := first; !x.over; id++ {
		var b telemetry.Batch
		b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: "m"}, ""), id, 1)
		require := []telemetry.Durability{0, telemetry.DurableOne, telemetry.DurableBoth}[x.rnd.IntN(3)]
		got, err := n.Write(ctx, shard.Tenant, &b, ingest.Options{Require: require})
		switch {
		case err == nil:
			x.readings[id] = true
			for _, at := range got.Blocks {
				if x.truth[at].Durability < got.Durability {
					x.truth[at] = got
				}
			}
		case fault.Is(err, fault.Indeterminate), fault.Is(err, fault.Canceled):
			x.readings[id] = true
		}
		_ = x.sched.Sleep(ctx, x.draw(400*time.Millisecond))
	}
}

// weather has journals go and come, and be slow.
func (x *history) weather(ctx context.Context) {
	for ctx.Err() == nil {
		_ = x.sched.Sleep(ctx, x.draw(10*time.Second))
		l := []*leg{x.east, x.west}[x.rnd.IntN(2)]
		l.lag = []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, 4 * time.Second}[x.rnd.IntN(3)]
		if l.away = !l.away && x.rnd.IntN(3) == 0; l.away { // never both for long
			map[*leg]*leg{x.east: x.west, x.west: x.east}[l].away = false
		}
	}
}

// sweeper keeps the journals the same, and drops now and then what both have, as a pass does.
func (x *history) sweeper(ctx context.Context, near region.Name) {
	sites := x.sites(near)
	c := continuity.New(continuity.Config{Idle: 20 * time.Second}, sites[0], sites[1], x.sched)
	for !x.over {
		_ = x.sched.Sleep(ctx, time.Second+x.draw(6*time.Second))
		_, _ = c.Sweep(ctx)
		if idx, err := x.west.Index(ctx, shard, telemetry.DayOf(x.sched.Now())); err == nil && x.rnd.IntN(3) == 0 {
			for _, st := range idx.Streams {
				x.drop(ctx, st)
			}
		}
	}
}

// drop moves the mark of a stream in the west over what is there without a hole.
func (x *history) drop(ctx context.Context, st journal.State) {
	through := st.Mark
	for h, err := range x.west.Heads(ctx, st.Stream, st.Mark) {
		if err != nil || h.Number != through+1 || x.rnd.IntN(4) == 0 {
			break
		}
		through++
	}
	if through > st.Mark {
		_ = x.west.Drop(ctx, st.Stream, through)
	}
}

// run is the history up to the loss of the east, at any moment; the west goes on for a while, or does not.
func (x *history) run(ctx context.Context) {
	day := telemetry.DayOf(x.sched.Now())
	for _, l := range []*leg{x.east, x.west} {
		if err := l.Prepare(ctx, day); err != nil {
			x.Fatal(err)
		}
	}
	x.west.away = x.rnd.IntN(4) == 0
	for i, near := range []region.Name{"east", "west"} {
		n := x.node(near)
		for c := range 3 {
			x.sched.Go("client", func() { x.client(ctx, n, int64(i*3+c+1)*1_000_000) })
		}
		x.sched.Go("sweeper", func() { x.sweeper(ctx, near) })
	}
	weather, end := x.sched.WithCancel(ctx)
	x.sched.Go("weather", func() { x.weather(weather) })
	_ = x.sched.Sleep(ctx, []time.Duration{time.Second,
		time.Minute}[x.rnd.IntN(2)]/1000*time.Duration(x.rnd.IntN(1000)))
	end()
	x.east.away = true
	if x.west.away = false; x.rnd.IntN(2) == 0 {
		_ = x.sched.Sleep(ctx, x.draw(40*time.Second))
	}
	x.over, x.west.away = true, true
	_ = x.sched.Sleep(ctx, time.Minute)        // what was answered is told
	for _, l := range []*leg{x.east, x.west} { // nobody runs any more
		l.SetFault(nil)
	}
}

// held is what a journal holds of the day, and the marks of its streams.
type held struct {
	blocks map[telemetry.Position]*telemetry.Block
	marks  map[telemetry.Stream]telemetry.Number
}

func (x *history) holds(ctx context.Context, l *leg) held {
	x.Helper()
	out := held{map[telemetry.Position]*telemetry.Block{}, map[telemetry.Stream]telemetry.Number{}}
	idx, err := l.Index(ctx, shard, telemetry.DayOf(x.sched.Now()))
	if err != nil {
		x.Fatal(err)
	}
	for _, st := range idx.Streams {
		out.marks[st.Stream] = st.Mark
		for e, err := range l.Read(ctx, st.Stream, st.Mark) {
			if err != nil {
				x.Fatal(err)
			}
			if e.Void {
				continue
			}
			b, err := blockcodec.Decode(e.Block)
			if err != nil {
				x.Fatal(err)
			}
			out.blocks[b.At] = b
		}
	}
	return out
}

// has reports whether a journal holds a number, or has dropped it because it was settled.
func (x *history) has(ctx context.Context, l *leg, h held, at telemetry.Position) bool {
	st, err := l.State(ctx, at.Stream)
	if err != nil {
		x.Fatal(err)
	}
	return h.blocks[at] != nil || at.Number <= st.Mark
}

// born reports whether the west has heard of a stream.
func (x *history) born(ctx context.Context, s telemetry.Stream) bool {
	st, err := x.west.State(ctx, s)
	if err != nil {
		x.Fatal(err)
	}
	return st.Born()
}

// found is what the certificates of all histories said.
type found struct{ lost, between, after, unheard, both, one int }

// is what a certificate says of a position.
func is(c loss.Certificate, at telemetry.Position) (lost, unknown, heard bool) {
	for _, s := range c.Shards {
		for _, st := range s.Streams {
			if s.Tenant != at.Stream.Shard.Tenant || s.Index != at.Stream.Shard.Index ||
				st.Writer != at.Stream.Writer ||
				st.Day != at.Stream.Day.String() {
				continue
			}
			heard = true
			for _, r := range st.Lost {
				lost = lost || r.Has(at.Number)
			}
			for _, r := range st.Unknown {
				unknown = unknown || r.Has(at.Number)
			}
		}
	}
	return lost, unknown, heard
}

// TestWhatIsLostIsInTheCertificate loses the east at any moment of drawn histories, and holds the certificate that the
// west gives against everything that was acknowledged.
func TestWhatIsLostIsInTheCertificate(t *testing.T) {
	var sum found
	for seed := *firstSeed; seed < *firstSeed+uint64(*histories); seed++ {
		x := newHistory(t, seed)
		if err := x.sched.Run(func() {
			ctx := context.Background()
			x.run(ctx)
			c, _, err := loss.Survey{Survivor: journal.Peer{Region: "west", Generation: "w"},
				Gone: journal.Peer{Region: "east", Generation: "e"}, Journal: x.west, Directory: x.west}.Certify(ctx)
			if err != nil {
				t.Fatal(err)
			}
			x.check(ctx, c, &sum)
		}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d histories: %+v", *histories, sum)
	if sum.lost == 0 || sum.between == 0 || sum.after == 0 || sum.unheard == 0 || sum.both == 0 {
		t.Error("the test proves little")
	}
}

func (x *history) check(ctx context.Context, c loss.Certificate, sum *found) {
	east, west := x.holds(ctx, x.east), x.holds(ctx, x.west)
	acked := map[telemetry.Stream]telemetry.Number{} // as any block says that survives
	for at, b := range west.blocks {
		acked[at.Stream] = max(acked[at.Stream], b.Acked)
	}
	for at, r := range x.truth {
		lost, unknown, heard := is(c, at)
		there := x.has(ctx, x.west, west, at)
		switch {
		case there && (lost || unknown):
			x.Errorf("%v is there, and said to be lost %v, unknown %v", at, lost, unknown)
		case r.Durability == telemetry.DurableBoth && !there:
			x.Errorf("%v was acknowledged both, and is not in the west", at)
		case r.Durability == telemetry.DurableBoth:
			sum.both++
		case there:
			sum.one++
		case at.Number <= acked[at.Stream] && !lost:
			x.Errorf("%v is gone, and a block says that it was acknowledged: it is not said to be lost", at)
		case lost:
			sum.lost++
		case unknown && at.Number < last(c, at):
			sum.between++
		case unknown:
			sum.after++
		case !heard && !x.born(ctx, at.Stream):
			sum.unheard++
		default:
			x.Errorf("%v was acknowledged in %v, is gone, and is not in the certificate", at, r.Regions)
		}
	}
	for _, s := range c.Shards {
		for _, st := range s.Streams {
			for _, r := range st.Lost {
				for n := r.First; n <= r.Last; n++ {
					x.wasAcknowledged(ctx, east, telemetry.Position{Number: n, Stream: telemetry.Stream{Shard: shard,
						Day: telemetry.DayOf(x.sched.Now()), Writer: st.Writer}})
				}
			}
		}
	}
}

// wasAcknowledged holds a number that is said to be lost against what the lost journal held, and what was told.
func (x *history) wasAcknowledged(ctx context.Context, east held, at telemetry.Position) {
	b := east.blocks[at]
	if b == nil {
		if !x.has(ctx, x.east, east, at) {
			x.Errorf("%v is said to be lost, and the east never had it", at)
		}
		return
	}
	for _, c := range b.Columns {
		for _, id := range c.Times {
			if !x.readings[id] {
				x.Errorf("%v is said to be lost, and reading %d was not accepted", at, id)
			}
		}
	}
}

// last is the highest number that survives of a stream.
func last(c loss.Certificate, at telemetry.Position) telemetry.Number {
	for _, s := range c.Shards {
		for _, st := range s.Streams {
			if st.Writer == at.Stream.Writer {
				return st.Last
			}
		}
	}
	return 0
}
