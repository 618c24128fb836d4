package world

import (
	"slices"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// TestTheAccountIsJudged: what the account tells and lists is in the history of a schedule, and faults in it are found.
func TestTheAccountIsJudged(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  check.Rule
		plant func(h *history.History) bool
	}{
		{"Last Sync Times are late", check.LastSync, func(h *history.History) bool {
			for _, op := range h.Done() {
				if op.Call.Kind == history.Stats && !op.Answer.LastSync.IsZero() {
					op.Answer.LastSync = op.Answer.LastSync.Add(time.Minute)
				}
			}
			return true
		}},
		{"a lost write is not listed", check.Discards, func(h *history.History) bool {
			i := slices.IndexFunc(h.Ops, func(op *history.Op) bool { return op.Call.Kind == history.Losses })
			if i < 0 || len(h.Ops[i].Answer.Loss.Entries) == 0 {
				return false
			}
			h.Ops[i].Answer.Loss.Entries = h.Ops[i].Answer.Loss.Entries[1:]
			return true
		}},
		{"an entry is applied again", check.Duplicated, func(h *history.History) bool {
			i := slices.IndexFunc(h.Truth, func(t history.Told) bool { return t.Event.Kind == "apply" })
			again := h.Truth[i]
			h.Truth = slices.Insert(h.Truth, i+1, again)
			return true
		}},
	} {
		seed, planted := uint64(1), false
		for ; seed < 20 && !planted; seed++ {
			h, err := Schedule(seed, FailoverPlan)
			if err != nil {
				t.Fatalf("TIDEMARK_SEED=%d: %v", seed, err)
			}
			least := check.Demand{Stats: 5, Truth: map[string]int{"commit": 50, "apply": 50, "promoted": 1}}
			if few := check.Enough(h, least); len(few) > 0 {
				t.Errorf("TIDEMARK_SEED=%d: %v", seed, few)
			}
			if planted = c.plant(h); !planted {
				continue
			}
			verdicts := check.All(h, promised(FailoverPlan))
			if !slices.ContainsFunc(verdicts, func(v check.Verdict) bool { return v.Rule == c.want }) {
				t.Errorf("TIDEMARK_SEED=%d: %s: not found, but %v", seed, c.name, verdicts)
			}
		}
		if !planted {
			t.Errorf("%s: no schedule had a place for it", c.name)
		}
	}
}
