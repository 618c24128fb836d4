package world

import (
	"fmt"
	"strings"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/inject/schedule"
)

// promised is what the program promises the world of a plan: each node's clock is within a second of the storage's,
// whose resolution is a second. The clock of the run is one, and no answer is as of another.
func promised(p Plan) check.Options {
	o := check.Options{Apart: apart, Slack: 200 * time.Millisecond, Patience: patient, Clocks: p.Skew,
		Placed: true}
	if p.Regions > 1 { // claims are by the clock of a journal, and a node may have heard that of one alone
		o.Skew = p.Skew + time.Second
		o.Apart += 2 * p.Skew
	}
	if p.Drawn {
		o.Clocks += schedule.Promised(topology(p), p.For).Clock
	}
	o.Patience += 2 * o.Clocks // what was stamped by a clock ahead waits for a Last Sync Time by one that is behind
	return o
}

// apart is how far apart two writes are whose order is certain.
const apart = 3 * time.Second

// Violation is a history that does not hold what was promised.
type Violation struct{ Verdicts []check.Verdict }

// Error lists the first of them.
func (v *Violation) Error() string {
	const shown = 5
	var out strings.Builder
	out.WriteString("the history does not hold:")
	for _, verdict := range v.Verdicts[:min(shown, len(v.Verdicts))] {
		fmt.Fprintf(&out, "\n\t%s", verdict)
	}
	if more := len(v.Verdicts) - shown; more > 0 {
		fmt.Fprintf(&out, "\n\tand %d more", more)
	}
	return out.String()
}

// judge holds a history against what was promised.
func judge(h *history.History, p Plan) error {
	if verdicts := check.All(h, promised(p)); len(verdicts) > 0 {
		return &Violation{verdicts}
	}
	return nil
}
