package continuity_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/stream"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// house is two journals on virtual time, and who keeps them the same.
type house struct {
	*testing.T
	sched      *memory.Sched
	east, west *site
	svc        *continuity.Service
}

// site is a journal that can be away, and counts what is asked of it.
type site struct {
	*memory.Journal
	away    bool
	refuses bool // every append
	heads   int
	ahead   time.Duration // what it says its clock is
	between func()        // called once when a seal arrives
	refused error         // why that was refused
}

func (s *site) Seal(ctx context.Context, of telemetry.Stream, last telemetry.Number, unchanged string) error {
	f := s.between
	if s.between = nil; f == nil {
		return s.Journal.Seal(ctx, of, last, unchanged)
	}
	f()
	s.refused = s.Journal.Seal(ctx, of, last, unchanged)
	return s.refused
}

func (s *site) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if s.refuses {
		return journal.Stored{}, fault.New(fault.Conflict, "journal.append", "it does not take it")
	}
	return s.Journal.Append(ctx, a)
}

func (s *site) Now(ctx context.Context) (time.Time, error) {
	if s.away {
		return time.Time{}, fault.New(fault.Unavailable, "journal.now", "it is away")
	}
	now, err := s.Journal.Now(ctx)
	return now.Add(s.ahead), err
}

func (s *site) Heads(ctx context.Context, of telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Head, error] {
	s.heads++
	return s.Journal.Heads(ctx, of, after)
}

var (
	shard = telemetry.Shard{Tenant: "t"}
	today = telemetry.DayOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) // where memory.Sched starts
)

func in(t *testing.T, seed uint64, body func(ctx context.Context, h *house)) {
	t.Helper()
	h := &house{T: t, sched: memory.NewSched(seed)}
	h.east, h.west = &site{Journal: memory.NewJournal(h.sched)}, &site{Journal: memory.NewJournal(h.sched)}
	h.svc = h.service("east")
	if err := h.sched.Run(func() { body(context.Background(), h) }); err != nil {
		t.Fatal(err)
	}
}

// service is one whose near journal is that of a region.
func (h *house) service(near region.Name) *continuity.Service {
	sites := []journal.Site{{Region: "east", Journal: h.east, Directory: h.east},
		{Region: "west", Journal: h.west, Directory: h.west}}
	if near == "west" {
		slices.Reverse(sites)
	}
	return continuity.New(continuity.Config{}, sites[0], sites[1], h.sched)
}

func of(writer string, day telemetry.Day) telemetry.Stream {
	return telemetry.Stream{Shard: shard, Day: day, Writer: telemetry.Writer(writer)}
}

// block is one that says up to where its stream was acknowledged.
func (h *house) block(s telemetry.Stream, n, acked telemetry.Number) journal.Append {
	at := telemetry.Position{Stream: s, Number: n}
	b := &telemetry.Block{At: at, Stamp: telemetry.StampAt(s.Day.Start()) + telemetry.Stamp(n), Acked: acked,
		Columns: []telemetry.Column{{Series: telemetry.Series{Source: "s", Metric: "m"}, Times: []int64{int64(n)},
			Values: []float64{float64(n)}}}}
	p, err := blockcodec.Encode(nil, b)
	if err != nil {
		h.Fatal(err)
	}
	return journal.Append{At: at, Stamp: b.Stamp, Block: p}
}

// append stores blocks in one journal.
func (h *house) append(ctx context.Context, j *site, s telemetry.Stream, acked telemetry.Number,
	numbers ...telemetry.Number) {
	h.Helper()
	if err := j.Prepare(ctx, s.Day); err != nil {
		h.Fatal(err)
	}
	if err := j.Register(ctx, s.Shard, s.Day); err != nil {
		h.Fatal(err)
	}
	for _, n := range numbers {
		if _, err := j.Append(ctx, h.block(s, n, acked)); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *house) sweep(ctx context.Context) {
	h.Helper()
	if _, err := h.svc.Sweep(ctx); err != nil {
		h.Fatal(err)
	}
}

// tell is a stream in one journal: its life, its mark and last number, and what it holds above the mark.
func (h *house) tell(ctx context.Context, j *site, s telemetry.Stream) string {
	h.Helper()
	st, err := j.State(ctx, s)
	if err != nil {
		h.Fatal(err)
	}
	out := fmt.Sprintf("%v, mark %d", st.Life, st.Mark)
	if last, known := st.End(); known {
		out += fmt.Sprintf(", last %d", last)
	}
	for e, err := range j.Read(ctx, s, st.Mark) {
		if err != nil {
			h.Fatal(err)
		}
		out += fmt.Sprintf(" %d", e.Number)
		if e.Void {
			out += "v"
		}
	}
	return out
}

// says holds what both journals say of a stream.
func (h *house) says(ctx context.Context, s telemetry.Stream, east, west string) {
	h.Helper()
	if got := h.tell(ctx, h.east, s); got != east {
		h.Errorf("in the east: %s; want %s", got, east)
	}
	if got := h.tell(ctx, h.west, s); got != west {
		h.Errorf("in the west: %s; want %s", got, west)
	}
}

// TestWhatOneLacksIsCopied both ways, a stream that one never heard of too; what was only just missing is left to its
// writer, and a stream that was as it is costs nothing.
func TestWhatOneLacksIsCopied(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a, b := of("a", today), of("b", today)
		h.append(ctx, h.east, a, 0, 1, 2, 4)
		h.append(ctx, h.west, a, 0, 1, 3)
		h.append(ctx, h.west, b, 0, 1, 2)
		h.sweep(ctx)
		h.says(ctx, a, "open, mark 0 1 2 4", "open, mark 0 1 3")
		h.says(ctx, b, "unborn, mark 0", "open, mark 0 1 2")
		h.sweep(ctx)
		h.says(ctx, a, "open, mark 0 1 2 3 4", "open, mark 0 1 2 3 4")
		h.says(ctx, b, "open, mark 0 1 2", "open, mark 0 1 2")
		if n := h.svc.Copied(); n != 5 {
			t.Errorf("%d blocks were copied", n)
		}
		h.sweep(ctx) // sees that they are even
		read := h.east.heads + h.west.heads
		h.sweep(ctx)
		if now := h.east.heads + h.west.heads; now != read {
			t.Errorf("%d reads of what was even before", now-read)
		}
		h.append(ctx, h.east, a, 0, 5)
		h.sweep(ctx)
		h.sweep(ctx)
		h.says(ctx, a, "open, mark 0 1 2 3 4 5", "open, mark 0 1 2 3 4 5")
	})
}

// TestEven: a round says up to when both journals have everything only if it has found that of every stream, in both.
func TestEven(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		round := func(when string, even bool) {
			t.Helper()
			_ = h.sched.Sleep(ctx, time.Second)
			at := h.sched.Now()
			_, _ = h.svc.Sweep(ctx)
			if got := h.svc.Even().Equal(at); got != even {
				t.Errorf("%s: even up to %v, looked at %v", when, h.svc.Even(), at)
			}
		}
		round("with nothing there", true)
		h.append(ctx, h.west, a, 0, 1, 2)
		round("with a block that one lacks", false)
		round("when it is copied", false)
		round("when it was copied", true)
		h.append(ctx, h.east, a, 0, 3)
		h.west.away = true
		round("while one is away", false)
		h.west.away = false
		round("with another block that one lacks", false)
		if _, err := h.west.End(ctx, a); err != nil {
			t.Fatal(err)
		}
		round("with a stream that is completed", true)
		if s := h.tell(ctx, h.west, a); !strings.HasPrefix(s, "sealed") {
			t.Errorf("it is %s", s)
		}
	})
}

// TestEvenIsOfNoTimeToCome: both storages' clocks may be ahead of those who go by what is claimed.
func TestEvenIsOfNoTimeToCome(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		h.east.ahead, h.west.ahead = 3*time.Second, 2*time.Second
		h.sweep(ctx)
		if now := h.sched.Now(); !h.svc.Even().Equal(now) {
			t.Errorf("even up to %v, and it is %v", h.svc.Even(), now)
		}
	})
}

// TestEvenUnderLoad: each round finds a block that only one journal has yet, as where somebody writes all the time.
// What was there when the round before began is in both.
func TestEvenUnderLoad(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1)
		h.append(ctx, h.west, a, 0, 1)
		var began, before time.Time
		for n := telemetry.Number(2); n < 10; n++ {
			h.append(ctx, h.east, a, 0, n)
			_ = h.sched.Sleep(ctx, time.Second)
			before, began = began, h.sched.Now()
			h.sweep(ctx)
			if got := h.svc.Even(); !got.Equal(before) {
				t.Errorf("with block %d under way: even up to %v, and the round before began at %v", n, got, before)
			}
			if n < 9 {
				h.append(ctx, h.west, a, 0, n)
			}
		}
		_ = h.sched.Sleep(ctx, time.Second)
		h.sweep(ctx) // block 9 never came by itself, and is copied
		if got := h.svc.Even(); !got.Equal(began) {
			t.Errorf("with a block that was copied: even up to %v, want %v", got, began)
		}
	})
}

// TestEvenWhileThereIsAlwaysSomethingToCopy: where one block of many is left to anti-entropy each round, what was there
// a round ago is in both all the same. A journal that does not take a block is told, and Even stands still.
func TestEvenWhileThereIsAlwaysSomethingToCopy(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1)
		h.append(ctx, h.west, a, 0, 1)
		h.sweep(ctx)
		began := h.sched.Now()
		round := func() (before time.Time, err error) {
			_ = h.sched.Sleep(ctx, time.Second)
			before, began = began, h.sched.Now()
			_, err = h.svc.Sweep(ctx)
			return before, err
		}
		for n := telemetry.Number(2); n < 20; n++ {
			h.append(ctx, h.east, a, 0, n)
			if before, err := round(); err != nil || !h.svc.Even().Equal(before) {
				t.Errorf("block %d: even up to %v, and the round before began at %v; %v", n, h.svc.Even(), before, err)
			}
		}
		if h.svc.Copied() < 15 {
			t.Errorf("%d blocks were copied: the test proves little", h.svc.Copied())
		}
		stands := began
		h.west.refuses = true
		h.append(ctx, h.east, a, 0, 20)
		var told error
		for range 4 {
			_, told = round()
		}
		if got := h.svc.Even(); got.After(stands.Add(time.Second)) || told == nil {
			t.Errorf("with a block that is refused: even up to %v, told %v", got, told)
		}
	})
}

// TestAJournalThatJoined says that it is filled once it has what its peer had, and not before.
func TestAJournalThatJoined(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		east, west := journal.Place{Region: "east", Generation: "e"}, journal.Place{Region: "west", Generation: "w"}
		west.Peer, east.Peer = journal.Peer{Region: "east", Generation: "e"}, journal.Peer{Region: "west",
			Generation: "w"}
		west.Unfilled = true
		for at, place := range map[*site]journal.Place{h.east: east, h.west: west} {
			if err := at.Init(ctx, place); err != nil {
				t.Fatal(err)
			}
		}
		pairing := continuity.NewPairing(journal.Site{Region: "east", Journal: h.east, Directory: h.east},
			journal.Site{Region: "west", Journal: h.west, Directory: h.west}, 0, h.sched)
		h.svc = continuity.New(continuity.Config{Unfilled: pairing.Unfilled},
			journal.Site{Region: "west", Journal: h.west, Directory: h.west},
			journal.Site{Region: "east", Journal: h.east, Directory: h.east}, h.sched)
		filled := func(when string, want bool) {
			t.Helper()
			if err := pairing.Read(ctx); err != nil {
				t.Fatal(err)
			}
			got, east := pairing.Readable("west"), pairing.Readable("east")
			if (got == nil) != want || east != nil || pairing.Unfilled() == want {
				t.Errorf("%s: west may be read: %v, want %v; east: %v", when, got, want, east)
			}
		}
		if pairing.Readable("west") == nil || pairing.Readable("east") == nil {
			t.Error("a journal that never said which it is may be read")
		}
		filled("at first", false)
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1, 2, 3)
		for i, want := range []bool{false, true, true} { // seen, copied, seen to be there
			h.sweep(ctx)
			filled(fmt.Sprint("after round ", i+1), want)
		}
	})
}

// TestADeadStreamIsCompletedInBoth: it is ended in both, filled in from either, what neither has is void, and sealed.
func TestADeadStreamIsCompletedInBoth(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a, b := of("a", today), of("b", today)
		h.append(ctx, h.east, a, 1, 1, 2, 6)
		h.append(ctx, h.west, a, 1, 1, 3)
		h.append(ctx, h.west, b, 0, 1)
		_ = h.sched.Sleep(ctx, 2*time.Minute)
		h.sweep(ctx)
		h.says(ctx, a, "sealed, mark 0, last 6 1 2 3 4v 5v 6", "sealed, mark 0, last 6 1 2 3 4v 5v 6")
		h.says(ctx, b, "sealed, mark 0, last 1 1", "sealed, mark 0, last 1 1")
	})
}

// TestAStreamThatLivesInOneJournalLives there its writer reaches one of them alone.
func TestAStreamThatLivesInOneJournalLives(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1)
		h.append(ctx, h.west, a, 0, 1)
		_ = h.sched.Sleep(ctx, 50*time.Second)
		h.append(ctx, h.west, a, 1, 2)
		_ = h.sched.Sleep(ctx, 50*time.Second)
		h.sweep(ctx)
		h.says(ctx, a, "open, mark 0 1", "open, mark 0 1 2")
	})
}

// TestAStreamThatHasEndedInOneEndsInBoth at once: its writer is fenced.
func TestAStreamThatHasEndedInOneEndsInBoth(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a, b := of("a", today), of("b", today)
		h.append(ctx, h.east, a, 0, 1, 2)
		h.append(ctx, h.west, a, 0, 1)
		h.append(ctx, h.east, b, 0, 1)
		for _, s := range []telemetry.Stream{a, b} {
			if _, err := h.east.End(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		h.sweep(ctx)
		h.says(ctx, a, "sealed, mark 0, last 2 1 2", "sealed, mark 0, last 2 1 2")
		h.says(ctx, b, "sealed, mark 0, last 1 1", "sealed, mark 0, last 1 1")
	})
}

// TestNothingIsEndedWhileAJournalIsAway but work for what is there is listed.
func TestNothingIsEndedWhileAJournalIsAway(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1, 3)
		h.append(ctx, h.west, a, 0, 1)
		_ = h.sched.Sleep(ctx, 5*time.Minute)
		h.west.away = true
		swept, err := h.svc.Sweep(ctx)
		if !fault.Is(err, fault.Unavailable) || !slices.Equal(swept.Work, []telemetry.Shard{shard}) {
			t.Errorf("%+v, %v", swept, err)
		}
		h.says(ctx, a, "open, mark 0 1 3", "open, mark 0 1")
	})
}

// TestMarksFollow: what one journal has dropped the other drops, with what it never had.
func TestMarksFollow(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a, b := of("a", today), of("b", today)
		h.append(ctx, h.east, a, 0, 1, 2, 3)
		h.append(ctx, h.west, a, 0, 1, 3)
		for _, j := range []*site{h.east, h.west} {
			h.append(ctx, j, b, 0, 1, 2)
			if _, err := j.End(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.east.Drop(ctx, a, 2); err != nil {
			t.Fatal(err)
		}
		if err := h.west.Drop(ctx, b, 2); err != nil {
			t.Fatal(err)
		}
		h.sweep(ctx)
		h.says(ctx, a, "open, mark 2 3", "open, mark 2 3")
		h.says(ctx, b, "finished, mark 2, last 2", "finished, mark 2, last 2")
	})
}

// TestWhatWasAcknowledgedIsNotVoid: a block that both journals lost is told, and stays a hole.
func TestWhatWasAcknowledgedIsNotVoid(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 2, 1, 3)
		h.append(ctx, h.west, a, 2, 1)
		_ = h.sched.Sleep(ctx, 2*time.Minute)
		_, err := h.svc.Sweep(ctx)
		if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), "number 2") {
			t.Errorf("it said %v", err)
		}
		h.says(ctx, a, "ended, mark 0 1 3", "ended, mark 0 1 3")
		_ = h.sched.Sleep(ctx, time.Minute)
		at := h.sched.Now()
		if _, err := h.svc.Sweep(ctx); !errors.Is(err, sweep.ErrLost) || !h.svc.Even().Equal(at) {
			t.Errorf("it said %v; both have the same up to %v, and it looked at %v", err, h.svc.Even(), at)
		}
	})
}

// TestASealSeesACopy: what somebody else copies after the sealer has looked makes the seal fail; the next round seals.
func TestASealSeesACopy(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1)
		h.append(ctx, h.west, a, 0, 1)
		_ = h.sched.Sleep(ctx, 2*time.Minute)
		h.east.between = func() {
			late := h.block(a, 2, 0)
			if err := h.east.Fill(ctx, a, journal.Entry{Number: 2, Stamp: late.Stamp, Block: late.Block}); err != nil {
				t.Error(err)
			}
		}
		h.sweep(ctx)
		if !fault.Is(h.east.refused, fault.Conflict) || !strings.Contains(h.east.refused.Error(), "changed") {
			t.Errorf("a seal after a copy: %v", h.east.refused)
		}
		h.says(ctx, a, "ended, mark 0 1 2", "ended, mark 0 1")
		h.sweep(ctx)
		h.says(ctx, a, "sealed, mark 0, last 2 1 2", "sealed, mark 0, last 2 1 2")
	})
}

// TestFirstDays: a day that one journal had given up comes back when a block of it has to be filled in, and it moves up
// when both have finished with it.
func TestFirstDays(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		a := of("a", today)
		h.append(ctx, h.east, a, 0, 1)
		_ = h.sched.Sleep(ctx, 4*24*time.Hour)
		h.append(ctx, h.west, of("b", today+4), 0, 1)
		first := func(j *site) telemetry.Day {
			d, err := j.First(ctx, shard)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		if d := first(h.west); d != today+3 {
			t.Fatalf("the first day in the west is %v", d)
		}
		h.sweep(ctx)
		h.says(ctx, a, "sealed, mark 0, last 1 1", "sealed, mark 0, last 1 1")
		if e, w := first(h.east), first(h.west); e > today || w > today {
			t.Errorf("with a block of %v the first days are %v and %v", today, e, w)
		}
		for _, j := range []*site{h.east, h.west} {
			if err := j.Drop(ctx, a, 1); err != nil {
				t.Fatal(err)
			}
		}
		h.sweep(ctx) // it copies what is of another day, and whoever lowers a first day lets nobody raise it meanwhile
		h.sweep(ctx)
		if e, w := first(h.east), first(h.west); e != today+3 || w != today+3 {
			t.Errorf("when both have finished the first days are %v and %v", e, w)
		}
	})
}

// TestTwoJournalsBecomeTheSame lets writers reach one journal or both at random, with calls that fail, and two services
// sweep beside one another: in the end both journals hold the same, everything that was stored, and all is sealed.
func TestTwoJournalsBecomeTheSame(t *testing.T) {
	for seed := uint64(1); seed <= 150; seed++ {
		in(t, seed, func(ctx context.Context, h *house) {
			rng := rand.New(rand.NewPCG(seed, 3))
			wrong := func(string) memory.Fault {
				return []memory.Fault{memory.FaultNone, memory.FaultNone, memory.FaultNone, memory.FaultNone,
					memory.FaultNone, memory.FaultFail, memory.FaultApplied, memory.FaultLost}[rng.IntN(8)]
			}
			h.east.SetFault(wrong)
			h.west.SetFault(wrong)
			stored := map[telemetry.Position]bool{}
			left := 3
			for w := range left {
				h.sched.Go("writer", func() {
					h.writer(ctx, rng, of(fmt.Sprint("w", w), today), stored)
					left--
				})
			}
			services := []*continuity.Service{h.svc, h.service("west")}
			for left > 0 {
				_, _ = services[rng.IntN(2)].Sweep(ctx)
				_ = h.sched.Sleep(ctx, time.Duration(rng.IntN(20))*time.Second)
			}
			h.east.SetFault(nil)
			h.west.SetFault(nil)
			_ = h.sched.Sleep(ctx, 2*time.Minute)
			swept := 0
			for i := range services {
				h.sched.Go("sweeper", func() {
					for range 3 {
						if _, err := services[i].Sweep(ctx); err != nil {
							t.Errorf("seed %d: %v", seed, err)
						}
					}
					swept++
				})
			}
			for swept < len(services) {
				_ = h.sched.Sleep(ctx, time.Second)
			}
			h.same(ctx, seed, stored)
		})
	}
}

// writer appends blocks of a stream to one journal or both, in order or not.
func (h *house) writer(ctx context.Context, rng *rand.Rand, s telemetry.Stream, stored map[telemetry.Position]bool) {
	for n := telemetry.Number(1); n <= 12; n++ {
		for _, j := range []*site{h.east, h.west} {
			if rng.IntN(3) == 0 {
				continue
			}
			_, _ = j.Prepare(ctx, s.Day), j.Register(ctx, s.Shard, s.Day)
			if _, err := j.Append(ctx, h.block(s, n, 0)); err == nil {
				stored[telemetry.Position{Stream: s, Number: n}] = true
			}
		}
		_ = h.sched.Sleep(ctx, time.Duration(rng.IntN(10))*time.Second)
	}
}

// same holds both journals against one another and against what was stored.
func (h *house) same(ctx context.Context, seed uint64, stored map[telemetry.Position]bool) {
	h.Helper()
	for w := range 3 {
		s := of(fmt.Sprint("w", w), today)
		east, west := h.tell(ctx, h.east, s), h.tell(ctx, h.west, s)
		if east != west || !strings.HasPrefix(east, stream.Sealed.String()) && east != "unborn, mark 0" {
			h.Errorf("seed %d, %s: in the east %s, in the west %s", seed, s.Writer, east, west)
		}
		have := map[telemetry.Number]bool{}
		for e, err := range h.west.Read(ctx, s, 0) {
			if err != nil {
				h.Fatal(err)
			}
			have[e.Number] = !e.Void
		}
		for at := range stored {
			if at.Stream == s && !have[at.Number] {
				h.Errorf("seed %d: %s was stored and is not there", seed, at)
			}
		}
	}
}
