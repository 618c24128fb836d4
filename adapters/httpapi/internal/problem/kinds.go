package problem

import (
	"time"

	"tidemark/domain/fault"
)

// kinds is the one mapping from what went wrong to HTTP.
var kinds = map[fault.Kind]struct {
	status int
	title  string
	retry  time.Duration // Retry-After when the error says none; 0: no header
	quiet  bool          // the message is not for clients
}{
	fault.Invalid:         {400, "The request is wrong", 0, false},
	fault.NotFound:        {404, "There is no such thing", 0, false},
	fault.Conflict:        {409, "Somebody else was first", 0, false},
	fault.Unauthenticated: {401, "Nobody we know", 0, false},
	fault.Forbidden:       {403, "Not allowed", 0, false},
	fault.TooLarge:        {413, "Over a limit", 0, false},
	fault.Throttled:       {429, "Too much at once", time.Second, false},
	fault.Unavailable:     {503, "Not available", time.Second, false},
	fault.Indeterminate:   {503, "The outcome is unknown", time.Second, false},
	fault.Canceled:        {503, "Not finished in time", time.Second, false},
	fault.Corrupt:         {500, "Stored data do not decode", 0, true},
	fault.Internal:        {500, "A fault of ours", 0, true},
}

// Title is the title of the problems of a kind.
func Title(kind fault.Kind) string { return kinds[kind].title }
