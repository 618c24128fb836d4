package path

import "fmt"

// Ending is how a call ended without an answer of the storage's own.
type Ending string

// The endings.
const (
	Unreached  Ending = "unreached"  // nothing was done, and the sender knows
	Refused    Ending = "refused"    // nothing was done, and the answer says so: a status
	Unanswered Ending = "unanswered" // it may have been done, or may still be; of a read there is no answer
)

// Error is a call that ended without an answer of the storage's own.
type Error struct {
	Ending Ending
	Status int    // of Refused, as HTTP has it
	Code   string // of Refused, as the service has it
	Why    string // the rule or the cut
}

// Error says what happened.
func (e *Error) Error() string {
	if e.Ending == Refused {
		return fmt.Sprintf("refused with %d %s (%s)", e.Status, e.Code, e.Why)
	}
	return fmt.Sprintf("%s (%s)", e.Ending, e.Why)
}
