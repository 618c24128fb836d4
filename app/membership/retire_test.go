package membership

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/loss"
	"tidemark/domain/region"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// written is a pair whose west has the blocks 1 and 4 of a stream, of which 2 and 3 were in the east alone and 2 is
// known to have been acknowledged; a minute ago.
func (x *two) written(ctx context.Context) telemetry.Stream {
	x.Helper()
	x.must(x.init(ctx, x.from("west", "east")))
	_, err := x.from("west", "east").Fill(ctx, x.sched)
	x.must(err)
	s := telemetry.Stream{Shard: telemetry.Shard{Tenant: "t"}, Day: telemetry.DayOf(x.sched.Now()), Writer: "a"}
	for at, numbers := range map[string][]telemetry.Number{"east": {1, 2, 3}, "west": {1, 4}} {
		x.must(x.at[at].Prepare(ctx, s.Day))
		x.must(x.at[at].Register(ctx, s.Shard, s.Day))
		for _, n := range numbers {
			b := &telemetry.Block{At: telemetry.Position{Stream: s, Number: n}, Acked: (n - 1) * 2 / 3,
				Stamp: telemetry.StampAt(x.sched.Now())}
			p, err := blockcodec.Encode(nil, b)
			x.must(err)
			_, err = x.at[at].Append(ctx, journal.Append{At: b.At, Stamp: b.Stamp, Block: p})
			x.must(err)
		}
	}
	x.must(x.sched.Sleep(ctx, sweep.DefaultIdle))
	return s
}

func (x *two) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// loses has a journal not answer any more.
func (x *two) loses(at string) {
	x.at[at].SetFault(func(string) memory.Fault { return memory.FaultFail })
}

// retiring is how somebody in the west gives the east up.
func (x *two) retiring() Retiring {
	j := x.from("west", "east")
	return Retiring{Survivor: j.Sites[0], Peer: j.Sites[1], Sched: x.sched}
}

// kept takes a certificate.
func kept(into *[]loss.Certificate) func(loss.Certificate) error {
	return func(c loss.Certificate) error {
		*into = append(*into, c)
		return nil
	}
}

// refuses has a retirement be refused, by advice and by the act, and change nothing.
func (x *two) refuses(ctx context.Context, r Retiring, says string) {
	x.Helper()
	before := x.is(ctx, "east") + x.is(ctx, "west")
	_, advised := r.Look(ctx)
	var certificates []loss.Certificate
	_, done := r.Do(ctx, kept(&certificates))
	for _, err := range []error{advised, done} {
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), says) || len(certificates) > 0 {
			x.Errorf("%v, want %q; %d certificates", err, says, len(certificates))
		}
	}
	if after := x.is(ctx, "east") + x.is(ctx, "west"); after != before {
		x.Errorf("%s has become %s", before, after)
	}
}

// TestAJournalIsRetired with a certificate; the one that survives goes on alone, and its sweeper closes what is lost.
// The retired one is refused, a new one joins.
func TestAJournalIsRetired(t *testing.T) {
	onTwo(t, 1, func(ctx context.Context, x *two) {
		s := x.written(ctx)
		x.refuses(ctx, x.retiring(), "the journal of region east answers")
		old := x.at["east"]
		x.loses("east")
		would, err := x.retiring().Look(ctx)
		x.must(err)
		if st, err := x.at["west"].State(ctx, s); err != nil || st.HasEnded() ||
			would.Certificate.Totals != (loss.Totals{
				Streams: 1, Lost: 1, Unknown: 1, Open: 1}) {
			t.Errorf("looked: %+v, %v, %+v", st, err, would.Certificate.Totals)
		}
		var certificates []loss.Certificate
		done, err := x.retiring().Do(ctx, kept(&certificates))
		x.must(err)
		if len(certificates) != 1 || certificates[0].Totals != would.Certificate.Totals ||
			done.Place.Retired[0].Region != "east" {
			t.Fatalf("%+v, %+v", done, certificates)
		}
		x.says(ctx, "retired", "", "g2 with ")
		again, err := x.retiring().Do(ctx, kept(&certificates))
		if err != nil || !again.Before || len(certificates) != 1 {
			t.Errorf("again: %+v, %v", again, err)
		}
		x.must(x.sched.Sleep(ctx, time.Minute))
		swept, err := sweep.New(x.at["west"], x.at["west"], 0).Sweep(ctx)
		if err != nil || swept.Voided != 2 || swept.Sealed != 1 {
			t.Errorf("%+v, %v", swept, err)
		}
		old.SetFault(nil)
		x.refusesOld(ctx)
		x.at["east"] = memory.NewJournal(x.sched)
		x.joins(ctx)
	})
}

// refusesOld has the retired journal be refused from wherever, by name.
func (x *two) refusesOld(ctx context.Context) {
	x.Helper()
	for _, j := range []Joining{x.from("west", "east"), x.from("east", "west")} {
		if err := x.init(ctx, j); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "was retired at "+
			"2026-01-01T") {
			x.Errorf("the retired one: %v", err)
		}
	}
	places := [2]*journal.Place{}
	for i, at := range []string{"west", "east"} {
		p, err := x.at[at].Identity(ctx)
		x.must(err)
		places[i] = &p
	}
	err := continuity.CheckPair([2]region.Name{"west", "east"}, places)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "was retired at") {
		x.Errorf("a node: %v", err)
	}
}

// joins has a new journal join, from its own region, be filled, and know what was retired.
func (x *two) joins(ctx context.Context) {
	x.Helper()
	j := x.from("east", "west")
	x.must(x.init(ctx, j))
	if filled, err := j.Fill(ctx, x.sched); err != nil || !filled {
		x.Errorf("filled: %v, %v", filled, err)
	}
	e, err := x.at["east"].Identity(ctx)
	x.must(err)
	w, err := x.at["west"].Identity(ctx)
	x.must(err)
	if e.Peer.Generation != w.Generation || w.Peer.Generation != e.Generation || e.Unfilled || len(e.Retired) != 1 ||
		len(w.Retired) != 1 {
		x.Errorf("east %+v, west %+v", e, w)
	}
	for i := range telemetry.Number(2) { // 1 and 4 were copied, 2 and 3 are voids
		s := telemetry.Stream{Shard: telemetry.Shard{Tenant: "t"}, Day: telemetry.DayOf(x.sched.Now()), Writer: "a"}
		held := 0
		for _, err := range x.at[[]string{"east", "west"}[i]].Read(ctx, s, 0) {
			x.must(err)
			held++
		}
		if held != 4 {
			x.Errorf("%d numbers of 4", held)
		}
	}
}

// TestANewJournalJoinsBeforeASweep has the pair close what was lost with the retired journal.
func TestANewJournalJoinsBeforeASweep(t *testing.T) {
	onTwo(t, 1, func(ctx context.Context, x *two) {
		x.written(ctx)
		x.loses("east")
		_, err := x.retiring().Do(ctx, kept(new([]loss.Certificate)))
		x.must(err)
		x.at["east"] = memory.NewJournal(x.sched)
		x.joins(ctx)
	})
}

// denied is a journal whose storage refuses whoever asks.
type denied struct{ journal.Journal }

func (denied) Identity(context.Context) (journal.Place, error) {
	return journal.Place{}, fault.New(fault.Unavailable, "journal.identity", "the key is wrong")
}

// TestNothingIsRetired that must not be.
func TestNothingIsRetired(t *testing.T) {
	for says, order := range map[string]func(ctx context.Context, x *two) Retiring{
		"has not had everything": func(ctx context.Context, x *two) Retiring {
			p, err := x.at["west"].Identity(ctx)
			x.must(err)
			to := p.Whole()
			to.Unfilled = true
			x.must(x.at["west"].Change(ctx, p, to))
			return x.retiring()
		},
		"belongs with one of region": func(_ context.Context, x *two) Retiring {
			r := x.retiring()
			r.Peer.Region = "north"
			return r
		},
		"are two of them exchanged": func(_ context.Context, x *two) Retiring {
			r := x.retiring()
			r.Survivor.Region = "north"
			return r
		},
		"name the account that has that": func(ctx context.Context, x *two) Retiring {
			x.at["east"] = memory.NewJournal(x.sched)
			x.must(x.at["east"].Init(ctx, journal.Place{Region: "east", Generation: "other"}))
			return x.retiring()
		},
		"there is nothing to retire": func(ctx context.Context, x *two) Retiring {
			x.at["west"] = memory.NewJournal(x.sched)
			x.must(x.at["west"].Init(ctx, journal.Place{Region: "west", Generation: "other"}))
			return x.retiring()
		},
	} {
		onTwo(t, 1, func(ctx context.Context, x *two) {
			x.written(ctx)
			x.loses("east")
			x.refuses(ctx, order(ctx, x), says)
		})
	}
	onTwo(t, 1, func(ctx context.Context, x *two) { // a key that is refused is an answer, too
		x.written(ctx)
		r := x.retiring()
		r.Peer.Journal = denied{r.Peer.Journal}
		r.Answered = func(err error) bool { return strings.Contains(err.Error(), "the key is wrong") }
		x.refuses(ctx, r, "answers, with an error")
		r.EvenIfItAnswers = true
		_, err := r.Do(ctx, kept(new([]loss.Certificate)))
		x.must(err)
	})
	onTwo(t, 1, func(ctx context.Context, x *two) { // while somebody writes
		s := x.written(ctx)
		x.loses("east")
		_, err := x.at["west"].Append(ctx, journal.Append{At: telemetry.Position{Stream: s, Number: 5},
			Block: []byte("b")})
		x.must(err)
		_, err = x.retiring().Do(ctx, kept(new([]loss.Certificate)))
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "stop every node") {
			t.Errorf("%v", err)
		}
		x.says(ctx, "while somebody writes", "", "g2 with g1")
	})
}

// TestRetiringCutShort ends it at any call, carried out or not: a certificate is kept before the journal is retired,
// and run again it comes to its end.
func TestRetiringCutShort(t *testing.T) {
	cut := 0
	for seed := uint64(1); seed <= 200; seed++ {
		onTwo(t, seed, func(ctx context.Context, x *two) {
			x.written(ctx)
			x.loses("east")
			rnd := rand.New(rand.NewPCG(seed, 0))
			x.at["west"].SetFault(func(string) memory.Fault {
				if n := rnd.IntN(20); n < 3 {
					return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost}[n]
				}
				return memory.FaultNone
			})
			var certificates []loss.Certificate
			if _, err := x.retiring().Do(ctx, kept(&certificates)); err != nil {
				cut++
			}
			x.at["west"].SetFault(nil)
			place, err := x.at["west"].Identity(ctx)
			x.must(err)
			if len(place.Retired) > 0 && len(certificates) == 0 {
				t.Errorf("seed %d: it is retired without a certificate", seed)
			}
			done, err := x.retiring().Do(ctx, kept(&certificates))
			if err != nil || len(done.Place.Retired) != 1 || done.Place.Peer != (journal.Peer{}) ||
				len(certificates) == 0 {
				t.Errorf("seed %d: %+v, %v", seed, done, err)
			}
		})
	}
	t.Logf("%d of 200 were cut short", cut)
	if cut < 50 {
		t.Error("the test proves little")
	}
}

// TestAStampThatIsAheadIsWaitedFor: by its time a stream is known to be of before the retirement. Far ahead, it is
// told.
func TestAStampThatIsAheadIsWaitedFor(t *testing.T) {
	for by, refused := range map[time.Duration]bool{quiet + 3*time.Second: false, quiet + time.Minute: true} {
		onTwo(t, 1, func(ctx context.Context, x *two) {
			s := x.written(ctx)
			x.loses("east")
			stamp := x.sched.Now().Add(by)
			at := telemetry.Position{Stream: s, Number: 5}
			p, err := blockcodec.Encode(nil, &telemetry.Block{At: at, Stamp: telemetry.StampAt(stamp)})
			x.must(err)
			_, err = x.at["west"].Append(ctx, journal.Append{At: at, Stamp: telemetry.StampAt(stamp), Block: p})
			x.must(err)
			x.must(x.sched.Sleep(ctx, quiet))
			done, err := x.retiring().Do(ctx, kept(new([]loss.Certificate)))
			if refused {
				if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "again after that time") {
					t.Errorf("%v", err)
				}
				return
			}
			x.must(err)
			if retired := done.Place.Retired[0].At; !retired.After(stamp) {
				t.Errorf("retired at %v, and a block is stamped %v", retired, stamp)
			}
		})
	}
}
