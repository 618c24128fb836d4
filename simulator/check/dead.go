package check

import (
	"fmt"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// checkDead holds that a process which the truth stream says was killed answers nothing after.
func checkDead(h *history.History, f *finding.List) {
	died := map[string]int{}
	for _, t := range h.Truth {
		if _, again := died[t.Event.Text]; t.Event.Kind == "killed" && !again {
			died[t.Event.Text] = t.Place
		}
	}
	for _, op := range h.Ops {
		at, dead := died[op.Node]
		if dead && op.End > at && op.Outcome == history.Done {
			f.Add(finding.Truth, op.Node, nil, func() string {
				return fmt.Sprintf("%s answered a %v by %s, and had been killed before", op.Node, op.Call.Kind,
					op.Process)
			}, op)
		}
	}
}
