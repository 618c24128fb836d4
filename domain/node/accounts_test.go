package node_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/storageaccount"
)

const (
	tenant = telemetry.Tenant("t")
	border = int32(40) // the year that the second account begins with
)

var shard = telemetry.Shard{Tenant: tenant}

// place is an account in memory. An account that is away answers nothing; its tidemark is told by the secondary.
type place struct {
	rows  *memory.Rows
	tide  *memory.Account
	away  bool
	calls int // while it is away

	sched   *memory.Sched
	hangs   func(op string) bool // whether such a call is answered after ten minutes
	refuses fault.Kind           // of what every call for its rows is refused with; 0: it is not
}

// silence is what a call suffers before it arrives.
func (p *place) silence(ctx context.Context, op string) error {
	if p.hangs != nil && p.hangs(op) {
		return fault.Wrap(fault.Canceled, op, p.sched.Sleep(ctx, 10*time.Minute))
	}
	if p.refuses != 0 && op != "account.tidemark" {
		return fault.New(p.refuses, op, "no")
	}
	return nil
}

// far is the rows of a place, and its tidemark, behind what calls suffer.
type far struct {
	chunks.Store
	storageaccount.Account
	at *place
}

func (f far) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if err := f.at.silence(ctx, "chunks.get"); err != nil {
		return chunks.Row{}, err
	}
	return f.Store.Get(ctx, k)
}

func (f far) Apply(ctx context.Context, changes ...chunks.Change) error {
	if err := f.at.silence(ctx, "chunks.apply"); err != nil {
		return err
	}
	return f.Store.Apply(ctx, changes...)
}

func (f far) Prepare(ctx context.Context, years ...int32) error {
	if err := f.at.silence(ctx, "chunks.prepare"); err != nil {
		return err
	}
	return f.Store.Prepare(ctx, years...)
}

func (f far) Tidemark(ctx context.Context) (region.Tidemark, error) {
	if err := f.at.silence(ctx, "account.tidemark"); err != nil {
		return region.Tidemark{}, err
	}
	return f.Account.Tidemark(ctx)
}

func newPlace(s *memory.Sched) *place {
	p := &place{rows: memory.NewRows(s), tide: memory.NewAccount(s), sched: s}
	hook := func(string) memory.Fault {
		if p.away {
			p.calls++
			return memory.FaultFail
		}
		return memory.FaultNone
	}
	p.rows.SetFault(hook)
	p.tide.SetFault(hook)
	p.rows.KeepHistory(time.Hour)
	return p
}

func (p *place) named(name string) bounds.Account {
	f := far{p.rows, p.tide, p}
	return bounds.Account{Name: name, Rows: f, Tide: f}
}

// house is a node over a journal and two accounts, old and new, and what its readings have to be.
type house struct {
	*testing.T
	sched    *memory.Sched
	journal  *memory.Journal
	old, new *place
	keep     time.Duration
	n        *node.Node
	want     map[string]map[int64]float64
	written  float64
}

func in(t *testing.T, seed uint64, body func(ctx context.Context, h *house)) {
	t.Helper()
	s := memory.NewSched(seed)
	h := &house{T: t, sched: s, journal: memory.NewJournal(s), old: newPlace(s), new: newPlace(s),
		want: map[string]map[int64]float64{}}
	err := s.Run(func() {
		ctx := context.Background()
		h.start(true)
		h.must(h.old.rows.Prepare(ctx))
		h.must(h.new.rows.Prepare(ctx))
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// start starts the node anew, with both accounts or with the old one alone.
func (h *house) start(both bool) {
	rows := bounds.One(h.old.rows, h.old.tide)
	if both {
		var err error
		rows, err = bounds.NewAccounts(h.old.named("old"), bounds.Generation{Account: h.new.named("new"), From: border})
		h.must(err)
	}
	h.startOver(rows)
}

// startOver starts the node anew, over these rows.
func (h *house) startOver(rows *bounds.Accounts) {
	names := 0
	began := h.sched.Now().UnixNano()
	stores := node.Stores{Journal: h.journal, Directory: h.journal, Rows: rows, Queue: memory.NewQueue(h.sched),
		Poison: memory.NewQueue(h.sched)}
	h.n = node.New(node.Config{Bound: time.Second, Settling: bounds.Settling{NoTide: time.Second},
		Retention:  func(telemetry.Tenant) time.Duration { return h.keep },
		Compaction: compaction.Config{ChunkReadings: 20}},
		node.Ports{Region: "east", Requests: stores, Background: stores, Cache: memory.NewCache(h.sched, 1<<20),
			Sched: h.sched, Names: func() string { names++; return fmt.Sprintf("%020d%06d", began, names) }},
		node.Observers{})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) sleep(ctx context.Context, d time.Duration) { _ = h.sched.Sleep(ctx, d) }

// at is a time in a year: the i-th second of it.
func at(year int32, i int64) int64 { return telemetry.YearWindow(year).Start() + i*int64(time.Second) }

func of(metric string) telemetry.Series {
	return telemetry.Series{Source: "s", Metric: telemetry.Metric(metric)}
}

// put writes a block with readings of a metric.
func (h *house) put(ctx context.Context, metric string, times ...int64) {
	h.Helper()
	var b telemetry.Batch
	i := b.AddSeries(of(metric), "")
	if h.want[metric] == nil {
		h.want[metric] = map[int64]float64{}
	}
	for _, t := range times {
		h.written++
		b.Add(i, t, h.written)
		h.want[metric][t] = h.written
	}
	_, err := h.n.Ingest.Write(ctx, tenant, &b, ingest.Options{})
	h.must(err)
}

func (h *house) erase(ctx context.Context, metric string, from, to int64) {
	h.Helper()
	b := telemetry.Batch{Deletions: []telemetry.Deletion{{Series: of(metric), From: from, To: to}}}
	_, err := h.n.Ingest.Write(ctx, tenant, &b, ingest.Options{})
	h.must(err)
	maps.DeleteFunc(h.want[metric], func(t int64, _ float64) bool { return from <= t && t < to })
}

func (h *house) compact(ctx context.Context) compaction.Result {
	h.Helper()
	res, err := h.n.Compaction.Compact(ctx, shard)
	h.must(err)
	return res
}

// settle compacts until the journal is empty.
func (h *house) settle(ctx context.Context) {
	h.Helper()
	for range 60 {
		if h.compact(ctx).Done() {
			return
		}
		h.sleep(ctx, 3*time.Second)
	}
	h.Fatal("the journal does not empty")
}

// asks gives what an answer about a metric lacks or has wrong, "" for nothing.
func (h *house) asks(ctx context.Context, metric string, from, to int64) (string, error) {
	page, err := h.n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: of(metric), From: from, To: to,
		Limit: 10_000})
	if err != nil {
		return "", err
	}
	got := map[int64]float64{}
	for i, t := range page.Times {
		got[t] = page.Values[i]
	}
	for t, v := range h.want[metric] {
		if from <= t && t < to && got[t] != v {
			return fmt.Sprintf("%v at %d of %s, want %v", got[t], t, metric, v), nil
		}
		delete(got, t)
	}
	if len(got) > 0 {
		return fmt.Sprintf("%d readings of %s that nobody wrote, or that were deleted: %v", len(got), metric, got), nil
	}
	return "", nil
}

// right fails the test unless everything is answered as it has to be.
func (h *house) right(ctx context.Context, when string) {
	h.Helper()
	for metric := range h.want {
		if wrong, err := h.asks(ctx, metric, telemetry.MinTime, telemetry.MaxTime); wrong != "" || err != nil {
			h.Fatalf("%s: %s, %v", when, wrong, err)
		}
	}
}

// stored is every row of a series' year in an account.
func (h *house) stored(ctx context.Context, p *place, year int32) map[string]string {
	h.Helper()
	out := map[string]string{}
	of := chunks.PartitionOf(tenant, of("m"), telemetry.YearWindow(year))
	for row, err := range p.rows.Scan(ctx, chunks.Range{Partition: of}) {
		h.must(err)
		out[row.Key.Row] = string(row.Version) + string(row.Value)
	}
	return out
}

// left is how many blocks are in the journal.
func (h *house) left(ctx context.Context) int {
	h.Helper()
	part, err := h.n.Tail.Part(ctx, shard, 1<<20)
	h.must(err)
	return part.Total
}

// TestABlockInTwoAccounts lets the one and then the other tidemark lag: a block with rows in both accounts stays until
// both have passed it, one with rows in one account until its own has. The catalogue is the old account's.
func TestABlockInTwoAccounts(t *testing.T) {
	const lag = 2 * time.Minute
	for _, c := range []struct {
		old, new time.Duration
		years    []int32
		stays    bool
	}{
		{0, lag, []int32{border - 1, border}, true},
		{lag, 0, []int32{border - 1, border}, true},
		{0, lag, []int32{border}, true},
		{0, lag, []int32{border - 1}, false},
		{lag, 0, []int32{border}, true}, // for the sake of its source
		{0, 0, []int32{border - 1, border, border + 1}, false},
	} {
		in(t, 1, func(ctx context.Context, h *house) {
			h.old.tide.SetState(region.Live, c.old)
			h.new.tide.SetState(region.Live, c.new)
			var times []int64
			for _, y := range c.years {
				times = append(times, at(y, 1))
			}
			h.put(ctx, "m", times...)
			for began := h.sched.Now(); h.sched.Now().Sub(began) < lag-10*time.Second; h.sleep(ctx, 3*time.Second) {
				h.compact(ctx)
			}
			if left := h.left(ctx); (left > 0) != c.stays {
				t.Fatalf("%+v: %d blocks stay", c, left)
			}
			h.settle(ctx)
			for y := border - 2; y < border+3; y++ {
				there := slices.Contains(c.years, y)
				inOld, inNew := len(h.stored(ctx, h.old, y)) > 0, len(h.stored(ctx, h.new, y)) > 0
				if inOld != (there && y < border) || inNew != (there && y >= border) {
					t.Errorf("%+v: year %d in the old account: %v, in the new: %v", c, y, inOld, inNew)
				}
			}
			h.right(ctx, "in the end")
		})
	}
}

// TestAnAccountWithoutATidemark drops no block that has a row there, and every other.
func TestAnAccountWithoutATidemark(t *testing.T) {
	for _, state := range []region.State{region.Bootstrap, region.Unavailable} {
		in(t, 1, func(ctx context.Context, h *house) {
			h.old.tide.SetState(region.Live, 0)
			h.new.tide.SetState(state, 0)
			h.put(ctx, "m", at(border-1, 1))
			h.settle(ctx)
			h.put(ctx, "m", at(border-1, 2))
			h.put(ctx, "m", at(border-1, 3), at(border, 3))
			for range 100 {
				h.compact(ctx)
				h.sleep(ctx, 3*time.Second)
			}
			if left := h.left(ctx); left != 1 {
				t.Fatalf("%d blocks stay, want the one with a row in the new account", left)
			}
			h.right(ctx, "without a tidemark")
			h.new.tide.SetState(region.Live, 0)
			h.settle(ctx)
			h.right(ctx, "with it")
		})
	}
}

// TestOneAccountIsAway answers what lies in the other, refuses the rest by name, and goes on folding and dropping what
// concerns the other alone: a pass asks one that is away for its tidemark, and for no more rows than side by side.
// While home is away nothing is answered and nothing is dropped.
func TestOneAccountIsAway(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		h.put(ctx, "m", at(border-1, 1), at(border, 1))
		h.settle(ctx)
		begins := telemetry.YearWindow(border).Start()
		day := time.Unix(0, begins).UTC().Format(time.DateOnly)
		h.new.away = true
		h.put(ctx, "m", at(border-1, 2))
		h.put(ctx, "m", at(border-1, 3), at(border, 3))
		var many telemetry.Batch
		for i := range 100 {
			metric := fmt.Sprint("n", i)
			many.Add(many.AddSeries(of(metric), ""), at(border+1, 3), 7)
			h.want[metric] = map[int64]float64{at(border+1, 3): 7}
		}
		_, err := h.n.Ingest.Write(ctx, tenant, &many, ingest.Options{})
		h.must(err)
		h.start(true) // a process that remembers nothing
		for range 5 {
			calls := h.new.calls
			_, err := h.n.Compaction.Compact(ctx, shard)
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "from "+day+" on") {
				t.Fatalf("the pass says %v", err)
			}
			if n := h.new.calls - calls; n > 12 {
				t.Errorf("a pass asked an account that is away %d times", n)
			}
			h.sleep(ctx, 10*time.Second)
		}
		if left := h.left(ctx); left != 2 {
			t.Errorf("%d blocks stay, want those with rows in the account that is away", left)
		}
		if wrong, err := h.asks(ctx, "m", telemetry.MinTime, begins); wrong != "" || err != nil {
			t.Errorf("times of the old account: %s, %v", wrong, err)
		}
		for _, from := range []int64{telemetry.MinTime, begins} {
			_, err := h.asks(ctx, "m", from, telemetry.MaxTime)
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "from "+day+" on") {
				t.Errorf("times of the new account: %v", err)
			}
		}
		h.new.away, h.old.away = false, true
		h.start(true)
		for range 3 {
			if _, err := h.n.Compaction.Compact(ctx, shard); !fault.Is(err, fault.Unavailable) {
				t.Fatalf("a pass without home says %v", err)
			}
			h.sleep(ctx, 10*time.Second)
		}
		if _, err := h.asks(ctx, "m", begins, telemetry.MaxTime); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without home: %v", err)
		}
		h.old.away = false
		if left := h.left(ctx); left != 2 {
			t.Errorf("%d blocks are left, some were dropped without home", left)
		}
		h.settle(ctx)
		h.right(ctx, "in the end")
	})
}

// TestAddingAnAccountMovesNothing adds one to a storage with readings: its rows stay as they are and are answered, and
// only what comes in the new years lies in the new account.
func TestAddingAnAccountMovesNothing(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		h.start(false)
		for i := range int64(50) { // more than a chunk holds
			h.put(ctx, "m", at(border-1, i), at(border-2, i))
		}
		h.settle(ctx)
		before, earlier := h.stored(ctx, h.old, border-1), h.stored(ctx, h.old, border-2)
		if len(before) < 4 {
			t.Fatalf("%d rows: nothing is split", len(before))
		}
		h.put(ctx, "m", at(border, 1)) // and the account is added before it is folded
		h.start(true)
		h.put(ctx, "m", at(border, 2), at(border+3, 1))
		h.right(ctx, "before the first pass")
		h.settle(ctx)
		h.right(ctx, "after it")
		if !maps.Equal(h.stored(ctx, h.old, border-1), before) ||
			!maps.Equal(h.stored(ctx, h.old, border-2), earlier) {
			t.Error("rows of the old account have moved")
		}
		for y, want := range map[int32]bool{border - 1: false, border: true, border + 3: true} {
			if got := len(h.stored(ctx, h.new, y)) > 0; got != want {
				t.Errorf("year %d in the new account: %v, want %v", y, got, want)
			}
			if got := len(h.stored(ctx, h.old, y)) > 0; got == want {
				t.Errorf("year %d in the old account: %v", y, got)
			}
		}
		h.put(ctx, "m", at(border-1, 60)) // a late one
		h.settle(ctx)
		h.right(ctx, "in the end")
		if maps.Equal(h.stored(ctx, h.old, border-1), before) {
			t.Error("a late reading of the old account's years did not go there")
		}
	})
}

// TestRetentionInTwoAccounts expires rows and whole years of both, each where it lies.
func TestRetentionInTwoAccounts(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		h.put(ctx, "m", at(border-1, 1), at(border, 1), at(border+1, 9000), at(border+2, 1))
		h.settle(ctx)
		const year = 384 * 24 * time.Hour
		h.keep = h.sched.Now().Sub(time.Unix(0, at(border+1, 5000))) // of border+1 what is there is kept
		h.start(true)
		deleted, err := h.n.Retention.Retain(ctx, tenant)
		h.must(err)
		if deleted != 4 || // chunks and rollups
			len(h.stored(ctx, h.old, border-1)) > 0 || len(h.stored(ctx, h.new, border)) > 0 {
			t.Errorf("%d rows expired", deleted)
		}
		h.must(h.n.Retention.Expire(ctx))
		h.sleep(ctx, 5*time.Second)
		h.must(h.n.Retention.Expire(ctx))
		for p, y := range map[*place]int32{h.old: border - 1, h.new: border} {
			if err := p.rows.Prepare(ctx, y); !fault.Is(err, fault.Conflict) {
				t.Errorf("year %d was not given up: %v", y, err)
			}
		}
		h.must(h.new.rows.Prepare(ctx, border+1))
		h.keep += 10 * year // a longer retention brings nothing back
		h.start(true)
		maps.DeleteFunc(h.want["m"], func(t int64, _ float64) bool { return t < at(border+1, 0) })
		h.right(ctx, "after years were given up")
	})
}

// TestExpiryWaitsForHome: while a failover of home could take back that years have expired, another account keeps its
// own, or home would give them as there, and answers would lack them without a word.
func TestExpiryWaitsForHome(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		h.put(ctx, "m", at(border-1, 1), at(border, 1), at(border+2, 1))
		h.settle(ctx)
		h.keep = h.sched.Now().Sub(time.Unix(0, at(border+1, 5000)))
		h.start(true)
		has := func(p *place, year int32) bool {
			t.Helper()
			err := p.rows.Prepare(ctx, year)
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Fatal(err)
			}
			return err == nil
		}
		for _, home := range []region.State{region.Bootstrap, region.Unavailable, region.Live} {
			h.old.tide.SetState(home, 20*time.Minute)
			for range 20 {
				h.must(h.n.Retention.Expire(ctx))
				h.sleep(ctx, 10*time.Second)
			}
			if has(h.old, border-1) || !has(h.new, border) {
				t.Errorf("home is %v: it has year %d: %v, the new account year %d: %v", home, border-1,
					has(h.old, border-1), border, has(h.new, border))
			}
		}
		h.sleep(ctx, 15*time.Minute) // home's tidemark passes it
		h.new.away = true
		if err := h.n.Retention.Expire(ctx); !fault.Is(err, fault.Unavailable) {
			t.Errorf("while the new account is away: %v", err)
		}
		h.new.away = false
		h.must(h.n.Retention.Expire(ctx))
		if has(h.new, border) || !has(h.new, border+1) {
			t.Error("once home has settled, the new account gives up what home has, and nothing else")
		}
		h.keep += 400 * 24 * time.Hour // nobody has another year back
		h.start(true)
		maps.DeleteFunc(h.want["m"], func(t int64, _ float64) bool { return t < at(border+1, 0) })
		h.right(ctx, "after years were given up")
	})
}

// TestAnAccountThatHangs has blocks of the other account dropped as if nothing was: what hangs is waited for, and still
// the evidence of the others holds.
func TestAnAccountThatHangs(t *testing.T) {
	for _, hangs := range []string{"account.tidemark", "chunks.get", "chunks.apply", "chunks.prepare", ""} {
		in(t, 1, func(ctx context.Context, h *house) {
			h.put(ctx, "m", at(border-1, 1))
			h.settle(ctx)
			for i := range 30 {
				h.put(ctx, fmt.Sprint("m", i), at(border+1, 3))
			}
			h.start(true) // what it writes is another stream
			for i := range 30 {
				h.put(ctx, fmt.Sprint("n", i), at(border-1, 3))
			}
			h.new.hangs = func(op string) bool { return hangs == "" || hangs == op }
			began := h.sched.Now()
			settled := 0
			for h.sched.Now().Sub(began) < 5*time.Minute {
				res, err := h.n.Compaction.Compact(ctx, shard)
				if err != nil && !fault.Is(err, fault.Unavailable) {
					t.Fatalf("%q hangs, and a pass says %v", hangs, err)
				}
				settled += res.Dropped
				h.sleep(ctx, 3*time.Second)
			}
			if settled != 30 {
				t.Errorf("%q hangs, and %d blocks were dropped, want the 30 without rows in the account that hangs",
					hangs, settled)
			}
			h.new.hangs = nil
			h.settle(ctx)
			h.right(ctx, "in the end")
		})
	}
}

// TestAnAccountThatRefuses is away, whatever kind of refusal it gives: other times are answered, and what concerns them
// is folded and dropped.
func TestAnAccountThatRefuses(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Throttled, fault.Forbidden, fault.Unauthenticated} {
		in(t, 1, func(ctx context.Context, h *house) {
			h.put(ctx, "m", at(border-1, 1), at(border, 1))
			h.settle(ctx)
			h.new.refuses = kind
			h.put(ctx, "a", at(border, 2))
			h.start(true)
			h.put(ctx, "m", at(border-1, 3))
			dropped := 0
			for range 5 {
				res, err := h.n.Compaction.Compact(ctx, shard)
				if err != nil && !fault.Is(err, fault.Unavailable) {
					t.Fatalf("%v: a pass says %v", kind, err)
				}
				dropped += res.Dropped
				h.sleep(ctx, 10*time.Second)
			}
			if dropped != 1 {
				t.Errorf("%v: %d blocks were dropped, want that of the old account", kind, dropped)
			}
			begins := telemetry.YearWindow(border).Start()
			if wrong, err := h.asks(ctx, "m", telemetry.MinTime, begins); wrong != "" || err != nil {
				t.Errorf("%v: times of the old account: %s, %v", kind, wrong, err)
			}
			if _, err := h.asks(ctx, "m", begins, telemetry.MaxTime); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%v: times of the new account: %v", kind, err)
			}
			h.new.refuses = 0
			h.settle(ctx)
			h.right(ctx, "in the end")
		})
	}
}

// TestADeletionInTwoAccounts stands until the chunks of both have passed it, each by its own tidemark.
func TestADeletionInTwoAccounts(t *testing.T) {
	for _, which := range []int{0, 1} {
		in(t, 1, func(ctx context.Context, h *house) {
			h.put(ctx, "m", at(border-1, 1), at(border-1, 9), at(border, 1), at(border, 9))
			h.settle(ctx)
			h.erase(ctx, "m", at(border-1, 2), at(border, 2))
			h.settle(ctx)
			lagging := []*place{h.old, h.new}[which]
			lagging.tide.SetState(region.Bootstrap, 0)
			purge := func() int {
				t.Helper()
				_, err := h.n.Compaction.Compact(ctx, shard) // which raises the floor
				h.must(err)
				standing, err := h.n.Retention.Purge(ctx, shard)
				h.must(err)
				h.sleep(ctx, 5*time.Second)
				return standing
			}
			for range 20 {
				if standing := purge(); standing != 1 {
					t.Fatalf("account %d has no tidemark, and %d deletions stand", which, standing)
				}
			}
			lagging.tide.SetState(region.Live, 0)
			for n := 0; purge() > 0; n++ {
				if n > 20 {
					t.Fatal("a deletion stands for ever")
				}
			}
			h.right(ctx, "after the deletion")
		})
	}
}

// TestADeletionOfRowsThatAreGone stands while the account that they were in has no tidemark: it may bring them back.
func TestADeletionOfRowsThatAreGone(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		h.put(ctx, "m", at(border, 1))
		h.settle(ctx)
		h.keep = h.sched.Now().Sub(time.Unix(0, at(border+1, 5000)))
		h.start(true)
		if deleted, err := h.n.Retention.Retain(ctx, tenant); deleted != 2 || err != nil {
			t.Fatalf("%d rows expired, %v", deleted, err)
		}
		h.erase(ctx, "m", at(border, 0), at(border, 2))
		h.settle(ctx)
		for _, state := range []region.State{region.Bootstrap, region.Live} {
			h.new.tide.SetState(state, 0)
			stands := 0
			for range 20 {
				_, err := h.n.Compaction.Compact(ctx, shard)
				h.must(err)
				stands, err = h.n.Retention.Purge(ctx, shard)
				h.must(err)
				h.sleep(ctx, 5*time.Second)
			}
			if (stands == 0) != (state == region.Live) {
				t.Errorf("while the account is %v %d deletions stand", state, stands)
			}
		}
	})
}

// TestFailoversOfTwoAccountsLoseNothing writes, deletes, compacts, purges and asks at random, with tidemarks that lag
// and change, and every now and then one of the accounts comes back as it was at some moment that its tidemark has not
// passed: no answer lacks anything.
func TestFailoversOfTwoAccountsLoseNothing(t *testing.T) {
	for seed := uint64(1); seed <= 12; seed++ {
		in(t, seed, func(ctx context.Context, h *house) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			places := []*place{h.old, h.new}
			lag := []time.Duration{0, 0}
			lags := func(i int) {
				lag[i] = time.Duration(rnd.IntN(2)*rnd.IntN(40)) * time.Second
				places[i].tide.SetState(region.Live, lag[i])
			}
			lags(0)
			lags(1)
			draw := func() int64 { return at(border-2+rnd.Int32N(4), rnd.Int64N(40)) }
			failovers := 0
			for step := range 200 {
				i := rnd.IntN(2)
				switch what := rnd.IntN(14); {
				case what < 4:
					var times []int64
					for range 1 + rnd.IntN(4) {
						times = append(times, draw())
					}
					slices.Sort(times)
					h.put(ctx, fmt.Sprint("m", rnd.IntN(3)), slices.Compact(times)...)
				case what == 4:
					from := draw()
					h.erase(ctx, fmt.Sprint("m", rnd.IntN(3)), from, from+rnd.Int64N(1<<40))
				case what < 10:
					h.compact(ctx)
				case what == 10:
					_, err := h.n.Retention.Purge(ctx, shard)
					h.must(err)
				case what == 11:
					places[i].rows.Rollback(func(chunks.Partition) time.Time { // partitions overtake one another
						return h.sched.Now().Add(-time.Duration(rnd.Int64N(int64(lag[i]) + 1)))
					})
					failovers++
				case what == 12: // later than before, or a tidemark would fall
					if lag[i] == 0 {
						lags(i)
						h.sleep(ctx, lag[i])
					}
				default:
					h.start(true)
				}
				h.sleep(ctx, time.Duration(rnd.IntN(4000))*time.Millisecond)
				if step%3 == 0 {
					h.right(ctx, fmt.Sprintf("seed %d, step %d, after %d failovers", seed, step, failovers))
				}
			}
			h.settle(ctx)
			h.right(ctx, fmt.Sprintf("seed %d, in the end", seed))
		})
	}
}
