package reach_test

import (
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/reach"
)

// TestABudgetIsAShare holds that no more is taken than was saved at first and a tenth of what was earned, and never
// more at once than can be saved.
func TestABudgetIsAShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := reach.NewBudget(reach.DefaultShare, reach.DefaultSaved)
		earned, taken := 0, 0
		for range rapid.IntRange(1, 50).Draw(t, "turns") {
			for range rapid.IntRange(0, 300).Draw(t, "calls") {
				b.Earn()
				earned++
			}
			atOnce := 0
			for range rapid.IntRange(0, 30).Draw(t, "wanted") {
				if b.Take() {
					atOnce++
				}
			}
			taken += atOnce
			if atOnce > reach.DefaultSaved || 10*taken > 10*reach.DefaultSaved+earned {
				t.Fatalf("%d at once, %d in all, after %d calls", atOnce, taken, earned)
			}
		}
	})
}

// TestABudgetIsEarnedBack: what is spent comes back, one for ten calls.
func TestABudgetIsEarnedBack(t *testing.T) {
	b := reach.NewBudget(reach.DefaultShare, reach.DefaultSaved)
	for b.Take() {
	}
	for call := 1; call <= 100; call++ {
		b.Earn()
		if got := b.Take(); got != (call%10 == 0) {
			t.Fatalf("after %d calls it gives: %v", call, got)
		}
	}
}
