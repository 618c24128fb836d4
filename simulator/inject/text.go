package inject

import (
	"strconv"
	"strings"
	"unicode"
)

// The words that begin a part of a rule's text.
const (
	afterWord   = "after"
	commitWord  = "commit"
	delayedWord = "delayed"
	ifWord      = "if"
	burstWord   = "burst"
	byWord      = "by"
)

// clauses are the words that cannot be an error code.
var clauses = []string{afterWord, delayedWord, ifWord}

// Keys of a rule's text. Table and queue stand for container and the service.
const (
	serviceKey   = "service"
	containerKey = "container"
	nameKey      = "name"
	pKey         = "p"
	timesKey     = "times"
)

// field is a key of what a rule matches.
type field struct {
	key string
	of  func(*Rule) *string
}

var fields = []field{
	{"from", func(r *Rule) *string { return &r.From }},
	{"to", func(r *Rule) *string { return &r.To }},
	{serviceKey, func(r *Rule) *string { return &r.Service }},
	{"account", func(r *Rule) *string { return &r.Account }},
	{"operation", func(r *Rule) *string { return &r.Operation }},
	{containerKey, func(r *Rule) *string { return &r.Container }},
	{"partition", func(r *Rule) *string { return &r.Partition }},
}

// String is the rule's text, in one form: the action, after commit, delayed, what it matches, p, times, name.
func (r Rule) String() string {
	var b strings.Builder
	b.WriteString(string(r.Action))
	switch r.Action {
	case Status:
		b.WriteString(" " + strconv.Itoa(r.Status))
		if r.Code != "" {
			b.WriteString(" " + r.Code)
		}
	case Throttle:
		b.WriteString(r.throttleText())
	case Delay, Hold:
		if r.Delay != nil {
			b.WriteString(" " + r.Delay.String())
		}
	}
	if r.After {
		b.WriteString(" " + afterWord + " " + commitWord)
	}
	if !r.Action.takesTime() && r.Delay != nil {
		b.WriteString(" " + delayedWord + " " + r.Delay.String())
	}
	b.WriteString(r.matchText())
	if r.Probability != 0 {
		b.WriteString(" " + pKey + "=" + number(r.Probability))
	}
	if r.Times != 0 {
		b.WriteString(" " + timesKey + "=" + strconv.Itoa(r.Times))
	}
	if r.Name != "" {
		b.WriteString(" " + nameKey + "=" + quote(r.Name))
	}
	return b.String()
}

func (r Rule) throttleText() string {
	text := " " + number(r.PerSecond) + "/s"
	if r.Burst != 0 {
		text += " " + burstWord + " " + number(r.Burst)
	}
	if r.By != "" {
		text += " " + byWord + " " + string(r.By)
	}
	return text
}

func (r Rule) matchText() string {
	var b strings.Builder
	for _, f := range fields {
		value, key := *f.of(&r), f.key
		if value == "" {
			continue
		}
		if key == containerKey && (r.Service == tableService || r.Service == queueService) {
			key = r.Service
		}
		if b.Len() == 0 {
			b.WriteString(" " + ifWord)
		}
		b.WriteString(" " + key + "=" + quote(value))
	}
	return b.String()
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// quote writes a value as it is where that can be read back, else as Go writes a string.
func quote(value string) string {
	if strings.ContainsFunc(value, func(c rune) bool {
		return c == '"' || c == unicode.ReplacementChar || unicode.IsSpace(c) || !unicode.IsPrint(c)
	}) {
		return strconv.Quote(value)
	}
	return value
}
