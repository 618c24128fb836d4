package queues

import (
	"regexp"
	"slices"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
)

// The most seconds that a message may be hidden, and the most messages that one Get or Peek gives.
const (
	SevenDays = 7 * 24 * 3600
	MaxTake   = 32
)

const (
	maxText    = 64 << 10
	unlimited  = "2017-07-29" // the version from which on a message may live longer than seven days
	namesRules = "2009-09-19" // the version from which on names of metadata are identifiers of C#

	// MaxBody is the most of a request's body that is read. A message is at most 64 KiB; references to characters
	// make its XML longer.
	MaxBody = 1 << 20
)

var (
	queueName    = regexp.MustCompile(`^[0-9a-z]+(-[0-9a-z]+)*$`)
	metadataName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)
)

// Check holds the limits of the service that Azurite 3.37 does not hold, or holds with an answer without a code: it
// takes "|" in a queue's name, fractions, a visibility timeout as long as the time to live that goes without saying,
// names of metadata that are none, and answers 400 without a body where a number is none or a parameter is missing.
// Sources: "Naming Queues and Metadata", "Put Message", "Get Messages", "Peek Messages", "Update Message", "Delete
// Message", "List Queues", "Set Queue Metadata". nil refuses nothing.
func (q *Request) Check() *wire.Refusal {
	if n := len(q.Queue); n >= 3 && n <= 63 && !queueName.MatchString(q.Queue) {
		return invalidName // Azurite has the answer to the lengths
	}
	switch q.Kind {
	case inject.PutMessage:
		return q.checkPut()
	case inject.GetMessages:
		return firstOf(q.within("numofmessages", 1, MaxTake), q.within("visibilitytimeout", 1, SevenDays))
	case inject.PeekMessages:
		return q.within("numofmessages", 1, MaxTake)
	case inject.UpdateMessage:
		return firstOf(q.needs("popreceipt", "visibilitytimeout"), q.within("visibilitytimeout", 0, SevenDays))
	case inject.DeleteMessage:
		return q.needs("popreceipt")
	case inject.ListQueues:
		return q.within("maxresults", 1, 1<<31-1)
	case inject.CreateQueue, inject.QueueMetadata:
		return q.checkMetadata()
	}
	return nil
}

func (q *Request) checkPut() *wire.Refusal {
	ttl, refusal := q.number("messagettl", SevenDays)
	if refusal != nil {
		return refusal
	}
	hidden, refusal := q.number("visibilitytimeout", 0)
	version := q.header.Get("x-ms-version")
	switch {
	case refusal != nil:
		return refusal
	case ttl == 0 || ttl < -1:
		return invalidValue
	case version != "" && version < unlimited && (ttl == -1 || ttl > SevenDays):
		return outOfRange
	case hidden < 0 || hidden > SevenDays:
		return outOfRange
	case ttl > 0 && hidden >= ttl:
		return invalidValue
	}
	return nil
}

func (q *Request) checkMetadata() *wire.Refusal {
	if version := q.header.Get("x-ms-version"); !q.Write || version != "" && version < namesRules {
		return nil
	}
	if twice(q.header) {
		return invalidMetadata
	}
	for name := range q.Metadata() {
		if !metadataName.MatchString(name) {
			return invalidMetadata
		}
	}
	return nil
}

func (q *Request) needs(names ...string) *wire.Refusal {
	if slices.ContainsFunc(names, func(name string) bool { return !q.query.Has(name) }) {
		return missing
	}
	return nil
}

func (q *Request) within(name string, least, most int) *wire.Refusal {
	n, refusal := q.number(name, least)
	if refusal == nil && (n < least || n > most) {
		return outOfRange
	}
	return refusal
}

func firstOf(refusals ...*wire.Refusal) *wire.Refusal {
	for _, r := range refusals {
		if r != nil {
			return r
		}
	}
	return nil
}
