// Package fault is the one set of error kinds of tidemark.
//
// An adapter classifies what went wrong once, with the operation and the cause; use cases wrap nothing again and
// decide by kind, never by text; httpapi maps kinds to HTTP problems in one place. Message is written for the person
// who sent the request and says what to do; the cause is for logs and never reaches a client.
package fault

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Kind says what a program can do about an error. The numbers are frozen: they are stored and logged.
type Kind uint8

// The kinds. Zero is no error.
const (
	Invalid         Kind = 1 // the input is wrong; the same input fails again
	NotFound        Kind = 2 // it is not there
	Conflict        Kind = 3 // somebody else was first: a version moved, a number is taken, a stream ended
	Unauthenticated Kind = 4 // nobody we know
	Forbidden       Kind = 5 // known, and not allowed
	TooLarge        Kind = 6 // over a bound of docs/limits.md
	// more than we allow a client at once; again after RetryAfter. A storage that is busy is Unavailable
	Throttled     Kind = 7
	Unavailable   Kind = 8  // did not happen; may succeed later
	Indeterminate Kind = 9  // may or may not have happened
	Canceled      Kind = 10 // the caller gave up
	Corrupt       Kind = 11 // stored bytes do not decode
	Internal      Kind = 12 // a bug
)

var names = [...]string{"ok", "invalid", "not-found", "conflict", "unauthenticated", "forbidden", "too-large",
	"throttled",
	"unavailable", "indeterminate", "canceled", "corrupt", "internal"}

// String is the kind's name in logs and problem types.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind-%d", uint8(k))
}

// Error is a classified error.
type Error struct {
	Kind       Kind
	Op         string        // the operation, "journal.append"
	Message    string        // for the client: what is wrong and what to do; may be empty
	RetryAfter time.Duration // with Throttled and Unavailable; zero means unsaid
	Cause      error         // for the log
}

// Error is the text for logs: operation, kind, message, cause.
func (e *Error) Error() string {
	s := e.Op + ": " + e.Kind.String()
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New is an error of a kind with a message for the client.
func New(k Kind, op, format string, args ...any) *Error {
	return &Error{Kind: k, Op: op, Message: fmt.Sprintf(format, args...)}
}

// Wrap classifies a cause. A nil cause gives nil.
func Wrap(k Kind, op string, cause error) error {
	if cause == nil {
		return nil
	}
	return &Error{Kind: k, Op: op, Cause: cause}
}

// KindOf is the kind of the outermost classified error in the chain; zero for nil. An unclassified context error is
// Canceled (a deadline that is not classified by an adapter is the caller's own); everything else is Internal.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Canceled
	}
	return Internal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// GivenUp reports whether whoever asked for the work gave it up: a node that stops, a client that left. What fails
// under such a context fails because of that, however an adapter classified it, and is no trouble that a person has
// to hear of. A deadline that passed is not giving up: something took too long.
func GivenUp(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// Message is the text for the client; "" when there is none.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

// Counted is "1 row" or "3 rows", for messages.
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
