package journal

import (
	"errors"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
)

// ErrGone is the cause of errors that say that a journal is not of the generation that a process knows.
var ErrGone = errors.New("the journal is not of the generation that is known")

// gone makes such an error.
func gone(op, format string, args ...any) error {
	err := fault.New(fault.Unavailable, op, format, args...)
	err.Cause = ErrGone
	return err
}

// Known is the generation that a process knows a journal as; the zero value knows none yet. Adapters keep one for
// each handle and ask it in every call. It is not safe for concurrent use.
type Known struct {
	Region     string // of which journal; said in errors, once it is known
	Generation string // "" before anything is known
}

// Meet holds what is known against the identity that is there, nil where there is none. Who knows nothing yet learns
// it. Another generation, or none any more, is fault.Unavailable: whoever asked does without this journal, as if it
// were out of reach.
func (k *Known) Meet(op string, there *Place) error {
	switch {
	case k.Generation == "" && there == nil:
		return nil
	case k.Generation == "":
		k.Region, k.Generation = there.Region, there.Generation
		return nil
	case planted.On(planted.AnyGeneration):
		return nil
	case there == nil:
		return gone(op, "the journal of region %q was emptied: generation %s, with which this "+
			"process began, is not there any more. Nothing is written to that account or read from it. If what it "+
			"held comes back, it is used again; else stop all nodes, run `tidemark retire`, and then `tidemark init` "+
			"with both journals", k.Region, k.Generation)
	case there.Generation != k.Generation:
		return gone(op, "the journal of region %q is generation %s now, and this process began "+
			"with generation %s: stop this process, and start it again with the journals that `tidemark init` was run "+
			"with last", there.Region, there.Generation, k.Generation)
	}
	return nil
}
