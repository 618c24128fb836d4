package world

import (
	"context"
	"time"

	"tidemark/domain/region"
	"tidemark/ports/storageaccount"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
)

// hear notes an event of the account's truth stream.
func (w *World) hear(e georep.Event) {
	if w.rec == nil {
		return
	}
	told := history.Event{At: e.At, Account: "geo", Kind: e.Kind, Text: e.Text}
	if e.Entry != (georep.Entry{}) {
		entry := entryOf(e.Entry)
		told.Entry = &entry
	}
	w.rec.h.Tell(w.Sched.Now(), told)
}

func entryOf(e georep.Entry) history.Entry {
	p := e.Partition
	return history.Entry{Seq: e.Seq, At: e.At, Due: e.Due, Rows: e.Rows, Bytes: e.Bytes,
		Partition: history.Partition{
			Service: string(p.Service), Container: p.Container, Key: p.Key, Whole: p.Whole}}
}

// asked notes what nodes are told of the Last Sync Time.
type asked struct {
	storageaccount.Account
	w *World
}

// Tidemark asks on.
func (a asked) Tidemark(ctx context.Context) (region.Tidemark, error) {
	rec := a.w.rec
	if rec == nil {
		return a.Account.Tidemark(ctx)
	}
	op := rec.begin(who{client: "tide"}, history.Call{Kind: history.Stats, Account: "geo", Service: "table",
		Endpoint: history.Secondary})
	t, err := a.Account.Tidemark(ctx)
	states := map[region.State]georep.State{region.Live: georep.Live, region.Bootstrap: georep.Bootstrap,
		region.Unavailable: georep.Unavailable}
	rec.h.End(rec.now(), op, outcome(err), history.Answer{State: string(states[t.State]), LastSync: t.At},
		why(err))
	return t, err
}

// lost notes what failovers lost so far, as the account lists it.
func (r *recorder) lost(w *World) {
	for _, l := range w.Account.Discarded() {
		out := &history.Loss{At: l.At, LastSync: map[string]time.Time{}}
		for service, at := range l.LastSync {
			out.LastSync[string(service)] = at
		}
		for _, e := range l.Entries {
			out.Entries = append(out.Entries, history.Lost{Entry: entryOf(e), Keys: l.Keys[e.Seq]})
		}
		op := r.begin(who{client: "operator"}, history.Call{Kind: history.Losses, Account: "geo"})
		r.h.End(r.now(), op, history.Done, history.Answer{Loss: out}, "")
	}
}
