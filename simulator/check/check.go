package check

import "tidemark/simulator/history"

// All holds a history against every rule but Idle, and gives what is wrong, sorted. It does not change the history.
func All(h *history.History, o Options) []Verdict {
	var f found
	checkReadings(h, o, &f)
	checkRows(h, o, &f)
	checkTruth(h, &f)
	checkProgress(h, o, &f)
	return f.list()
}
