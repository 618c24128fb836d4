package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/simulator/topology"
)

func (a *api) registerEvents() {
	parameters := []*huma.Param{
		{Name: "after", In: "query", Description: "Begin after this ID; 0 is the first that is kept.",
			Schema: &huma.Schema{Type: huma.TypeInteger}},
		{Name: "kind", In: "query", Description: "Only events of these kinds, separated by commas.",
			Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "account", In: "query", Description: "Only events of this account.",
			Schema: &huma.Schema{Type: huma.TypeString}},
	}
	o := op("GET", "/events", "stream-events", "truth",
		"The truth stream as server-sent events, from now on or after an ID")
	o.Description = "Each event has its ID. Who comes back with Last-Event-ID misses nothing that is kept: the last " +
		"65,536 events. An event named missed says how many are gone."
	o.Parameters = append(slices.Clone(parameters), &huma.Param{Name: "Last-Event-ID", In: "header",
		Description: "As a browser sends it when it comes back.", Schema: &huma.Schema{Type: huma.TypeInteger}})
	a.page(o, "text/event-stream", "Events, until the client goes", a.streamEvents)
	o = op("GET", "/events.jsonl", "list-events", "truth",
		"The truth stream as JSON lines: what is kept, or with follow what comes too")
	o.Parameters = append(slices.Clone(parameters), &huma.Param{Name: "follow", In: "query",
		Description: "Go on with what comes.", Schema: &huma.Schema{Type: huma.TypeBoolean}})
	a.page(o, "application/jsonl", "Events, one a line", a.listEvents)
}

// wish is which events a client wants.
type wish struct {
	after   uint64
	kinds   []string
	account string
}

// wishOf reads it. begin is where a client begins that says nothing.
func wishOf(r *http.Request, begin uint64) (w wish, err error) {
	q := r.URL.Query()
	w = wish{after: begin, account: q.Get("account")}
	if kinds := q.Get("kind"); kinds != "" {
		w.kinds = strings.Split(kinds, ",")
	}
	text := q.Get("after")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		text = last
	}
	if text != "" {
		if w.after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return w, invalid("after is %q: write the ID of an event, as 17; 0 is the first that is kept", text)
		}
	}
	return w, nil
}

func (w wish) wants(e topology.Event) bool {
	return (w.account == "" || e.Account == w.account) && (len(w.kinds) == 0 || slices.Contains(w.kinds, e.Kind))
}

const eventsAtOnce = 500

// Variables for tests.
var (
	heartbeat = 15 * time.Second
	patience  = time.Minute // how long a client may take nothing
)

// streamEvents writes server-sent events (HTML Living Standard, 9.2) until the client goes.
func (a *api) streamEvents(w http.ResponseWriter, r *http.Request) {
	want, err := wishOf(r, a.sim.Events().Last())
	if err != nil {
		writeProblem(w, problemOf(err).(*Problem))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	a.follow(r.Context(), w, want, func(e topology.Event) error {
		body, err := json.Marshal(e)
		if err == nil {
			_, err = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Kind, body)
		}
		return err
	}, func(missed uint64) error {
		_, err := fmt.Fprintf(w, "event: missed\ndata: {\"missed\":%d}\n\n", missed)
		return err
	}, func() error {
		_, err := fmt.Fprint(w, ": still here\n\n")
		return err
	})
}

// listEvents writes what is kept, and what comes if the client follows.
func (a *api) listEvents(w http.ResponseWriter, r *http.Request) {
	want, err := wishOf(r, 0)
	follow, bad := strconv.ParseBool(r.URL.Query().Get("follow"))
	if err == nil && r.URL.Query().Has("follow") && bad != nil {
		err = invalid("follow is %q: write true or false", r.URL.Query().Get("follow"))
	}
	if err != nil {
		writeProblem(w, problemOf(err).(*Problem))
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	lines := json.NewEncoder(w)
	ctx := r.Context()
	if !follow {
		bounded, cancel := context.WithCancel(ctx)
		cancel() // what is there is written, nothing is waited for
		ctx = bounded
	}
	a.follow(ctx, w, want, func(e topology.Event) error { return lines.Encode(e) }, func(uint64) error { return nil },
		func() error { return nil })
}

// follow hands over events until a write fails, or there is nothing more and the context has ended.
func (a *api) follow(ctx context.Context, w http.ResponseWriter, want wish, event func(topology.Event) error,
	missed func(uint64) error, idle func() error) {
	out := http.NewResponseController(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		// at every turn anew: it ends a stream that nobody reads, not one that is quiet
		_ = out.SetWriteDeadline(time.Now().Add(patience))
		events, gone, more := a.sim.Events().Since(want.after, eventsAtOnce)
		if gone > 0 && missed(gone) != nil {
			return
		}
		for _, e := range events {
			want.after = e.ID
			if want.wants(e) && event(e) != nil {
				return
			}
		}
		if len(events) > 0 && a.ends.Err() == nil {
			continue
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-more:
		case <-beat.C:
			if idle() != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-a.ends.Done():
			return
		}
	}
}
