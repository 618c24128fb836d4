package continuity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/journal"
)

// pairOf is two journals that name each other, and a pairing of them.
func pairOf(h *house) (e, w *identity, p *continuity.Pairing) {
	e = &identity{place: journal.Place{Region: "east", Generation: "e1",
		Peer: journal.Peer{Region: "west", Generation: "w1"}}}
	w = &identity{place: journal.Place{Region: "west", Generation: "w1",
		Peer: journal.Peer{Region: "east", Generation: "e1"}}}
	return e, w, continuity.NewPairing(journal.Site{Region: "east", Journal: e},
		journal.Site{Region: "west", Journal: w}, 30*time.Second, h.sched)
}

// TestAJournalThatIsNotFilledIsNotReadAlone, however long the pair holds.
func TestAJournalThatIsNotFilledIsNotReadAlone(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		_, w, p := pairOf(h)
		w.place.Unfilled = true
		if err := p.Read(ctx); err != nil || !p.Holds() || p.Readable("east") != nil {
			t.Fatalf("the pair: %v; the filled journal: %v", err, p.Readable("east"))
		}
		if err := p.Readable("west"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("the journal that is not filled: %v", err)
		}
		w.place.Unfilled = false
		if err := p.Read(ctx); err != nil || p.Readable("west") != nil {
			t.Errorf("filled: %v, %v", err, p.Readable("west"))
		}
	})
}

// TestAJournalIsEmptiedUnderAPairing: nothing is both any more, that journal is not read, the other one is; it stays so
// while it is silent, and when another journal has taken its place, be that one of a pair. Only what was known before
// counts again.
func TestAJournalIsEmptiedUnderAPairing(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		e, w, p := pairOf(h)
		first := [2]journal.Place{e.place, w.place}
		if err := p.Read(ctx); err != nil {
			t.Fatal(err)
		}
		refused := func(when, want string, fails fault.Kind) {
			t.Helper()
			if err := p.Read(ctx); fault.KindOf(err) != fails || p.Holds() {
				t.Errorf("%s: reading: %v; it holds %v", when, err, p.Holds())
			}
			if err := p.Readable("west"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the journal that was emptied: %v, want %q", when, err, want)
			}
			if err := p.Readable("east"); err != nil {
				t.Errorf("%s: the other journal: %v", when, err)
			}
		}
		w.err = fault.New(fault.NotFound, "journal.identity", "it was never initialised")
		refused("emptied", "was emptied", fault.Conflict)
		w.err = fault.New(fault.Unavailable, "journal.identity", "it is away")
		refused("silent", "was emptied", fault.Conflict)
		w.err, w.place.Generation, e.place.Peer.Generation = nil, "w2", "w2"
		refused("made anew", "is generation w2 now", fault.Conflict)
		if got := p.Generation(region.Name("west")); got != "" {
			t.Errorf("it counts as generation %q", got)
		}
		e.place, w.place = first[0], first[1]
		if err := p.Read(ctx); err != nil || !p.Holds() || p.Readable("west") != nil {
			t.Errorf("the one that was known is back: %v, %v", err, p.Readable("west"))
		}
	})
}
