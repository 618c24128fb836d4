package continuity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// identity is a journal whose identity row is what a test says.
type identity struct {
	journal.Journal
	place journal.Place
	err   error
}

func (i *identity) Identity(context.Context) (journal.Place, error) { return i.place, i.err }

// TestPairing holds for a lease after both rows were read to name each other, and not a moment longer; rows that say
// something else end it at once.
func TestPairing(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		e, w, p := pairOf(h)
		holds := func(when string, want bool) {
			t.Helper()
			if got := p.Holds(); got != want {
				t.Errorf("%s: the pair holds %v", when, got)
			}
		}
		read := func(want string) {
			t.Helper()
			err := p.Read(ctx)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("reading: %v, want %q", err, want)
			}
		}
		is := func(when, east, west string) {
			t.Helper()
			if e, w := p.Generation("east"), p.Generation("west"); e != east || w != west {
				t.Errorf("%s: the generations %q and %q, want %q and %q", when, e, w, east, west)
			}
		}
		holds("before anything was read", false)
		is("before anything was read", "", "")
		read("")
		holds("once read", true)
		is("once read", "e1", "w1")
		_ = h.sched.Sleep(ctx, 29*time.Second)
		w.err = fault.New(fault.Unavailable, "journal.identity", "it is away")
		read("away")
		holds("within the lease", true)
		_ = h.sched.Sleep(ctx, 2*time.Second)
		holds("after the lease", false)
		w.err = nil
		read("")
		for want, wrong := range map[string]func(){
			"belongs with generation w2 of region": func() { e.place.Peer.Generation = "w2" },
			"with the bounds":                      func() { e.place.Bound = time.Minute },
			"exchanged":                            func() { e.place.Region = "west" },
		} {
			was := [2]journal.Place{e.place, w.place}
			wrong()
			read(want)
			holds(want, false)
			e.place, w.place = was[0], was[1]
			read("")
			holds("mended", true)
		}
	})
}

// TestPairingIsWatched as long as both journals answer.
func TestPairingIsWatched(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		for i, j := range []*site{h.east, h.west} {
			names, generations := [2]string{"east", "west"}, [2]string{"e", "w"}
			err := j.Init(ctx, journal.Place{Region: names[i], Generation: generations[i],
				Peer: journal.Peer{Region: names[1-i], Generation: generations[1-i]}})
			if err != nil {
				t.Fatal(err)
			}
		}
		p := continuity.NewPairing(journal.Site{Region: "east", Journal: h.east},
			journal.Site{Region: "west", Journal: h.west}, 0, h.sched)
		watched, end := h.sched.WithCancel(ctx)
		h.sched.Go("watch", func() { p.Watch(watched) })
		for range 60 {
			_ = h.sched.Sleep(ctx, 5*time.Second)
			if !p.Holds() {
				t.Fatal("it does not hold any more")
			}
		}
		end()
		_ = h.sched.Sleep(ctx, time.Minute)
		if p.Holds() {
			t.Error("it holds although nobody watches")
		}
	})
}
