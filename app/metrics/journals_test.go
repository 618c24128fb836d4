package metrics

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"tidemark/adapters/memory"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/domain/status"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// clock is the directory of a journal whose clock says nothing, refuses, or hangs.
type clock struct {
	journal.Directory
	s              *memory.Sched
	refuses, hangs bool
}

func (c *clock) Now(ctx context.Context) (time.Time, error) {
	switch {
	case c.refuses:
		return time.Time{}, fault.New(fault.Unavailable, "journal.now", "no")
	case c.hangs:
		return time.Time{}, fault.Wrap(fault.Canceled, "journal.now", c.s.Sleep(ctx, time.Hour))
	}
	return c.s.Now(), nil
}

// house is a node with two journals, as far as metrics look at it, and the way of its requests to each.
type house struct {
	*node.Node
	s          *memory.Sched
	m          *Metrics
	east, west *memory.Journal
	clocks     map[region.Name]*clock
	guarded    map[region.Name]journal.Directory
}

func newHouse(s *memory.Sched) *house {
	h := &house{s: s, m: New("test"), east: memory.NewJournal(s), west: memory.NewJournal(s),
		clocks: map[region.Name]*clock{}, guarded: map[region.Name]journal.Directory{}}
	near := journal.Site{Region: "east", Journal: h.east, Directory: h.east}
	far := journal.Site{Region: "west", Journal: h.west, Directory: h.west}
	c := continuity.New(continuity.Config{}, near, far, s)
	pairing := continuity.NewPairing(near, far, 0, s)
	h.Node = &node.Node{Continuity: c, Pairing: pairing, Told: continuity.NewTold(pairing, c.Even),
		Risk: status.NewRisk(c.Even),
		Reach: reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east", "west"},
			Accounts: []region.Account{{}}}, s)}
	h.Reach.Guard(region.PrimaryOf(""), reach.Config{}) // is no journal
	for _, of := range []region.Name{"east", "west"} {
		h.clocks[of] = &clock{s: s}
		h.guarded[of] = reach.Directory(h.clocks[of], h.Reach.Guard(region.JournalOf(of), reach.Config{Calls: 2}))
	}
	return h
}

// want holds lines against the metrics, without the prefix of their names.
func (h *house) want(t *testing.T, lines ...string) {
	t.Helper()
	text := scrape(t, h.m)
	for _, line := range lines {
		if !strings.Contains(text, "\ntidemark_"+line+"\n") {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
}

// TestANodeWithOneJournalTellsNothingOfTwo: a zero would be taken for a pair that does not hold.
func TestANodeWithOneJournalTellsNothingOfTwo(t *testing.T) {
	text := scrape(t, New("test"))
	for _, name := range []string{"journal_health", "journals_paired", "readings_at_risk", "blocks_copied"} {
		if strings.Contains(text, name) {
			t.Errorf("it tells %s", name)
		}
	}
}

// TestEachJournalIsShown by its region: its health, its breaker, and what was not sent to it.
func TestEachJournalIsShown(t *testing.T) {
	s := memory.NewSched(1)
	h := newHouse(s)
	h.m.Journals(h.Node, s.Now)
	ask := func(ctx context.Context, of region.Name, times int) {
		for range times {
			_, _ = h.guarded[of].Now(ctx)
			_ = s.Sleep(ctx, 100*time.Millisecond)
		}
	}
	err := s.Run(func() {
		ctx, cancel := s.WithCancel(context.Background())
		defer cancel()
		h.want(t, `journal_health{health="unknown",region="east"} 1`, `journal_health{health="well",region="east"} 0`,
			`journal_breaker_state{region="west",state="closed"} 1`)
		ask(ctx, "east", 1)
		h.clocks["west"].refuses = true
		ask(ctx, "west", 6)
		h.want(t, `journal_health{health="well",region="east"} 1`, `journal_health{health="unknown",region="east"} 0`,
			`journal_health{health="lost",region="west"} 1`, `journal_health{health="returning",region="west"} 0`,
			`journal_breaker_state{region="east",state="closed"} 1`,
			`journal_breaker_state{region="west",state="closed"} 0`,
			`journal_breaker_state{region="west",state="open"} 1`,
			`journal_breaker_state{region="west",state="half-open"} 0`,
			`journal_breaker_opened_total{region="east"} 0`, `journal_breaker_opened_total{region="west"} 1`,
			`journal_calls_refused_total{by="breaker",region="west"} 1`,
			`journal_calls_refused_total{by="bulkhead",region="west"} 0`)
		h.clocks["east"].hangs = true
		for range 3 {
			s.Go("call", func() { ask(ctx, "east", 1) })
		}
		_ = s.Sleep(ctx, 10*time.Millisecond)
		h.want(t, `journal_calls_under_way{region="east"} 2`, `journal_calls_under_way{region="west"} 0`,
			`journal_calls_refused_total{by="bulkhead",region="east"} 1`)
		if n := strings.Count(scrape(t, h.m), "\ntidemark_journal_health{"); n != 8 {
			t.Errorf("%d lines of health, of two journals and four states each", n)
		}
		cancel()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestThePairIsShown before and after anti-entropy has found both journals the same.
func TestThePairIsShown(t *testing.T) {
	s := memory.NewSched(1)
	h := newHouse(s)
	h.m.Journals(h.Node, s.Now)
	err := s.Run(func() {
		ctx := context.Background()
		h.Risk.Add("a", 3, s.Now())
		h.Risk.Add("b", 4, s.Now())
		h.want(t, "journals_paired 0", "journals_even_age_seconds -1", "blocks_copied_total 0", "readings_at_risk 7")
		for of, name := range map[*memory.Journal][2]string{h.east: {"east", "west"}, h.west: {"west", "east"}} {
			if err := of.Init(ctx, journal.Place{Region: name[0], Generation: name[0],
				Peer: journal.Peer{Region: name[1], Generation: name[1]}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Pairing.Read(ctx); err != nil {
			t.Fatal(err)
		}
		only(ctx, t, h.east, s.Now())
		for range 3 {
			_ = s.Sleep(ctx, time.Second)
			if _, err := h.Continuity.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.Sleep(ctx, 7*time.Second)
		h.want(t, "journals_paired 1", "journals_even_age_seconds 7", "blocks_copied_total 1", "readings_at_risk 0")
		_ = s.Sleep(ctx, time.Minute)
		h.want(t, "journals_paired 0", "journals_even_age_seconds 67")
		problems, err := testutil.GatherAndLint(h.m.registry)
		if err != nil || len(problems) > 0 {
			t.Errorf("%v, %v", problems, err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// only stores a block in one journal.
func only(ctx context.Context, t *testing.T, j *memory.Journal, now time.Time) {
	t.Helper()
	shard, day := telemetry.Shard{Tenant: "t"}, telemetry.DayOf(now)
	for _, err := range []error{j.Prepare(ctx, day), j.Register(ctx, shard, day)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	at := telemetry.Position{Stream: telemetry.Stream{Shard: shard, Day: day, Writer: "w"}, Number: 1}
	if _, err := j.Append(ctx, journal.Append{At: at, Stamp: telemetry.StampAt(now), Block: []byte("x")}); err != nil {
		t.Fatal(err)
	}
}
