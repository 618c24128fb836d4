package inject

import (
	"strconv"
	"strings"

	"tidemark/simulator/inject/delay"
	"tidemark/simulator/inject/internal/words"
)

// Action is what happens to a call that a rule matches.
type Action string

// The actions. Delay only delays; the others may delay too. Hold keeps a request on its way, and lets it arrive after
// that although its sender may have given up or died: a delayed one never arrives then. Throttle answers 503 ServerBusy
// when the bucket is empty.
//
// Reset loses the request, and with After the answer, so that the caller learns at once that something is lost; Hang
// does the same in silence.
const (
	Delay    Action = "delay"
	Hold     Action = "hold"
	Status   Action = "status"
	Reset    Action = "reset"
	Hang     Action = "hang"
	Throttle Action = "throttle"
)

// TakesTime says whether the action is nothing but the time that it takes.
func (a Action) TakesTime() bool { return a == Delay || a == Hold }

var actions = []Action{Delay, Hold, Status, Reset, Hang, Throttle}

// By is what has a bucket of its own under a throttle.
type By string

// ByAccount is each service of an account at one of its endpoints; ByPartition each partition of it: a table and
// PartitionKey, or a queue.
const (
	ByAccount   By = "account"
	ByPartition By = "partition"
)

var bys = []By{ByAccount, ByPartition}

// Rule is a fault of calls. String gives its text, ParseRule takes it back.
type Rule struct {
	Name string    // "" is its text
	If   Condition // the calls that it is for; nil is all of them

	Nth         int     // only the call of that number of those that it is for, from 1; 0 is any
	Every       int     // of the calls that it is for every so manyth, from Nth on if that is given; 0 is each
	Probability float64 // 0 to 1; 0 is 1
	Times       int     // at most so often; 0 is without bound
	After       bool    // after the storage has committed, instead of before: the answer is lost
	Action      Action
	Delay       delay.Distribution
	Status      int     // of Status: 400 to 599
	Code        string  // of Status: the error code, as ServerBusy; may be empty
	PerSecond   float64 // of Throttle: rows (of a batch each counts), as the service counts them
	Burst       float64 // of Throttle: rows; 0 is what one second brings
	By          By      // of Throttle; "" is ByAccount
}

// Thing is the rule itself: of several that match a call the first that fires holds.
func (r Rule) Thing() string { return r.String() }

// Lasts is true.
func (Rule) Lasts() bool { return true }

// String is the rule's text, in one form: the action, after commit, delayed, its condition, nth, every, p, times, name.
func (r Rule) String() string {
	text := string(r.Action) + r.actionText()
	if r.After {
		text += " " + afterWord + " " + commitWord
	}
	if !r.Action.TakesTime() && r.Delay != nil {
		text += " " + delayedWord + " " + r.Delay.String()
	}
	if condition := textOf(r.If); condition != "" {
		text += " " + ifWord + " " + condition
	}
	return text + r.limitText()
}

// actionText is what stands with the action.
func (r Rule) actionText() string {
	switch {
	case r.Action == Status && r.Code != "":
		return " " + strconv.Itoa(r.Status) + " " + r.Code
	case r.Action == Status:
		return " " + strconv.Itoa(r.Status)
	case r.Action == Throttle:
		return r.throttleText()
	case r.Action.TakesTime() && r.Delay != nil:
		return " " + r.Delay.String()
	}
	return ""
}

// limitText is which of the calls it hurts, and its name.
func (r Rule) limitText() string {
	var b strings.Builder
	add := func(key, value string) { b.WriteString(" " + key + "=" + value) }
	if r.Nth != 0 {
		add(nthKey, strconv.Itoa(r.Nth))
	}
	if r.Every != 0 {
		add(everyKey, strconv.Itoa(r.Every))
	}
	if r.Probability != 0 {
		add(pKey, words.Number(r.Probability))
	}
	if r.Times != 0 {
		add(timesKey, strconv.Itoa(r.Times))
	}
	if r.Name != "" {
		add(nameKey, words.Quote(r.Name))
	}
	return b.String()
}

func (r Rule) throttleText() string {
	text := " " + words.Number(r.PerSecond) + "/s"
	if r.Burst != 0 {
		text += " " + burstWord + " " + words.Number(r.Burst)
	}
	if r.By != "" {
		text += " " + byWord + " " + string(r.By)
	}
	return text
}
