package check

import (
	"fmt"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// checkPlaced holds that nothing is acknowledged that is in no block: it is lost, though another answer may show it by
// luck.
func checkPlaced(h *history.History, f *finding.List) {
	for _, op := range h.Done() {
		writes := op.Call.Kind == history.Delete || op.Call.Kind == history.Write && len(op.Call.Readings) > 0
		if writes && !op.Answer.Origin.Known() {
			f.Add(finding.Lost, fmt.Sprint(op.ID), nil, func() string {
				return fmt.Sprintf("%s was acknowledged a %v that is in no block", op.Process, op.Call.Kind)
			}, op)
		}
	}
}
