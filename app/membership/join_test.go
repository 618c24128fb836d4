package membership

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// two is the journals of two regions, on virtual time.
type two struct {
	*testing.T
	sched *memory.Sched
	at    map[string]*memory.Journal
	names int
}

func onTwo(t *testing.T, seed uint64, body func(ctx context.Context, x *two)) {
	t.Helper()
	s := memory.NewSched(seed)
	x := &two{T: t, sched: s, at: map[string]*memory.Journal{"east": memory.NewJournal(s),
		"west": memory.NewJournal(s)}}
	if err := s.Run(func() { body(context.Background(), x) }); err != nil {
		t.Fatal(err)
	}
}

// from is how an init in a region has the journals.
func (x *two) from(near, far string) Joining {
	site := func(r string) journal.Site {
		return journal.Site{Region: region.Name(r), Journal: x.at[r], Directory: x.at[r]}
	}
	return Joining{Sites: [2]journal.Site{site(near), site(far)},
		Names: func() string { x.names++; return fmt.Sprintf("g%d", x.names) }}
}

// init is what tidemark init does of it.
func (x *two) init(ctx context.Context, j Joining) error {
	first, _, err := j.First(ctx)
	if err != nil {
		return err
	}
	_, err = j.Join(ctx, first, []byte("key"))
	return err
}

// is the identity of a journal in words; "" for none.
func (x *two) is(ctx context.Context, of string) string {
	p, err := x.at[of].Identity(ctx)
	if err != nil {
		return ""
	}
	text := p.Generation + " with " + p.Peer.Generation
	if p.Unfilled {
		text += ", unfilled"
	}
	if p.CursorKey != "key" {
		text += ", without a key"
	}
	return text
}

func (x *two) says(ctx context.Context, when, east, west string) {
	x.Helper()
	if e, w := x.is(ctx, "east"), x.is(ctx, "west"); e != east || w != west {
		x.Errorf("%s: east is %q and west %q, want %q and %q", when, e, w, east, west)
	}
}

// TestTwoNewJournals are a pair of which the one in the region whose name comes first is filled, from wherever.
func TestTwoNewJournals(t *testing.T) {
	for _, near := range []string{"east", "west"} {
		onTwo(t, 1, func(ctx context.Context, x *two) {
			j := x.from(near, map[string]string{"east": "west", "west": "east"}[near])
			for range 2 {
				if err := x.init(ctx, j); err != nil {
					t.Fatal(err)
				}
				x.says(ctx, "from "+near, "g1 with g2", "g2 with g1, unfilled")
			}
			if filled, err := j.Fill(ctx, x.sched); err != nil || !filled {
				t.Errorf("filled: %v, %v", filled, err)
			}
			x.says(ctx, "filled", "g1 with g2", "g2 with g1")
			if err := x.init(ctx, j); err != nil {
				t.Fatal(err)
			}
			x.says(ctx, "again", "g1 with g2", "g2 with g1")
		})
	}
}

// TestAJournalIsJoined by a new one of the other region, which is filled once it has its blocks.
func TestAJournalIsJoined(t *testing.T) {
	onTwo(t, 1, func(ctx context.Context, x *two) {
		west := x.at["west"]
		alone := journal.Place{Region: "west", Generation: "w"}
		shard, day := telemetry.Shard{Tenant: "t"}, telemetry.DayOf(x.sched.Now())
		s := telemetry.Stream{Shard: shard, Day: day, Writer: "a"}
		for _, err := range []error{west.Init(ctx, alone), west.Prepare(ctx, day), west.Register(ctx, shard, day)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := west.Append(ctx, journal.Append{At: telemetry.Position{Stream: s, Number: 1}, Stamp: 1,
			Block: []byte("b")})
		if err != nil {
			t.Fatal(err)
		}
		j := x.from("east", "west")
		if err := x.init(ctx, j); err != nil {
			t.Fatal(err)
		}
		x.says(ctx, "joined", "g1 with w, unfilled", "w with g1")
		if filled, err := j.Fill(ctx, x.sched); err != nil || !filled {
			t.Errorf("filled: %v, %v", filled, err)
		}
		x.says(ctx, "filled", "g1 with w", "w with g1")
		for e, err := range x.at["east"].Read(ctx, s, 0) {
			if err != nil || string(e.Block) != "b" {
				t.Errorf("%+v, %v", e, err)
			}
			return
		}
		t.Error("the block is not in the east")
	})
}

// TestNoPair refuses journals that cannot be one, and leaves them as they are.
func TestNoPair(t *testing.T) {
	east, west := journal.Place{Region: "east", Generation: "e"}, journal.Place{Region: "west", Generation: "w"}
	with := func(p journal.Place, generation string) journal.Place {
		p.Peer = journal.Peer{Region: map[string]string{"east": "west", "west": "east"}[p.Region],
			Generation: generation}
		return p
	}
	long := with(east, "w")
	long.Bound = 5 * journal.DefaultBound
	for says, places := range map[string][2]journal.Place{
		"used without one another":  {east, west},
		"are two of them exchanged": {west, east},
		"it was emptied":            {with(east, "w"), {}},
		"belongs with generation x": {with(east, "x"), with(west, "e")},
		"and the one that is named": {with(east, "x"), west},
		"with the bounds":           {long, with(west, "e")},
		"with --accept-bound 10m":   {func() journal.Place { p := long; p.Peer = journal.Peer{}; return p }(), {}},
	} {
		onTwo(t, 1, func(ctx context.Context, x *two) {
			for i, at := range []string{"east", "west"} {
				if places[i].Generation == "" {
					continue
				}
				if err := x.at[at].Init(ctx, places[i]); err != nil {
					t.Fatal(err)
				}
			}
			before := x.is(ctx, "east") + x.is(ctx, "west")
			for _, j := range []Joining{x.from("east", "west"), x.from("west", "east")} {
				if err := x.init(ctx, j); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), says) {
					t.Errorf("%q: %v", says, err)
				}
			}
			if after := x.is(ctx, "east") + x.is(ctx, "west"); after != before {
				t.Errorf("%q: %s has become %s", says, before, after)
			}
		})
	}
}

// TestJoiningCutShort has inits of both regions end at any call, whether it was carried out or not, and run at once:
// whoever comes last makes a pair, and no generation that was told is another afterwards.
func TestJoiningCutShort(t *testing.T) {
	cut := 0
	for seed := uint64(1); seed <= 300; seed++ {
		onTwo(t, seed, func(ctx context.Context, x *two) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			fails := true
			for _, j := range x.at {
				j.SetFault(func(string) memory.Fault {
					if n := rnd.IntN(12); fails && n < 3 {
						return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost}[n]
					}
					return memory.FaultNone
				})
			}
			done := x.sched.NewEvent()
			left := 4
			for i := range left {
				near, far := "east", "west"
				if i%2 == 1 {
					near, far = far, near
				}
				x.sched.Go("init", func() {
					if x.init(ctx, x.from(near, far)) != nil {
						cut++
					}
					if left--; left == 0 {
						done.Set()
					}
				})
			}
			_ = done.Wait(ctx)
			fails = false
			told := [2]string{x.is(ctx, "east"), x.is(ctx, "west")}
			if err := x.init(ctx, x.from("west", "east")); err != nil {
				t.Fatalf("seed %d: %v, after %q", seed, err, told)
			}
			e, _ := x.at["east"].Identity(ctx)
			w, _ := x.at["west"].Identity(ctx)
			if e.Peer.Generation != w.Generation || w.Peer.Generation != e.Generation || e.Unfilled || !w.Unfilled {
				t.Errorf("seed %d: east %+v, west %+v", seed, e, w)
			}
			for i, p := range []journal.Place{e, w} {
				if told[i] != "" && !strings.HasPrefix(told[i], p.Generation+" with") {
					t.Errorf("seed %d: %s has become generation %s", seed, told[i], p.Generation)
				}
			}
		})
	}
	t.Logf("%d of 1200 inits were cut short", cut)
	if cut < 300 {
		t.Error("the test proves little")
	}
}
