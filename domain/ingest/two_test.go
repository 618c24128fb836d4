package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/region"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// site is the journal of a region that can be far away, hang and refuse.
type site struct {
	*memory.Journal
	s       sched.Scheduler
	name    region.Name
	away    time.Duration // each way
	hangs   bool          // nothing comes back
	refuses bool
	mute    bool // it does not tell its clock
	loses   bool // the next answer to an append, which it carries out; then it takes none any more
	wrong   bool // it takes no append, as if there were something wrong with each
	under   int  // appends under way
	most    int  // of these, ever
}

// call is the way to the journal.
func (s *site) call(ctx context.Context, op string) error {
	if err := s.s.Sleep(ctx, s.away); err != nil {
		return fault.Wrap(fault.Indeterminate, op, err)
	}
	switch {
	case s.refuses:
		return fault.New(fault.Unavailable, op, "connection refused")
	case s.hangs:
		return fault.Wrap(fault.Indeterminate, op, s.s.Sleep(ctx, time.Hour))
	}
	return nil
}

func (s *site) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	s.under++
	s.most = max(s.most, s.under)
	defer func() { s.under-- }()
	if err := s.call(ctx, "journal.append"); err != nil {
		return journal.Stored{}, err
	}
	if s.wrong {
		return journal.Stored{}, fault.New(fault.Invalid, "journal.append", "the block is wrong")
	}
	stored, err := s.Journal.Append(ctx, a)
	if s.loses {
		s.loses, s.wrong = false, true
		return journal.Stored{}, fault.New(fault.Indeterminate, "journal.append", "the answer was lost")
	}
	if slept := s.s.Sleep(ctx, s.away); slept != nil {
		return journal.Stored{}, fault.Wrap(fault.Indeterminate, "journal.append", slept)
	}
	return stored, err
}

func (s *site) End(ctx context.Context, of telemetry.Stream) (journal.State, error) {
	if err := s.call(ctx, "journal.end"); err != nil {
		return journal.State{}, err
	}
	return s.Journal.End(ctx, of)
}

func (s *site) Now(ctx context.Context) (time.Time, error) {
	if err := s.call(ctx, "journal.now"); err != nil || s.mute {
		return time.Time{}, err
	}
	return s.Journal.Now(ctx)
}

func (s *site) Prepare(ctx context.Context, day telemetry.Day) error {
	if err := s.call(ctx, "journal.prepare"); err != nil {
		return err
	}
	return s.Journal.Prepare(ctx, day)
}

func (s *site) Register(ctx context.Context, of telemetry.Shard, day telemetry.Day) error {
	if err := s.call(ctx, "journal.register"); err != nil {
		return err
	}
	return s.Journal.Register(ctx, of, day)
}

// blocks is what the journal holds, by position.
func (s *site) blocks(ctx context.Context, t *testing.T) map[telemetry.Position]*telemetry.Block {
	t.Helper()
	out := map[telemetry.Position]*telemetry.Block{}
	for d := telemetry.DayOf(s.s.Now()) - 1; d <= telemetry.DayOf(s.s.Now())+1; d++ {
		idx, err := s.Index(ctx, telemetry.Shard{Tenant: "t"}, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range idx.Streams {
			for e, err := range s.Read(ctx, st.Stream, st.Mark) {
				if err != nil {
					t.Fatal(err)
				}
				b, err := blockcodec.Decode(e.Block)
				if err != nil {
					t.Fatal(err)
				}
				out[b.At] = b
			}
		}
	}
	return out
}

// pair is a service over two journals on virtual time.
type pair struct {
	*testing.T
	sched      *memory.Sched
	east, west *site
	svc        *ingest.Service
	down       map[region.Name]bool // known not to answer
	unpaired   bool
	fenced     int
	told       []told
	appended   map[region.Name]int // blocks
}

// told is what an observer heard of a request that was accepted.
type told struct {
	readings int
	receipt  ingest.Receipt
}

func inTwo(t *testing.T, seed uint64, cfg ingest.Config, body func(ctx context.Context, p *pair)) {
	t.Helper()
	p := &pair{T: t, sched: memory.NewSched(seed), down: map[region.Name]bool{}, appended: map[region.Name]int{}}
	at := func(name region.Name) *site {
		return &site{Journal: memory.NewJournal(p.sched, memory.WithResolution(time.Second)), s: p.sched, name: name}
	}
	p.east, p.west = at("east"), at("west")
	writers := 0
	p.svc = ingest.New(cfg, ingest.Sites{
		All: []journal.Site{{Region: "east", Journal: p.east, Directory: p.east},
			{Region: "west", Journal: p.west, Directory: p.west}},
		Up:     func(r region.Name) bool { return !p.down[r] },
		Paired: func() bool { return !p.unpaired },
	}, p.sched, func() telemetry.Writer {
		writers++
		return telemetry.Writer(fmt.Sprintf("%026d", writers))
	}, nil, ingest.Observer{Fenced: func() { p.fenced++ },
		Appended:     func(in region.Name, _, _ int, _ time.Duration) { p.appended[in]++ },
		Acknowledged: func(_ telemetry.Tenant, n int, r ingest.Receipt) { p.told = append(p.told, told{n, r}) }})
	if err := p.sched.Run(func() { body(context.Background(), p) }); err != nil {
		t.Fatal(err)
	}
}

// write writes a value, and gives how long it took.
func (p *pair) write(ctx context.Context, value float64, require telemetry.Durability) (ingest.Receipt, time.Duration,
	error) {
	began := p.sched.Now()
	var b telemetry.Batch
	b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: "m"}, ""), int64(value), value)
	r, err := p.svc.Write(ctx, "t", &b, ingest.Options{Require: require})
	return r, p.sched.Now().Sub(began), err
}

// reaches writes a value that has to reach just that, within a time.
func (p *pair) reaches(ctx context.Context, value float64, within time.Duration, want telemetry.Durability,
	regions ...region.Name) ingest.Receipt {
	p.Helper()
	r, took, err := p.write(ctx, value, 0)
	if err != nil || r.Durability != want || !slices.Equal(r.Regions, regions) || took > within {
		p.Fatalf("value %v: %v, %v in %v after %v; want %v in %v", value, err, r.Durability, r.Regions, took, want,
			regions)
	}
	return r
}

const (
	none = telemetry.DurableNone
	one  = telemetry.DurableOne
	both = telemetry.DurableBoth
)

func TestBothJournalsHaveWhatIsAcknowledgedBoth(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		p.west.away = 30 * time.Millisecond
		p.reaches(ctx, 1, 400*time.Millisecond, both, "east", "west")
		p.reaches(ctx, 2, 80*time.Millisecond, both, "east", "west")
		r := p.reaches(ctx, 3, 80*time.Millisecond, both, "east", "west")
		east, west := p.east.blocks(ctx, t), p.west.blocks(ctx, t)
		if len(east) != 3 || len(west) != 3 {
			t.Fatalf("%d blocks in the east, %d in the west", len(east), len(west))
		}
		if b := west[r.Blocks[0]]; b.Whole != 2 || b.Acked != 2 || b.Stamp != r.Stamp {
			t.Errorf("the last block says whole to %d, acknowledged to %d, stamp %v; the receipt %v", b.Whole, b.Acked,
				b.Stamp, r.Stamp)
		}
	})
}

func TestAJournalThatIsAwayIsNotWaitedForLong(t *testing.T) {
	for name, trouble := range map[string]func(*site){
		"hangs": func(s *site) { s.hangs = true }, "refuses": func(s *site) { s.refuses = true },
	} {
		for _, far := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, the far one %v", name, far), func(t *testing.T) {
				inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
					p.reaches(ctx, 1, 100*time.Millisecond, both, "east", "west")
					away, left := p.west, p.east
					if !far {
						away, left = p.east, p.west
					}
					trouble(away)
					for i := range 10 {
						p.reaches(ctx, float64(i+2), 1100*time.Millisecond, one, left.name)
					}
					p.down[away.name] = true
					for i := range 10 {
						p.reaches(ctx, float64(i+12), 10*time.Millisecond, one, left.name)
					}
					away.hangs, away.refuses, p.down = false, false, nil
					_ = p.sched.Sleep(ctx, 2*time.Second)
					p.reaches(ctx, 22, 100*time.Millisecond, both, "east", "west")
					if n := len(left.blocks(ctx, t)); n != 22 {
						t.Errorf("%d blocks of 22 in the journal that was there", n)
					}
				})
			})
		}
	}
}

// TestAJournalThatIsLostIsNotWaitedForAnyMore: a block that waits for it is answered when it is known to be lost.
func TestAJournalThatIsLostIsNotWaitedForAnyMore(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		p.reaches(ctx, 1, 100*time.Millisecond, both, "east", "west")
		p.west.hangs = true
		p.sched.AfterFunc(300*time.Millisecond, func() {
			p.down["west"] = true
			p.svc.Lost()
		})
		p.reaches(ctx, 2, 310*time.Millisecond, one, "east")
	})
}

// TestAStreamIsBornWhereItCan begins while one journal is away, the near one too, from the first look at a clock on.
func TestAStreamIsBornWhereItCan(t *testing.T) {
	for _, away := range []region.Name{"east", "west"} {
		t.Run(string(away), func(t *testing.T) {
			inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
				gone, left := p.east, p.west
				if away == "west" {
					gone, left = left, gone
				}
				gone.hangs = true
				p.reaches(ctx, 1, 2200*time.Millisecond, one, left.name)
				p.reaches(ctx, 2, 1100*time.Millisecond, one, left.name)
				gone.hangs = false
				_ = p.sched.Sleep(ctx, 6*time.Second) // a birth has five
				p.reaches(ctx, 3, 100*time.Millisecond, both, "east", "west")
			})
		})
	}
}

func TestRequireBoth(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		if r, _, err := p.write(ctx, 1, both); err != nil || r.Durability != both {
			t.Fatalf("%v, %v", r.Durability, err)
		}
		p.west.hangs = true
		r, took, err := p.write(ctx, 2, both)
		if !fault.Is(err, fault.Indeterminate) || !strings.Contains(fault.Message(err), `region "east"`) ||
			!slices.Equal(r.Regions, []region.Name{"east"}) || took > 1100*time.Millisecond {
			t.Errorf("while west hangs: %v after %v, in %v", err, took, r.Regions)
		}
		for name, exposed := range map[string]func(bool){
			`region "west"`:   func(is bool) { p.down["west"] = is },
			"belong together": func(is bool) { p.unpaired = is },
		} {
			exposed(true)
			before := len(p.east.blocks(ctx, t))
			_, took, err = p.write(ctx, 3, both)
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), name) || took > 0 {
				t.Errorf("%s: %v after %v", name, err, took)
			}
			if n := len(p.east.blocks(ctx, t)); n != before {
				t.Errorf("%s: %d blocks where there were %d", name, n, before)
			}
			exposed(false)
		}
	})
}

// TestWhatIsNotPairedIsOne has both journals answer, and nobody has read of late that they belong together.
func TestWhatIsNotPairedIsOne(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		p.unpaired = true
		p.reaches(ctx, 1, time.Second, one, "east", "west")
	})
}

// TestRequireOne is answered at the first journal; those in the same block who want more wait for the other.
func TestRequireOne(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		p.west.away = 100 * time.Millisecond
		p.reaches(ctx, 1, time.Second, both, "east", "west")
		left := 2
		for _, require := range []telemetry.Durability{one, none} {
			p.sched.Go("client", func() {
				r, took, err := p.write(ctx, 2, require)
				if want := max(require*2, both) - require; err != nil || r.Durability != want {
					t.Errorf("require %v: %v, %v", require, r.Durability, err)
				}
				if quick := took < 50*time.Millisecond; quick != (require == one) {
					t.Errorf("require %v took %v", require, took)
				}
				left--
			})
		}
		for left > 0 {
			_ = p.sched.Sleep(ctx, 10*time.Millisecond)
		}
		if east, west := len(p.east.blocks(ctx, t)), len(p.west.blocks(ctx, t)); east != 2 || west != 2 {
			t.Errorf("%d blocks in the east, %d in the west, of two", east, west)
		}
	})
}

// TestWhatIsAcknowledgedIsToldOnce, with what it reached and by when the journals that have it had stored it: not by
// its stamp, which is older by the whole way of an append.
func TestWhatIsAcknowledgedIsToldOnce(t *testing.T) {
	inTwo(t, 1, ingest.Config{AppendTimeout: 10 * time.Second}, func(ctx context.Context, p *pair) {
		p.west.away = 1200 * time.Millisecond
		want := func(durability telemetry.Durability, stored time.Time) {
			t.Helper()
			n := len(p.told)
			if n == 0 {
				t.Fatal("nothing is told")
			}
			got := p.told[n-1]
			// the journals' clocks are cut to seconds
			if got.readings != 1 || got.receipt.Durability != durability || got.receipt.By.After(stored) ||
				stored.Sub(got.receipt.By) >= time.Second {
				t.Errorf("told of %d readings %v by %v, want %v by %v", got.readings, got.receipt.Durability,
					got.receipt.By, durability, stored)
			}
		}
		p.reaches(ctx, 1, 5*time.Second, one, "east")
		_ = p.sched.Sleep(ctx, 10*time.Second) // the stream is born in the west too
		p.west.away = 400 * time.Millisecond
		p.reaches(ctx, 2, time.Second, both, "east", "west")
		want(both, p.sched.Now().Add(-p.west.away))
		p.down["east"], p.east.hangs, p.west.away = true, true, 2200*time.Millisecond
		began := p.sched.Now()
		p.reaches(ctx, 3, 5*time.Second, one, "west")
		want(one, began.Add(p.west.away))
		if p.appended["east"] != 2 || p.appended["west"] != 3 {
			t.Errorf("told of appends: %v", p.appended)
		}
		p.west.refuses = true
		if _, _, err := p.write(ctx, 4, 0); err == nil {
			t.Error("it is acknowledged by nobody")
		}
		if len(p.told) != 3 {
			t.Errorf("%d acknowledgements are told of three: %+v", len(p.told), p.told)
		}
	})
}

// TestTheLaterOfTwoClocksCounts: a block of which nobody knows whether both journals have it was stored by the later
// time that they told, also if that came first.
func TestTheLaterOfTwoClocksCounts(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		const ahead = 10 * time.Second
		p.west.Journal = memory.NewJournal(p.sched, memory.WithSkew(ahead))
		p.unpaired, p.east.away = true, 300*time.Millisecond
		p.reaches(ctx, 1, 5*time.Second, one, "west") // a birth is several calls
		_ = p.sched.Sleep(ctx, 5*time.Second)
		began := p.sched.Now()
		if r := p.reaches(ctx, 2, 5*time.Second, one, "east", "west"); r.By.Before(began.Add(ahead)) {
			t.Errorf("it was stored by %v, in the west at %v or after", r.By, began.Add(ahead))
		}
	})
}

// TestTrailingAppendsAreBounded writes fast, content with one, while the other journal hangs.
func TestTrailingAppendsAreBounded(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		p.reaches(ctx, 1, time.Second, both, "east", "west")
		p.west.hangs = true
		for i := range 100 {
			if r, took, err := p.write(ctx, float64(i), one); err != nil || took > 10*time.Millisecond {
				t.Fatalf("%v after %v: %v", r.Durability, took, err)
			}
		}
		if p.west.most > 10 {
			t.Errorf("%d appends under way at the journal that hangs", p.west.most)
		}
	})
}

// TestAnEndInOneJournalFences lets somebody end the stream in one journal: nothing of it is acknowledged any more, and
// what was sent goes again in another, with its stamp.
func TestAnEndInOneJournalFences(t *testing.T) {
	for _, at := range []string{"east", "west"} {
		t.Run(at, func(t *testing.T) {
			inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
				first := p.reaches(ctx, 1, time.Second, both, "east", "west")
				ends := p.east
				if at == "west" {
					ends = p.west
				}
				if _, err := ends.Journal.End(ctx, first.Blocks[0].Stream); err != nil {
					t.Fatal(err)
				}
				second := p.reaches(ctx, 2, time.Second, both, "east", "west")
				if second.Blocks[0].Stream == first.Blocks[0].Stream || p.fenced != 1 {
					t.Errorf("%v after %v, fenced %d times", second.Blocks, first.Blocks, p.fenced)
				}
			})
		})
	}
}

// TestAnEndThatIsHeardOfLateFences has a journal that is known to be away, so that no block waits for it, say that
// somebody has ended the stream, of a block that was answered long ago: nothing more of that stream is acknowledged.
func TestAnEndThatIsHeardOfLateFences(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		first := p.reaches(ctx, 1, time.Second, both, "east", "west")
		if _, err := p.west.Journal.End(ctx, first.Blocks[0].Stream); err != nil {
			t.Fatal(err)
		}
		p.down["west"], p.west.away = true, 10*time.Millisecond
		second := p.reaches(ctx, 2, 5*time.Millisecond, one, "east")
		_ = p.sched.Sleep(ctx, time.Second)
		third := p.reaches(ctx, 3, time.Second, one, "east")
		if s := first.Blocks[0].Stream; second.Blocks[0].Stream != s || third.Blocks[0].Stream == s || p.fenced != 1 {
			t.Errorf("%v, %v, %v, fenced %d times", first.Blocks, second.Blocks, third.Blocks, p.fenced)
		}
	})
}

// TestWhatOneJournalMayHaveIsNotRefused lets one journal store a block, and its answer be lost; then both take it no
// more, the other one last. And it lets a stream end in one journal when the other has stored its block: sent again,
// it is taken by neither.
func TestWhatOneJournalMayHaveIsNotRefused(t *testing.T) {
	for what, trouble := range map[string]func(p *pair, of telemetry.Stream) error{
		"an answer is lost": func(p *pair, _ telemetry.Stream) error {
			p.east.loses, p.west.wrong, p.west.away = true, true, 100*time.Millisecond
			return nil
		},
		"a stream ends": func(p *pair, of telemetry.Stream) error {
			p.west.away = 50 * time.Millisecond
			p.sched.AfterFunc(20*time.Millisecond, func() { p.east.wrong = true })
			p.sched.AfterFunc(60*time.Millisecond, func() { p.west.wrong = true })
			_, err := p.west.Journal.End(context.Background(), of)
			return err
		},
	} {
		inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
			first := p.reaches(ctx, 1, time.Second, both, "east", "west")
			if err := trouble(p, first.Blocks[0].Stream); err != nil {
				t.Fatal(err)
			}
			_, _, err := p.write(ctx, 2, 0)
			if held := len(p.east.blocks(ctx, t)); held != 2 || !fault.Is(err, fault.Indeterminate) {
				t.Errorf("%s: %d blocks in the east, and the writer is told %v", what, held, err)
			}
		})
	}
}

// TestIdleStreamsOfTwoJournals are ended and sealed in both; while one is away they stay open.
func TestIdleStreamsOfTwoJournals(t *testing.T) {
	inTwo(t, 1, ingest.Config{Idle: 5 * time.Second}, func(ctx context.Context, p *pair) {
		lives := func() (out []stream.Life) {
			for _, s := range []*site{p.east, p.west} {
				idx, err := s.Index(ctx, telemetry.Shard{Tenant: "t"}, telemetry.DayOf(p.sched.Now()))
				if err != nil {
					t.Fatal(err)
				}
				for _, st := range idx.Streams {
					out = append(out, st.Life)
				}
			}
			return out
		}
		p.reaches(ctx, 1, time.Second, both, "east", "west")
		p.down["west"] = true
		_ = p.sched.Sleep(ctx, 30*time.Second)
		if got := lives(); !slices.Equal(got, []stream.Life{stream.Open, stream.Open}) {
			t.Errorf("while west is away: %v", got)
		}
		p.down = nil
		_ = p.sched.Sleep(ctx, 10*time.Second)
		if got := lives(); !slices.Equal(got, []stream.Life{stream.Sealed, stream.Sealed}) {
			t.Errorf("afterwards: %v", got)
		}
	})
}

// TestAStreamThatAJournalLacksIsNotSealed ends a stream of which one journal did not get everything.
func TestAStreamThatAJournalLacksIsNotSealed(t *testing.T) {
	inTwo(t, 1, ingest.Config{Idle: 5 * time.Second}, func(ctx context.Context, p *pair) {
		p.reaches(ctx, 1, time.Second, both, "east", "west")
		p.west.refuses = true
		p.reaches(ctx, 2, 1100*time.Millisecond, one, "east")
		p.west.refuses = false
		_ = p.sched.Sleep(ctx, 10*time.Second)
		for _, s := range []*site{p.east, p.west} {
			idx, _ := s.Index(ctx, telemetry.Shard{Tenant: "t"}, telemetry.DayOf(p.sched.Now()))
			if len(idx.Streams) != 1 || idx.Streams[0].Life != stream.Ended {
				t.Errorf("%s: %+v", s.name, idx.Streams)
			}
		}
	})
}

// TestTheEarlierClockCounts has two storages whose clocks are apart: blocks are stamped by the one that is behind, also
// when only the other was heard at first.
func TestTheEarlierClockCounts(t *testing.T) {
	inTwo(t, 1, ingest.Config{}, func(ctx context.Context, p *pair) {
		p.east.SetSkew(5 * time.Second)
		p.west.mute = true
		ahead := func(r ingest.Receipt) time.Duration { return r.Stamp.Time().Sub(p.sched.Now()) }
		if got := ahead(p.reaches(ctx, 1, time.Second, both, "east", "west")); got < 3*time.Second {
			t.Errorf("heard of the east alone a stamp is %v ahead", got)
		}
		_ = p.sched.Sleep(ctx, 10*time.Second) // stamps do not go back
		if got := ahead(p.reaches(ctx, 2, time.Second, both, "east", "west")); got > 10*time.Millisecond ||
			got < -time.Second {
			t.Errorf("a stamp is %v ahead of the clock that is behind", got)
		}
	})
}

// TestTwoJournalsInTrouble lets journals come and go at random under load, ends streams under the writer, and holds:
// what was acknowledged is in the journals that were named, with its stamp, and both is said of two.
func TestTwoJournalsInTrouble(t *testing.T) {
	for seed := uint64(1); seed <= 60; seed++ {
		cfg := ingest.Config{Idle: 5 * time.Second, Bound: 30 * time.Second}
		inTwo(t, seed, cfg, func(ctx context.Context, p *pair) {
			rng := rand.New(rand.NewPCG(seed, 2))
			p.west.away = time.Duration(rng.IntN(50)) * time.Millisecond
			type acked struct {
				value float64
				ingest.Receipt
			}
			var all []acked
			left, over := 4, false
			for c := range left {
				p.sched.Go("client", func() {
					for i := 0; i < 40; i++ {
						v := float64(c*1000 + i)
						r, took, err := p.write(ctx, v, telemetry.Durability(rng.IntN(3)))
						if err == nil {
							all = append(all, acked{v, r})
						}
						if took > 12*time.Second {
							t.Errorf("seed %d: an answer took %v", seed, took)
						}
						_ = p.sched.Sleep(ctx, time.Duration(rng.IntN(300))*time.Millisecond)
					}
					left--
				})
			}
			p.sched.Go("trouble", func() {
				for !over {
					s := []*site{p.east, p.west}[rng.IntN(2)]
					s.hangs, s.refuses = rng.IntN(2) == 0, rng.IntN(2) == 0
					p.down[s.name] = rng.IntN(2) == 0
					_ = p.sched.Sleep(ctx, time.Duration(rng.IntN(4000))*time.Millisecond)
					if rng.IntN(4) == 0 && len(all) > 0 {
						r := all[len(all)-1]
						_, _ = s.Journal.End(ctx, r.Blocks[len(r.Blocks)-1].Stream)
					}
					s.hangs, s.refuses = false, false
					delete(p.down, s.name)
					_ = p.sched.Sleep(ctx, time.Duration(rng.IntN(2000))*time.Millisecond)
				}
				left--
			})
			left++
			for left > 1 {
				_ = p.sched.Sleep(ctx, time.Second)
			}
			over = true
			_ = p.sched.Sleep(ctx, 10*time.Second)
			held := map[region.Name]map[telemetry.Position]*telemetry.Block{"east": p.east.blocks(ctx, t),
				"west": p.west.blocks(ctx, t)}
			for _, a := range all {
				if a.Durability == both && len(a.Regions) != 2 || len(a.Regions) == 0 {
					t.Fatalf("seed %d: %v in %v", seed, a.Durability, a.Regions)
				}
				for _, r := range a.Regions {
					b := held[r][a.Blocks[0]]
					if b == nil || b.Stamp != a.Stamp || !slices.Contains(b.Columns[0].Values, a.value) {
						t.Fatalf("seed %d: %v acknowledged %v at %v in %v: there it is %+v", seed, a.value,
							a.Durability, a.Blocks, a.Regions, b)
					}
				}
			}
			if len(all) < 40 {
				t.Errorf("seed %d: %d of 160 acknowledged", seed, len(all))
			}
		})
	}
}
