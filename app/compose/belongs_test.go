package compose

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/ports/journal"
)

// row is a journal whose identity is what a test says.
type row struct {
	journal.Journal
	place journal.Place
	err   error
}

func (r *row) Identity(context.Context) (journal.Place, error) { return r.place, r.err }

// TestANodeAsksWhatItsJournalsAreNow: it goes on with those that it began with alone. That its own journal was retired
// stays so when the journal that said it is silent.
func TestANodeAsksWhatItsJournalsAreNow(t *testing.T) {
	east := journal.Peer{Region: "east", Generation: "e1"}
	west := journal.Peer{Region: "west", Generation: "w1"}
	began := [2]journal.Place{{Region: "east", Generation: "e1", Peer: west},
		{Region: "west", Generation: "w1", Peer: east}}
	away := fault.New(fault.Unavailable, "journal.identity", "it is away")
	never := fault.New(fault.NotFound, "journal.identity", "it was never initialised")
	gaveUp := func(_, far *row) {
		far.place.Peer, far.place.Retired = journal.Peer{}, []journal.Retired{{Peer: east, At: time.Unix(1, 0)}}
	}
	for name, c := range map[string]struct {
		happens []func(near, far *row)
		want    string // of the last
	}{
		"nothing":       {[]func(near, far *row){func(_, _ *row) {}}, ""},
		"far is silent": {[]func(near, far *row){func(_, far *row) { far.err = away }}, ""},
		"retired":       {[]func(near, far *row){gaveUp}, "was retired at"},
		"retired, then the other is silent": {[]func(near, far *row){gaveUp, func(_, far *row) { far.err = away }},
			"was retired at"},
		"near is silent":   {[]func(near, far *row){func(near, _ *row) { near.err = away }}, "it is away"},
		"near was emptied": {[]func(near, far *row){func(near, _ *row) { near.err = never }}, "was emptied"},
		"near was made anew": {[]func(near, far *row){func(near, _ *row) { near.place.Generation = "e2" }},
			"is generation e2 now"},
		"another peer": {[]func(near, far *row){func(near, _ *row) { near.place.Peer.Generation = "w2" }},
			"has another peer than"},
	} {
		near, far := &row{place: began[0]}, &row{place: began[1]}
		st := &storage{back: node.Stores{Journal: near, Far: journal.Site{Region: "west", Journal: far}}}
		belongs := st.belongs(Config{Storage: Storage{PeerAccount: "jwest"}}, began[0])
		var err error
		for _, happen := range c.happens {
			happen(near, far)
			err = belongs(t.Context())
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
