package compose

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"tidemark/domain/fault"
	"tidemark/domain/loss"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// TestARegionIsGoneForGood goes the way of docs/operations.md: a region is lost with readings that it alone had; its
// journal is retired with a certificate of them; a node with the other journal alone serves, and empties it; a new
// journal joins, everything acknowledged both is answered in both regions, and the old journal is refused.
func TestARegionIsGoneForGood(t *testing.T) {
	r := inRegions(t)
	east, west := r.node("east"), r.node("west")
	_, err := Initialise(t.Context(), east)
	r.must(err)
	for _, cfg := range []*Config{&east, &west} {
		cfg.Node.Role = RoleAPI // nothing is copied, nor compacted, in time
	}
	e, w := r.runs(east), r.runs(west)
	r.both(e, 1, "east", "west")
	r.both(w, 2, "west", "east")
	if _, err := (Retirement{}).Look(t.Context(), west); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(err.Error(), "the journal of region east answers") {
		t.Errorf("while it answers: %v", err)
	}
	alone := r.inOneAlone(e)
	r.must(r.east.Stop())
	r.ends(e)
	comes(t, "a write is one, in the west", func() (any, bool) {
		code, said := r.write(w, "", 58)
		return said, code == http.StatusOK && said.Durability == "one"
	})
	r.ends(w)

	single := r.retires(west)
	gone := r.servesAlone(single, alone)
	t.Logf("%d readings were in the east alone, and %d of them are gone", alone, gone)

	r.joins(gone, alone)
}

// runs is a node that the test stops itself.
func (r *regions) runs(cfg Config) *Node {
	r.Helper()
	n, err := New(r.Context(), cfg, "test", io.Discard)
	r.must(err)
	r.must(n.Start(context.Background()))
	return n
}

// ends ends a node whose storage may be gone: that it could not end its streams is no matter.
func (r *regions) ends(n *Node) {
	r.Helper()
	if err := n.Stop(); err != nil {
		r.Logf("stopped: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// inOneAlone writes readings, each in a block of its own, while the west is away, of which most go to the east alone,
// and then one that both get: so the west knows that what it lacks was acknowledged. It gives how many.
func (r *regions) inOneAlone(e *Node) (alone int) {
	r.Helper()
	r.must(r.west.Stop())
	for second := 10; second < 50; second++ {
		comes(r.T, "a write is in the east alone", func() (any, bool) {
			code, said := r.write(e, "one", second)
			return said, code == http.StatusOK && said.Durability == "one"
		})
		alone++
	}
	r.must(r.west.Restart(r.Context()))
	r.both(e, 50, "east", "west")
	return alone
}

// retires retires the east, and gives the settings of a node with the west's journal alone.
func (r *regions) retires(west Config) Config {
	r.Helper()
	would, err := Retirement{}.Look(r.Context(), west)
	r.must(err)
	if would.Certificate.Totals.Lost == 0 || would.Certificate.Floors != loss.AskedAll {
		r.Fatalf("%+v", would.Certificate)
	}
	single := west
	s := &single.Storage
	s.PeerAccount, s.PeerKey, s.PeerRegion, s.PeerURL = "", "", "", ""
	r.refused("the west alone before", single, fault.Conflict, "run `tidemark retire` once")
	kept := 0
	keep := func(c loss.Certificate) error {
		kept++
		read, err := loss.Parse(c.Bytes())
		if signer := Signer(would.Place); signer == "" || read.Signer != signer {
			r.Errorf("it is signed by %q, and the storage's key is %q", read.Signer, signer)
		}
		return err
	}
	comes(r.T, "nobody has written for a while", func() (any, bool) {
		done, err := Retirement{}.Run(r.Context(), west, keep)
		if !fault.Is(err, fault.Conflict) {
			r.must(err)
		}
		return err, err == nil && done.Certificate.Totals.Lost == would.Certificate.Totals.Lost
	})
	if again, err := (Retirement{}).Run(r.Context(), west, keep); err != nil || !again.Before || kept != 1 {
		r.Errorf("again: %+v, %v, %d certificates", again, err, kept)
	}
	r.lost = int(would.Certificate.Totals.Lost + would.Certificate.Totals.Unknown)
	return single
}

// servesAlone has a node with one journal answer and empty it, and gives how many readings are gone: no more than the
// certificate says.
func (r *regions) servesAlone(single Config, alone int) (gone int) {
	r.Helper()
	single.Node.Role = RoleBoth
	n := r.runs(single)
	defer r.ends(n)
	got, _, text := r.reads(n)
	if gone = alone + 4 - got; gone != r.lost {
		r.Errorf("%d readings are gone, and the certificate says %d: %s", gone, r.lost, text)
	}
	r.answersBoth(n)
	if code, said := r.write(n, "", 59); code != http.StatusOK || said.Durability != "one" {
		r.Errorf("%d %+v", code, said)
	}
	comes(r.T, "the journal is empty", func() (any, bool) {
		status := client{r.T, n.URL(), ""}.status()
		return status, *status.Journals[0].Blocks == 0
	})
	if now, _, text := r.reads(n); now != got+1 {
		r.Errorf("%d readings, and then %d: %s", got, now, text)
	}
	return gone
}

// answersBoth has a node answer what was acknowledged both.
func (r *regions) answersBoth(n *Node) {
	r.Helper()
	_, _, text := r.reads(n)
	for _, second := range []int{1, 2, 50} {
		if !strings.Contains(text, fmt.Sprintf("2026-01-01T00:00:%02dZ", second)) {
			r.Errorf("the reading of second %d was acknowledged both, and is not answered: %s", second, text)
		}
	}
}

// joins has a new journal take the place of the east's, and the old one be refused.
func (r *regions) joins(gone, alone int) {
	r.Helper()
	old, oldEast := r.node("west"), r.node("east")
	before := r.east
	r.east = azuritetest.Require(r.T, azurite.Options{Folder: r.TempDir(), Accounts: []azurite.Account{{Name: "jnew"}}})
	east, west := r.node("east"), r.node("west")
	place, err := Initialise(r.Context(), east)
	r.must(err)
	if len(place.Retired) != 1 || place.Shards == 0 {
		r.Errorf("%+v", place)
	}
	if place, err := Initialise(r.Context(), east); err != nil || place.Unfilled {
		r.Errorf("filled: %+v, %v", place, err)
	}
	e, w := start(r.T, east), start(r.T, west)
	r.both(e, 57, "east", "west")
	for _, n := range []*Node{e, w} {
		comes(r.T, "everything that is left is everywhere", func() (any, bool) {
			got, h, text := r.reads(n)
			return text, got == alone-gone+6 && h.Get("Tidemark-Mode") == "normal"
		})
		r.answersBoth(n)
	}
	r.must(before.Restart(r.Context()))
	r.refused("the old journal in the west", old, fault.Conflict, "was retired at")
	r.refused("the old journal in the east", oldEast, fault.Conflict, "was retired at")
	if _, err := Initialise(r.Context(), old); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(),
		"empty its account") {
		r.Errorf("init with the old journal: %v", err)
	}
}
