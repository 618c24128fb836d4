package world

import (
	"fmt"
	"testing"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/inject/schedule"
)

// TestAJournalIsAwayAlone has the journal of each region be away in turn, and come back: everything else is there. The
// nodes of its region answer all the same, from the other journal, which they name.
func TestAJournalIsAwayAlone(t *testing.T) {
	for _, how := range []string{"status 503 ServerBusy", "hang"} {
		faults, err := schedule.Parse(fmt.Sprintf("at 15s for 20s %[1]s if account=journal\n"+
			"at 55s for 20s %[1]s if account=journal-west\n", how))
		if err != nil {
			t.Fatal(err)
		}
		far, answers := 0, 0
		for _, seed := range seeds(t, 4) {
			o := Run(seed, TwoPlan, faults)
			if o.Err != nil {
				t.Errorf("TIDEMARK_SEED=%d: %s: %s: %v", seed, how, o.Failure(), o.Err)
			}
			for _, v := range check.Enough(o.History, enoughOf("two")) {
				t.Errorf("TIDEMARK_SEED=%d: %s: %v", seed, how, v)
			}
			for _, op := range o.History.Ops {
				if op.Outcome == history.Done && op.Answer.Claim.From != "" {
					answers++
				}
			}
			if far += o.Far; o.Far < 10 {
				t.Errorf("TIDEMARK_SEED=%d: %s: %d answers are from the journal of the other region", seed, how, o.Far)
			}
		}
		t.Logf("%s: %d of %d answers are from the journal of the other region", how, far, answers)
	}
}

// TestThePrimaryIsAwayAlone has the account's primary endpoint be away twice, for longer than it takes to be sure:
// every journal is there, and the secondary. Nodes of both regions answer from that.
func TestThePrimaryIsAwayAlone(t *testing.T) {
	for _, how := range []string{"status 503 ServerBusy", "hang", "reset"} {
		faults, err := schedule.Parse(fmt.Sprintf("at 0s for 100s account geo lag: uniform 0s 12s\n"+
			"at 20s for 25s %[1]s if account=geo and to=east\nat 65s for 25s %[1]s if account=geo and to=east\n", how))
		if err != nil {
			t.Fatal(err)
		}
		sum := told{}
		for _, seed := range seeds(t, 4) {
			o := Run(seed, TwoPlan, faults)
			if o.Err != nil {
				t.Errorf("TIDEMARK_SEED=%d: %s: %s: %v", seed, how, o.Failure(), o.Err)
			}
			for _, v := range check.Enough(o.History, enoughOf("two")) {
				t.Errorf("TIDEMARK_SEED=%d: %s: %v", seed, how, v)
			}
			for _, op := range o.History.Ops {
				if op.Outcome == history.Done && op.Answer.Claim.From != "" {
					sum.answers++
				}
			}
			if sum.secondary += o.Secondary; o.Secondary < 20 {
				t.Errorf("TIDEMARK_SEED=%d: %s: %d answers are from the secondary", seed, how, o.Secondary)
			}
		}
		t.Logf("%s: %d of %d answers are from the secondary", how, sum.secondary, sum.answers)
	}
}
