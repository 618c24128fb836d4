package finding

import "fmt"

// Rule names what is wrong.
type Rule uint8

// The rules.
const (
	Wrong       Rule = iota + 1 // a value that nobody wrote, or not yet, or for somebody else
	Refused                     // a value whose writer was told that it was not stored
	Lost                        // acknowledged, and no answer shows it any more
	Vanished                    // seen and never acknowledged, and gone without a deletion
	Resurrected                 // deleted, expired or replaced, and back
	Duplicated                  // shown or counted twice, or applied twice
	Short                       // an answer that is complete and lacks what a later one shows
	FalseClaim                  // an answer whose As-Of covers what it lacks
	Session                     // a session does not see what it wrote or saw before
	Order                       // a state or an order in which things never were
	Changed                     // another answer to a question, though nothing that was written can be why
	Bounds                      // an answer beyond what was asked for
	LastSync                    // a Last Sync Time that is later than a missing write, or that fell
	Discards                    // a failover's list that is not exactly what is gone
	Truth                       // the truth stream and the clients differ about what was written, or who lived
	Stuck                       // no progress although everything is healed
	Idle                        // so little happened that the run proves nothing
)

var ruleNames = []string{Wrong: "wrong", Refused: "refused", Lost: "lost", Vanished: "vanished",
	Resurrected: "resurrected", Duplicated: "duplicated", Short: "short", FalseClaim: "false-claim", Session: "session",
	Order: "order", Changed: "changed", Bounds: "bounds", LastSync: "last-sync", Discards: "discards", Truth: "truth",
	Stuck: "stuck",
	Idle:  "idle"}

// Rules lists all rules.
func Rules() []Rule {
	all := make([]Rule, 0, len(ruleNames))
	for r := Wrong; r <= Idle; r++ {
		all = append(all, r)
	}
	return all
}

func (r Rule) String() string {
	if int(r) < len(ruleNames) && r > 0 {
		return ruleNames[r]
	}
	return fmt.Sprintf("rule %d", r)
}

// MarshalText writes the form of String.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the form of String.
func (r *Rule) UnmarshalText(text []byte) error {
	for i, name := range ruleNames {
		if i > 0 && name == string(text) {
			*r = Rule(i)
			return nil
		}
	}
	return fmt.Errorf("rule %q is not one of %q", text, ruleNames[1:])
}
