package tail_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// slow is a journal that takes a while for each block that it gives, and counts them.
type slow struct {
	journal.Journal
	h     *house
	each  time.Duration
	given int
}

func (s *slow) Read(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range s.Journal.Read(ctx, of, after) {
			if err == nil {
				s.given++
				if err = s.h.sched.Sleep(ctx, s.each); err != nil {
					e = journal.Entry{}
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// slowly replaces the house's tail by one over a slow journal.
func (h *house) slowly(keep int64, each time.Duration) *slow {
	s := &slow{Journal: h.j, h: h, each: each}
	h.tail = tail.New(tail.Config{Keep: keep}, s, h.j, h.sched, nil)
	return s
}

func (h *house) fill(ctx context.Context, s telemetry.Stream, from, to telemetry.Number) {
	h.t.Helper()
	for n := from; n <= to; n++ {
		h.append(ctx, s, n)
	}
}

// TestWhatWasReadInTimeIsKept asks for a journal that takes 15 s to read, half as long again as a round has.
func TestWhatWasReadInTimeIsKept(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.fill(ctx, s, 1, 150)
		j := h.slowly(0, 100*time.Millisecond)
		_, err := h.tail.Snapshot(ctx, shard)
		if !fault.Is(err, fault.Unavailable) || fault.Message(err) == "" {
			t.Fatalf("a journal that cannot be read in time: %v, want unavailable, with a message", err)
		}
		snap, err := h.tail.Snapshot(ctx, shard)
		h.must(err)
		if len(snap.Blocks) != 150 || j.given > 151 {
			t.Fatalf("%d blocks after %d were read, want 150 after about as many", len(snap.Blocks), j.given)
		}
	})
}

// TestOnlyWhatDoesNotFitIsReadAgain keeps half of a journal: the oldest blocks.
func TestOnlyWhatDoesNotFitIsReadAgain(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.fill(ctx, s, 1, 150)
		j := h.slowly(75*sizeOf, time.Millisecond)
		for i := range 4 {
			j.given = 0
			if got := len(h.numbers(ctx)); got != 150 {
				t.Fatalf("%d blocks, want 150", got)
			}
			if i > 0 && (j.given > 100 || j.given < 50) {
				t.Fatalf("question %d read %d blocks again, want about the half that did not fit", i, j.given)
			}
		}
		if held := h.tail.Held(); held.Blocks != 150 {
			t.Fatalf("%+v: a block that is not in memory is in the journal all the same", held)
		}
	})
}

// TestAPartIsThePrefixThatFits asks for parts of a journal three times as large as what is kept and drops each, until
// nothing is left.
func TestAPartIsThePrefixThatFits(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		a, b := h.stream("a"), h.stream("b")
		h.fill(ctx, a, 1, 90)
		_ = h.sched.Sleep(ctx, time.Second)
		h.fill(ctx, b, 1, 60)
		j := h.slowly(50*sizeOf, time.Millisecond)
		for total := 150; total > 0; {
			part, err := h.tail.Part(ctx, shard, 0)
			h.must(err)
			if !part.All || part.Total != total || len(part.Blocks) < min(total, 40) || len(part.Blocks) > 60 {
				t.Fatalf("all %v, %d of %d blocks, want about 50 of %d", part.All, len(part.Blocks), part.Total, total)
			}
			if first := part.Blocks[0].View.Header().Stamp; part.Oldest != first {
				t.Fatalf("the oldest stamp is %d, want %d", part.Oldest, first)
			}
			through := map[telemetry.Stream]telemetry.Number{}
			for _, x := range part.Blocks {
				if before := through[x.At.Stream]; before > 0 && x.At.Number != before+1 {
					t.Fatalf("after number %d comes %d", before, x.At.Number)
				}
				through[x.At.Stream] = x.At.Number
			}
			for _, s := range []telemetry.Stream{a, b} {
				if n := through[s]; n > 0 {
					h.must(h.j.Drop(ctx, s, n))
				}
			}
			total -= len(part.Blocks)
		}
		if j.given > 2*150+10 {
			t.Fatalf("%d blocks were read, want each twice at most: to see it, and to have it", j.given)
		}
	})
}

// TestPartsGoOnWhileTheJournalIsNotSeen asks for parts of a journal that takes 30 s to read: each has more, and says
// that it is not all.
func TestPartsGoOnWhileTheJournalIsNotSeen(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.fill(ctx, s, 1, 300)
		h.slowly(50*sizeOf, 100*time.Millisecond)
		seen, all := 0, 0
		for range 5 {
			part, err := h.tail.Part(ctx, shard, 0)
			h.must(err)
			if part.All {
				all++
			} else if part.Total <= seen {
				t.Fatalf("%d blocks were seen, before it were %d", part.Total, seen)
			}
			seen = part.Total
		}
		if seen != 300 || all < 1 {
			t.Fatalf("%d blocks seen in the end, %d parts said that these were all", seen, all)
		}
	})
}

// TestAPartHasSomethingWhateverIsKept fills the memory with a shard that is asked for all the time.
func TestAPartHasSomethingWhateverIsKept(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.fill(ctx, s, 1, 50)
		other := telemetry.Stream{Shard: telemetry.Shard{Tenant: "u"}, Day: s.Day, Writer: s.Writer}
		h.must(h.j.Register(ctx, other.Shard, s.Day))
		h.fill(ctx, other, 1, 50)
		h.slowly(10*sizeOf, 10*time.Millisecond)
		over := false
		h.sched.Go("asks", func() {
			for !over {
				_, _ = h.tail.Snapshot(ctx, shard)
			}
		})
		for dropped := telemetry.Number(0); dropped < 50; {
			part, err := h.tail.Part(ctx, other.Shard, 5*sizeOf)
			h.must(err)
			if len(part.Blocks) == 0 {
				t.Fatalf("a part without a block of %d", part.Total)
			}
			dropped = part.Blocks[len(part.Blocks)-1].At.Number
			h.must(h.j.Drop(ctx, other, dropped))
		}
		over = true
	})
}

// TestPartsAndQuestionsAgreeWithTheJournal appends, fills holes, drops and asks at random, with little memory and a
// journal that fails or is slow at times: an answer is exactly what the journal holds, a part is some of it, and says
// all and the oldest stamp only if it is so.
func TestPartsAndQuestionsAgreeWithTheJournal(t *testing.T) {
	for seed := range uint64(40) {
		in(t, 0, func(ctx context.Context, h *house) {
			m := &model{house: h, rng: rand.New(rand.NewPCG(seed, 1)), truth: map[telemetry.Position]telemetry.Stamp{},
				last: map[telemetry.Stream]telemetry.Number{}}
			m.slow = h.slowly(int64(m.rng.IntN(12))*sizeOf+1, 0)
			for range 300 {
				m.step(ctx)
			}
			m.slow.each = 0
			for range 3 {
				m.part(ctx)
			}
			if m.answers == 0 || m.alls == 0 {
				t.Fatalf("seed %d: %d answers, %d whole parts: nothing was tried", seed, m.answers, m.alls)
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
}

type model struct {
	*house
	rng           *rand.Rand
	slow          *slow
	truth         map[telemetry.Position]telemetry.Stamp // in the journal, above the marks
	last          map[telemetry.Stream]telemetry.Number
	holes         []telemetry.Position
	answers, alls int
}

func (m *model) step(ctx context.Context) {
	s := m.stream(fmt.Sprint(m.rng.IntN(4)))
	switch m.rng.IntN(12) {
	case 0, 1, 2, 3:
		m.last[s]++
		if m.rng.IntN(5) == 0 {
			m.holes = append(m.holes, telemetry.Position{Stream: s, Number: m.last[s]})
			m.last[s]++
		}
		m.put(ctx, telemetry.Position{Stream: s, Number: m.last[s]})
	case 4:
		if len(m.holes) > 0 {
			m.put(ctx, m.holes[0])
			m.holes = m.holes[1:]
		}
	case 5:
		m.drop(ctx, s)
	case 6:
		m.slow.each = []time.Duration{0, 0, time.Millisecond, 700 * time.Millisecond, 2 * time.Second}[m.rng.IntN(5)]
	case 7, 8, 9:
		m.part(ctx)
	default:
		m.answer(ctx)
	}
}

// put stores a block under a stamp that need not be later than those before it.
func (m *model) put(ctx context.Context, at telemetry.Position) {
	stamp := telemetry.StampAt(m.sched.Now()) + telemetry.Stamp(m.rng.IntN(1000))
	p, err := block(at, stamp)
	m.must(err)
	_, err = m.j.Append(ctx, journal.Append{At: at, Block: p})
	m.must(err)
	m.truth[at] = stamp
}

// drop moves a mark over what is contiguous, or a part of it.
func (m *model) drop(ctx context.Context, s telemetry.Stream) {
	numbers := []telemetry.Number{}
	for at := range m.truth {
		if at.Stream == s {
			numbers = append(numbers, at.Number)
		}
	}
	slices.Sort(numbers)
	if len(numbers) == 0 || slices.ContainsFunc(m.holes,
		func(h telemetry.Position) bool { return h.Stream == s && h.Number < numbers[0] }) {
		return
	}
	n := 1
	for n < len(numbers) && numbers[n] == numbers[n-1]+1 && m.rng.IntN(4) > 0 {
		n++
	}
	m.must(m.j.Drop(ctx, s, numbers[n-1]))
	for _, gone := range numbers[:n] {
		delete(m.truth, telemetry.Position{Stream: s, Number: gone})
	}
}

func (m *model) answer(ctx context.Context) {
	snap, err := m.tail.Snapshot(ctx, shard)
	if fault.Is(err, fault.Unavailable) && m.slow.each > 0 {
		return
	}
	m.must(err)
	m.answers++
	m.compare(snap.Blocks)
	if len(snap.Blocks) != len(m.truth) {
		m.t.Errorf("an answer of %d blocks, the journal holds %d", len(snap.Blocks), len(m.truth))
	}
}

func (m *model) part(ctx context.Context) {
	part, err := m.tail.Part(ctx, shard, int64(m.rng.IntN(4))*sizeOf)
	if fault.Is(err, fault.Unavailable) && m.slow.each > 0 {
		return
	}
	m.must(err)
	m.compare(part.Blocks)
	if part.Total > len(m.truth) || part.All && part.Total != len(m.truth) {
		m.t.Errorf("all %v of %d blocks, the journal holds %d", part.All, part.Total, len(m.truth))
	}
	oldest := telemetry.Stamp(1<<63 - 1)
	for _, s := range m.truth {
		oldest = min(oldest, s)
	}
	if part.All && len(m.truth) > 0 && part.Oldest != oldest {
		m.t.Errorf("the oldest stamp is said to be %d, and is %d", part.Oldest, oldest)
	}
	if part.All {
		m.alls++
	}
}

// compare checks that blocks are in order, and each one that the journal holds.
func (m *model) compare(blocks []tail.Block) {
	for i, b := range blocks {
		stamp, ok := m.truth[b.At]
		if !ok || b.View == nil || b.View.Header().Stamp != stamp {
			m.t.Errorf("block %s is not the journal's", b.At)
		}
		if i > 0 && cmp.Or(blocks[i-1].At.Stream.Compare(b.At.Stream),
			cmp.Compare(blocks[i-1].At.Number, b.At.Number)) >= 0 {
			m.t.Errorf("block %s is not in order", b.At)
		}
	}
}
