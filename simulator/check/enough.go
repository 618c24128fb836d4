package check

import (
	"fmt"
	"maps"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// Demand is the least that has to have happened for a run to prove something. Zero demands nothing.
type Demand struct {
	Acked   int            // writes, deletions and writes of rows that were acknowledged
	Answers int            // reads that showed something
	Stats   int            // answers with a Last Sync Time
	Unknown int            // operations whose outcome nobody knows
	Refused int            // operations that were certainly not done
	Healed  int            // operations that were done after phase Healed
	Clients int            // processes that were answered
	Truth   map[string]int // events of the truth stream, by kind
}

// Enough holds that at least so much happened.
func Enough(h *history.History, d Demand) []Verdict {
	got, want := tally(h), d
	var f finding.List
	short := func(what string, got, want int) {
		if got < want {
			f.Add(finding.Idle, what, nil, func() string {
				return fmt.Sprintf("%d %s, at least %d are wanted: the run proves too little", got, what, want)
			})
		}
	}
	short("writes and deletions were acknowledged", got.Acked, want.Acked)
	short("answers showed something", got.Answers, want.Answers)
	short("Last Sync Times were told", got.Stats, want.Stats)
	short("operations have an unknown outcome", got.Unknown, want.Unknown)
	short("operations were refused", got.Refused, want.Refused)
	short("operations were done after everything was healed", got.Healed, want.Healed)
	short("clients were answered", got.Clients, want.Clients)
	for _, kind := range slices.Sorted(maps.Keys(want.Truth)) {
		short("events of kind "+kind, got.Truth[kind], want.Truth[kind])
	}
	return f.Verdicts()
}

// tally counts what happened.
func tally(h *history.History) Demand {
	d := Demand{Truth: map[string]int{}}
	healed := -1
	for _, m := range h.Phases {
		if m.Phase == history.Healed && healed < 0 {
			healed = m.Place
		}
	}
	clients := map[string]bool{}
	for _, op := range h.Ops {
		switch op.Outcome {
		case history.Unknown:
			d.Unknown++
			continue
		case history.Refused:
			d.Refused++
			continue
		}
		clients[op.Process] = true
		if healed >= 0 && op.Begin > healed {
			d.Healed++
		}
		switch op.Call.Kind {
		case history.Write, history.Delete, history.WriteRows:
			d.Acked++
		case history.Stats:
			if !op.Answer.LastSync.IsZero() {
				d.Stats++
			}
		default:
			if a := op.Answer; len(a.Readings) > 0 || len(a.Rows) > 0 || a.Count > 0 || len(a.Buckets) > 0 ||
				a.Text != "" {
				d.Answers++
			}
		}
	}
	d.Clients = len(clients)
	for _, t := range h.Truth {
		d.Truth[t.Event.Kind]++
	}
	return d
}
