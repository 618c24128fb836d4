package journaltest

import (
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// generations empties the storage under a handle, and has another journal take its place: the handle sees nothing of
// that and changes nothing, whatever it does, until what it knows is there again.
func generations(e *env) {
	first := journal.Place{Region: "east", Generation: "E1"}
	furnishAs(e, first)
	for i, w := range writes {
		w.before(e, numbered(i+1))
	}
	e.Wipe()
	_, err := e.Journal.Identity(e.ctx)
	e.kind(err, "identity of what was emptied", fault.NotFound)
	e.refused("emptied")

	second := e.again()
	place := journal.Place{Region: "east", Generation: "E2", Unfilled: true,
		Peer: journal.Peer{Region: "west", Generation: "W1"}}
	e.ok(second.Directory.Init(e.ctx, place), "init of another generation")
	second.prepare()
	got, err := e.Journal.Identity(e.ctx)
	if e.ok(err, "identity"); !got.Equal(place) {
		e.Errorf("the identity is told as %+v, want %+v", got, place)
	}
	e.refused("made anew")
	e.kind(e.Directory.Init(e.ctx, first), "init by who knows another generation", fault.Unavailable)
	e.kind(e.Directory.Change(e.ctx, place, place), "change by who knows another generation", fault.Unavailable)
	if all := second.shards(); len(all) != 0 {
		e.Errorf("who knows another generation registered %v", all)
	}
	if ix := second.index(shard, day); len(ix.Streams) != 0 {
		e.Errorf("who knows another generation made %+v", ix.Streams)
	}
	second.append(numbered(0), 31)
	second.holds(numbered(0), 0, 31)
	e.refused("in use")

	e.Wipe()
	third := e.again()
	e.ok(third.Directory.Init(e.ctx, first), "init of the first generation")
	third.prepare()
	third.append(numbered(0), 7)
	e.holds(numbered(0), 0, 7)
	e.append(numbered(0), 8)
	third.holds(numbered(0), 0, 7, 8)
	second.refused("when the first is back")
}

// again is the case with handles as a process has them that begins now.
func (e *env) again() *env {
	other := *e
	other.Journal, other.Directory = e.Again()
	return &other
}

// refused tries everything but what tells the identity: the storage does not have what the handle knows.
func (e *env) refused(when string) {
	e.Helper()
	for _, l := range looks[1:] {
		e.kind(l.do(e.ctx, e), when+": "+l.name, fault.Unavailable)
	}
	for i, w := range writes {
		e.kind(w.do(e.ctx, e, numbered(i+1)), when+": "+w.name, fault.Unavailable)
	}
	e.kind(e.Directory.Expire(e.ctx, day), when+": expire", fault.Unavailable)
}
