package ingest

import (
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
)

// stage is how far a piece is on its way into a block.
type stage uint8

const (
	queued  stage = iota // in its writer's queue
	closing              // its block is being closed: the batch is read
	closed               // its block has closed: the batch is no longer read
)

// caller is what the request of a piece does.
type caller uint8

const (
	waits  caller = iota
	gaveUp        // it waited as long as we let it, and is told what is known
	gone          // it does not wait for an answer
)

// errUnderWay says that readings are perhaps stored. trouble is what the journal said last, if it said anything.
func errUnderWay(trouble string) error {
	if planted.On(planted.UnknownRefused) {
		return fault.New(fault.Throttled, "ingest.write", "the readings were refused")
	}
	return &fault.Error{Kind: fault.Indeterminate, Op: "ingest.write", RetryAfter: time.Second,
		Message: "the journal has not confirmed the readings" + because(trouble) + ": perhaps stored, send them again"}
}

// errNotTaken says that readings were not sent, because those before them are not confirmed.
func errNotTaken(trouble string) error {
	return &fault.Error{Kind: fault.Unavailable, Op: "ingest.write", RetryAfter: time.Second,
		Message: "the journal takes no readings at present" + because(trouble) +
			": nothing was stored, send them again"}
}

func because(trouble string) string {
	if trouble == "" {
		return ""
	}
	return " (" + trouble + ")"
}

func errNotSent() error {
	return fault.New(fault.Canceled, "ingest.write", "the request ended before its readings were stored: nothing "+
		"was stored")
}
