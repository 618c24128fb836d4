package network

import "strings"

// Place is where a caller stands or a service is: a region, or Outside (a client on the internet).
type Place string

// Outside is not in any region.
const Outside Place = "outside"

// Part is a part of a region.
type Part string

// The parts.
const (
	Table   Part = "table"
	Queue   Part = "queue"
	Redis   Part = "redis"
	Compute Part = "compute"
)

// parts are all of them.
var parts = []Part{Table, Queue, Redis, Compute}

func list[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// Direction is a leg of a call.
type Direction uint8

// The directions. Request is from the caller to the service, Answer from the service to the caller.
const (
	Request Direction = iota
	Answer
)

// String is the direction's name.
func (d Direction) String() string {
	if d == Request {
		return "request"
	}
	return "answer"
}
