package check

import (
	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/check/internal/readings"
	"tidemark/simulator/check/internal/rows"
	"tidemark/simulator/history"
)

// Verdict is one thing that is wrong: its rule, a sentence, and the operations concerned.
type Verdict = finding.Verdict

// Rule names what is wrong.
type Rule = finding.Rule

// The rules.
const (
	Wrong       = finding.Wrong
	Refused     = finding.Refused
	Lost        = finding.Lost
	Vanished    = finding.Vanished
	Resurrected = finding.Resurrected
	Duplicated  = finding.Duplicated
	Short       = finding.Short
	FalseClaim  = finding.FalseClaim
	Session     = finding.Session
	Order       = finding.Order
	Changed     = finding.Changed
	Bounds      = finding.Bounds
	LastSync    = finding.LastSync
	Discards    = finding.Discards
	Truth       = finding.Truth
	Stuck       = finding.Stuck
	Idle        = finding.Idle
)

// Rules lists all rules.
func Rules() []Rule { return finding.Rules() }

// All holds a history against every rule but Idle, and gives what is wrong, sorted. It does not change the history.
func All(h *history.History, o Options) []Verdict {
	var found finding.List
	readings.Check(h, readings.Options{Apart: o.Apart, Skew: o.Skew}, &found)
	rows.Check(h, o.Slack, &found)
	rows.CheckTruth(h, &found)
	if o.Placed {
		checkPlaced(h, &found)
	}
	checkDead(h, &found)
	checkStill(h, &found)
	checkLate(h, &found)
	checkProgress(h, o, &found)
	return found.Verdicts()
}
