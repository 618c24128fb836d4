package reach

import (
	"context"
	"errors"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
)

// outcomeOf is what the end of a call says of the endpoint, false if it says nothing: what was refused before anything
// was sent, and what its caller gave up. A call that a deadline ended is silence if it had as long as silence takes. If
// it had less, it failed when the deadline was the adapter's, and says nothing when it was the caller's.
func outcomeOf(ctx context.Context, err error, took, silence time.Duration) (region.Outcome, bool) {
	late := took >= silence
	switch fault.KindOf(err) {
	case 0, fault.NotFound, fault.Conflict, fault.Corrupt:
		return region.Answered, true
	case fault.Unavailable, fault.Indeterminate:
		switch {
		case fault.GivenUp(ctx):
			return 0, false
		case late && errors.Is(err, context.DeadlineExceeded):
			return region.Silent, true
		}
		return region.Failed, true
	case fault.Canceled:
		if late && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return region.Silent, true
		}
	}
	return 0, false
}

// useless reports whether an error is no word of the endpoint's, so that another one may be asked.
func useless(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Indeterminate, fault.Canceled, fault.Internal:
		return true
	}
	return false
}
