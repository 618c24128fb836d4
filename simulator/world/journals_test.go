package world

import (
	"fmt"
	"testing"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/inject/schedule"
)

// alone runs worlds of two regions in which one thing is away, in every of some ways, and everything else is there: no
// answer is wrong, and of each world's at least so many are from where they are found then.
func alone(t *testing.T, faults string, ways []string, least int, where string, from func(Outcome) int) {
	t.Helper()
	for _, how := range ways {
		s, err := schedule.Parse(fmt.Sprintf(faults, how))
		if err != nil {
			t.Fatal(err)
		}
		sum, answers, plan := 0, 0, TwoPlan
		plan.Strikes = false
		for _, seed := range seeds(t, 4) {
			o := Run(seed, plan, s)
			if o.Err != nil {
				t.Errorf("TIDEMARK_SEED=%d: %s: %s: %v", seed, how, o.Failure(), o.Err)
			}
			for _, v := range check.Enough(o.History, enoughOf("two")) {
				t.Errorf("TIDEMARK_SEED=%d: %s: %v", seed, how, v)
			}
			for _, op := range o.History.Ops {
				if op.Outcome == history.Done && op.Answer.Claim.Mode != "" {
					answers++
				}
			}
			n := from(o)
			if sum += n; n < least {
				t.Errorf("TIDEMARK_SEED=%d: %s: %d answers are from %s", seed, how, n, where)
			}
		}
		t.Logf("%s: %d of %d answers are from %s", how, sum, answers, where)
	}
}

// TestAJournalIsAwayAlone has the journal of each region be away in turn, and come back. The nodes of its region answer
// all the same, from the other journal, which they name.
func TestAJournalIsAwayAlone(t *testing.T) {
	alone(t, "at 15s for 20s %[1]s if account=journal\nat 55s for 20s %[1]s if account=journal-west\n",
		[]string{"status 503 ServerBusy", "hang"}, 10, "the journal of the other region",
		func(o Outcome) int { return o.Far })
}

// TestThePrimaryIsAwayAlone has the account's primary endpoint be away twice, for longer than it takes to be sure.
// Nodes of both regions answer from the secondary.
func TestThePrimaryIsAwayAlone(t *testing.T) {
	alone(t, "at 0s for 100s account geo lag: uniform 0s 12s\nat 20s for 25s %[1]s if account=geo and to=east\n"+
		"at 65s for 25s %[1]s if account=geo and to=east\n", []string{"status 503 ServerBusy", "hang", "reset"}, 20,
		"the secondary", func(o Outcome) int { return o.Secondary })
}

// TestBothJournalsAreAway has both journals be away at once. Nodes answer from the account alone, and say that this is
// old; each answer is held against what it vouches for.
func TestBothJournalsAreAway(t *testing.T) {
	alone(t, "at 55s for 20s %[1]s if account=journal\nat 55s for 20s %[1]s if account=journal-west\n",
		[]string{"status 503 ServerBusy", "reset"}, 1, "no journal", func(o Outcome) (n int) {
			for _, op := range o.History.Ops {
				if op.Outcome == history.Done && op.Answer.Claim.Mode == "read-only" {
					n++
				}
			}
			return n
		})
}
