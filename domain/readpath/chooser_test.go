package readpath_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/written"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// alike is a journal that numbers the versions of its indexes as they are first seen: two that have moved differently
// name theirs alike. Versions are a journal's own, and nothing keeps two journals from that.
type alike struct {
	*memory.Journal
	seen map[telemetry.Day][]string
}

func (j alike) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	idx, err := j.Journal.Index(ctx, of, day)
	if idx.Version == "" {
		return idx, err
	}
	i := slices.Index(j.seen[day], idx.Version)
	if i < 0 {
		i = len(j.seen[day])
		j.seen[day] = append(j.seen[day], idx.Version)
	}
	idx.Version = strconv.Itoa(i)
	return idx, err
}

// pair is a store with two journals, each of which can be hurt, and a reader with a cache in one of the regions.
type pair struct {
	*house
	of    *written.Pair
	calls map[region.Name]int // of its journal, since it was hurt
}

// inPair runs a test with a reader that stands in a region.
func inPair(t *testing.T, near region.Name, cfg readpath.Config, body func(ctx context.Context, p *pair)) {
	t.Helper()
	written.InPair(t, 9, compaction.Config{}, func(ctx context.Context, of *written.Pair) {
		p := &pair{house: &house{Store: of.Store}, of: of, calls: map[region.Name]int{}}
		p.r = readpath.New(cfg, p.journals(near), of.Rows, of.Cache, of.Sched)
		body(ctx, p)
	})
}

// journals are both, as a reader in a region has them that remembers nothing yet.
func (p *pair) journals(near region.Name) []readpath.Journal {
	var out []readpath.Journal
	for _, r := range []region.Name{"east", "west"} {
		j := alike{p.journal(r), map[telemetry.Day][]string{}}
		out = append(out, readpath.Journal{Region: r, Tail: tail.New(tail.Config{}, j, j, p.Sched, nil)})
	}
	if near == "west" {
		slices.Reverse(out)
	}
	return out
}

func (p *pair) journal(r region.Name) *memory.Journal {
	if r == "west" {
		return p.of.West
	}
	return p.Journal
}

// hurt has every call of a journal be counted, and suffer what a hook says.
func (p *pair) hurt(r region.Name, hook memory.FaultFunc) {
	p.calls[r] = 0
	p.journal(r).SetFault(func(op string) memory.Fault {
		p.calls[r]++
		return hook(op)
	})
}

func (p *pair) heal(r region.Name) { p.journal(r).SetFault(nil) }

// from fails the test unless a question about everything is answered from the journal of a region, with all of a
// series, within a time.
func (p *pair) from(ctx context.Context, when string, r region.Name, within time.Duration, s telemetry.Series,
	want ...int64) readpath.Claim {
	p.Helper()
	began := p.Sched.Now()
	q, err := p.r.Open(ctx, tenant, s.Source)
	if err != nil {
		p.Fatalf("%s: %v", when, err)
	}
	took := p.Sched.Now().Sub(began)
	if took > within {
		p.Errorf("%s: it was opened after %v, want %v at most", when, took, within)
	}
	got, _, err := column(ctx, q, s, whole)
	if c := q.Claim(); err != nil || c.Region != string(r) || !slices.Equal(got, want) {
		p.Errorf("%s: %v from %s, %v; want %v from %s", when, got, c.Region, err, want, r)
	} else if behind := p.Sched.Now().Sub(c.AsOf); behind > time.Second {
		p.Errorf("%s: it claims to be as of %v ago", when, behind)
	}
	return q.Claim()
}

func refuses(string) memory.Fault { return memory.FaultFail }

func (p *pair) hangs(string) memory.Fault {
	_ = p.Sched.Sleep(context.Background(), 10*time.Second)
	return memory.FaultFail
}

// resets answers what is short, and breaks off where blocks are read.
func resets(op string) memory.Fault {
	if op == "journal.read" {
		return memory.FaultFail
	}
	return memory.FaultNone
}

// TestTheNearestJournalThatAnswersIsRead hurts the near journal: what was acknowledged both is answered by the other
// one, which says so, and by the near one again when it is back.
func TestTheNearestJournalThatAnswersIsRead(t *testing.T) {
	s := of("s", "m")
	for near, far := range map[region.Name]region.Name{"east": "west", "west": "east"} {
		for name, hook := range map[string]func(*pair) memory.FaultFunc{
			"refuses": func(*pair) memory.FaultFunc { return refuses },
			"hangs":   func(p *pair) memory.FaultFunc { return p.hangs },
			"resets":  func(*pair) memory.FaultFunc { return resets },
		} {
			t.Run(string(near)+" "+name, func(t *testing.T) {
				inPair(t, near, readpath.Config{}, func(ctx context.Context, p *pair) {
					p.Write(ctx, s, year(1), 1)
					p.Settle(ctx) // the west has the block still
					p.Write(ctx, s, 2)
					p.from(ctx, "at first", near, 0, s, 1, 2, year(1))
					p.hurt(near, hook(p))
					p.from(ctx, "without the near one", far, 2100*time.Millisecond, s, 1, 2, year(1))
					p.heal(near)
					_ = p.Sched.Sleep(ctx, 30*time.Second) // what hangs has an end
					p.Write(ctx, s, 3)
					p.from(ctx, "when it is back", near, 0, s, 1, 2, 3, year(1))
				})
			})
		}
	}
}

// TestAQuestionEndsWithItsCaller: one that its caller gave up is not asked of the other journal.
func TestAQuestionEndsWithItsCaller(t *testing.T) {
	inPair(t, "east", readpath.Config{}, func(ctx context.Context, p *pair) {
		p.Write(ctx, of("s", "m"), 1)
		p.hurt("east", p.hangs)
		p.hurt("west", func(string) memory.Fault { return memory.FaultNone })
		brief, cancel := p.Sched.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := p.r.Open(brief, tenant, "s"); !fault.Is(err, fault.Canceled) || p.calls["west"] > 0 {
			t.Errorf("%v after %d calls of the other journal", err, p.calls["west"])
		}
	})
}

// TestWhatIsKnownToBeAwayIsAskedLast costs no call of it while the other one answers. A journal that is slow has all
// the time of its caller if the other one is known to be away.
func TestWhatIsKnownToBeAwayIsAskedLast(t *testing.T) {
	away := map[region.Name]bool{}
	cfg := readpath.Config{Away: func(r region.Name) bool { return away[r] }}
	inPair(t, "east", cfg, func(ctx context.Context, p *pair) {
		s := of("s", "m")
		p.Write(ctx, s, 1)
		away["east"] = true
		p.hurt("east", refuses)
		p.from(ctx, "the near one is away", "west", 0, s, 1)
		if p.calls["east"] > 0 {
			t.Errorf("%d calls of a journal that is known to be away", p.calls["east"])
		}
		p.heal("east")
		p.hurt("west", refuses)
		p.from(ctx, "and is not, and the other one is", "east", 0, s, 1)
		away["west"] = true
		p.from(ctx, "both are, and the near one is not", "east", 0, s, 1)
		away["east"] = false
		p.hurt("east", func(string) memory.Fault {
			_ = p.Sched.Sleep(ctx, 1500*time.Millisecond)
			return memory.FaultNone
		})
		if q, err := p.r.Open(ctx, tenant, "s"); err != nil || q.Claim().Region != "east" || p.calls["west"] > 10 {
			t.Errorf("the near one is slow, and the other one away: %v", err)
		}
	})
}

// TestAJournalThatMayNotBeReadIsNot, whatever becomes of the other one.
func TestAJournalThatMayNotBeReadIsNot(t *testing.T) {
	may := map[region.Name]bool{"east": true}
	cfg := readpath.Config{May: func(r region.Name) error {
		if may[r] {
			return nil
		}
		return fault.New(fault.Conflict, "test", "the journal of %s was retired", r)
	}}
	inPair(t, "west", cfg, func(ctx context.Context, p *pair) {
		s := of("s", "m")
		p.Write(ctx, s, 1)
		p.hurt("west", refuses)
		p.from(ctx, "the near one may not", "east", 0, s, 1)
		p.hurt("east", refuses)
		if _, err := p.r.Open(ctx, tenant, "s"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("the one that may be read is away: %v", err)
		}
		may["east"] = false
		_, err := p.r.Open(ctx, tenant, "s")
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "no journal may be read now: "+
			"the journal of west was "+
			"retired") {
			t.Errorf("none may: %v", err)
		}
		if p.calls["west"] > 0 {
			t.Errorf("%d calls of a journal that may not be read", p.calls["west"])
		}
	})
}

// apart has somebody fetch a chunk beside the east while the block of its last reading is in both journals, and the
// block leave the west. What was fetched then is good beside the east, and short beside the west.
func (p *pair) apart(ctx context.Context, s telemetry.Series, fetch func()) {
	p.Helper()
	p.Write(ctx, s, 1)
	p.Settle(ctx)
	p.of.SettleWest(ctx)
	p.Write(ctx, s, 2)
	fetch()
	p.of.SettleWest(ctx)
}

// TestARowCachedUnderOneJournalsMarksIsNotUsedBesideTheOther caches a chunk beside the east, has a block leave the
// west, and asks beside the west: the block is in neither. A load that is under way from before is not shared either.
func TestARowCachedUnderOneJournalsMarksIsNotUsedBesideTheOther(t *testing.T) {
	s := of("s", "m")
	inPair(t, "east", readpath.Config{}, func(ctx context.Context, p *pair) {
		p.apart(ctx, s, func() {
			p.from(ctx, "beside the east", "east", 0, s, 1, 2)
		})
		p.from(ctx, "beside the east again", "east", 0, s, 1, 2)
		p.hurt("east", refuses)
		p.from(ctx, "beside the west", "west", 0, s, 1, 2)
	})
	inPair(t, "east", readpath.Config{}, func(ctx context.Context, p *pair) {
		slow := &slowRow{h: p.house, key: chunks.ChunkKey(tenant, s, telemetry.WindowOf(telemetry.WindowYear, 1))}
		slow.Rows = p.Rows
		p.r = readpath.New(readpath.Config{}, p.journals("east"), slow, p.Cache, p.Sched)
		done := p.Sched.NewEvent()
		p.apart(ctx, s, func() {
			p.Sched.Go("slow reader", func() {
				p.want(ctx, "slow", s, 1, 2)
				done.Set()
			})
			_ = p.Sched.Sleep(ctx, time.Second)
		})
		p.hurt("east", refuses)
		p.from(ctx, "beside the west, meanwhile", "west", 0, s, 1, 2)
		p.Must(done.Wait(ctx))
	})
}

// TestARowCachedBesideTheOnlyJournalOfBefore caches a chunk beside the east, the only journal that there is, has a
// block leave the west, and asks beside the west, which is the only one now because the east was retired.
func TestARowCachedBesideTheOnlyJournalOfBefore(t *testing.T) {
	s := of("s", "m")
	inPair(t, "east", readpath.Config{}, func(ctx context.Context, p *pair) {
		only := func(at region.Name, generation func() string) {
			j := p.journals(at)[0]
			j.Generation = generation
			p.r = readpath.New(readpath.Config{}, []readpath.Journal{j}, p.Rows, p.Cache, p.Sched)
		}
		only("east", nil)
		p.apart(ctx, s, func() { p.want(ctx, "beside the east", s, 1, 2) })
		only("west", func() string { return "w" })
		p.want(ctx, "beside the west", s, 1, 2)
	})
}

// TestAClaimOfOneIsOfWhatWasKnownBefore: what is found of both journals while a question reads one of them says nothing
// of its snapshot.
func TestAClaimOfOneIsOfWhatWasKnownBefore(t *testing.T) {
	var even time.Time
	cfg := readpath.Config{Even: func() time.Time { return even }}
	inPair(t, "east", cfg, func(ctx context.Context, p *pair) {
		s := of("s", "m")
		p.Write(ctx, s, 1)
		if c := p.from(ctx, "nothing is known", "east", 0, s, 1); !c.AsOfOne.IsZero() {
			t.Errorf("nothing is known of the other one, and it claims %v", c.AsOfOne)
		}
		_ = p.Sched.Sleep(ctx, time.Minute)
		before := p.Sched.Now().Add(-time.Second)
		for _, r := range []region.Name{"east", "west"} {
			even = before
			p.hurt(r, func(string) memory.Fault { even = p.Sched.Now(); return memory.FaultNone })
			if c := p.from(ctx, "it is found meanwhile", r, 0, s, 1); !c.AsOfOne.Equal(before) {
				t.Errorf("%s: it claims %v, and %v was known when it began", r, c.AsOfOne, before)
			}
			even = p.Sched.Now().Add(time.Hour)
			if c := p.from(ctx, "it is ahead", r, 0, s, 1); !c.AsOfOne.Equal(c.AsOf) {
				t.Errorf("%s: it claims %v of one and %v of both", r, c.AsOfOne, c.AsOf)
			}
			p.hurt("east", refuses)
		}
	})
}

// TestWithoutAJournalRowsAnswerAsOfTheFloor: while neither journal answers the account alone does. What it vouches for
// is what had settled when the floor was raised, less how far stamps may be ahead; a reading acknowledged later may be
// missing, and is. A row that a question with a journal left in the cache, when it knew more or less, is not used.
func TestWithoutAJournalRowsAnswerAsOfTheFloor(t *testing.T) {
	s := of("s", "m")
	inPair(t, "east", readpath.Config{Even: time.Now}, func(ctx context.Context, p *pair) {
		away := func() (*readpath.Question, error) {
			p.hurt("east", refuses)
			p.hurt("west", refuses)
			defer p.heal("east")
			defer p.heal("west")
			return p.r.Open(ctx, tenant, s.Source)
		}
		p.Write(ctx, s, 1)
		if _, err := away(); !fault.Is(err, fault.Unavailable) ||
			!strings.Contains(fault.Message(err), "neither the journal in east nor the one in west") {
			t.Fatalf("no floor was ever raised: %v", err)
		}
		p.from(ctx, "before", "east", 0, s, 1)
		p.Settle(ctx)
		p.of.SettleWest(ctx)
		_ = p.Sched.Sleep(ctx, 5*time.Minute)
		p.Settle(ctx)
		floor, _, err := bounds.Floor(ctx, p.Rows, written.Shard)
		p.Must(err)
		p.Write(ctx, s, 2)
		q, err := away()
		if err != nil || floor <= 0 {
			t.Fatalf("with a floor of %v: %v", floor, err)
		}
		got, _, err := column(ctx, q, s, whole)
		if c := q.Claim(); err != nil || !slices.Equal(got, []int64{1}) || c.Region != "" || c.Mode != "read-only" ||
			!c.AsOf.Equal(floor.Time().Add(-62*time.Second)) || !c.AsOfOne.IsZero() {
			t.Errorf("%v, %v, %+v; the floor is %v", got, err, c, floor.Time())
		}
		if text := q.Missing("test", "it is not there").Error(); !strings.Contains(text, "no journal can be read") {
			t.Errorf("what is not there: %s", text)
		}
		p.from(ctx, "afterwards", "east", 0, s, 1, 2)
	})
}
