package inject

import (
	"fmt"
	"strings"

	"tidemark/simulator/inject/internal/words"
)

// Condition says which calls a rule is for: Match, And, Or or Not. Conditions are values that can be compared; nil is
// every call. Those that are read from a text are normal: conditions that say the same things in the same order are
// equal then.
type Condition interface {
	String() string // its text, in one form, as it stands in a rule after "if"
	condition()
}

// Match is a call whose fields have these patterns. A field that is empty matches everything; "*" stands for any
// letters, none included, and a backslash takes the next letter as it is.
type Match struct{ From, To, Service, Account, Operation, Container, Partition string }

// And is a call for which both hold.
type And struct{ Left, Right Condition }

// Or is a call for which one holds, or both.
type Or struct{ Left, Right Condition }

// Not is a call for which that does not hold.
type Not struct{ Of Condition }

func (Match) condition() {}
func (And) condition()   {}
func (Or) condition()    {}
func (Not) condition()   {}

// String is as in "from=east table=Orders*".
func (m Match) String() string { return textOf(m) }

// String is as in "service=table (operation=insert or operation=batch)".
func (a And) String() string { return textOf(a) }

// String is as in "operation=insert or operation=batch".
func (o Or) String() string { return textOf(o) }

// String is as in "not table=Orders*" and "not (from=east to=west)".
func (n Not) String() string { return textOf(n) }

// field is a key of what a rule matches.
type field struct {
	key string
	of  func(*Match) *string
}

var fields = []field{
	{"from", func(m *Match) *string { return &m.From }},
	{"to", func(m *Match) *string { return &m.To }},
	{serviceKey, func(m *Match) *string { return &m.Service }},
	{"account", func(m *Match) *string { return &m.Account }},
	{"operation", func(m *Match) *string { return &m.Operation }},
	{containerKey, func(m *Match) *string { return &m.Container }},
	{"partition", func(m *Match) *string { return &m.Partition }},
}

// and is both matches in one, unless they have different patterns of one field.
func (m Match) and(next Match) (Match, error) {
	for _, f := range fields {
		switch has, value := f.of(&m), *f.of(&next); {
		case value == "" || value == *has:
		case *has != "":
			return Match{}, fmt.Errorf("%s=%s and %s=%s never meet in one text; give one pattern", f.key, *has, f.key,
				value)
		default:
			*has = value
		}
	}
	return m, nil
}

// without is the match less the patterns that the other has, too.
func (m Match) without(other Match) Match {
	for _, f := range fields {
		if has := f.of(&m); *has == *f.of(&other) {
			*has = ""
		}
	}
	return m
}

// factors are the normal conditions that have to hold together, none of them an And. Matches beside one another are one
// where they name different fields.
func factors(c Condition) (all []Condition) {
	switch c := c.(type) {
	case And:
		for _, f := range append(factors(c.Left), factors(c.Right)...) {
			all = joined(all, f)
		}
	case Match:
		if c != (Match{}) {
			all = []Condition{c}
		}
	case Or:
		var any Condition
		for _, x := range alternatives(c) {
			if any == nil {
				any = x
			} else {
				any = Or{any, x}
			}
		}
		all = []Condition{any}
	case Not:
		all = []Condition{Not{normal(c.Of)}}
	}
	return all
}

// joined adds a factor. Of a match only what no match before says is added, to the match before it, if it can.
func joined(all []Condition, f Condition) []Condition {
	next, is := f.(Match)
	if !is {
		return append(all, f)
	}
	for _, before := range all {
		if m, too := before.(Match); too {
			next = next.without(m)
		}
	}
	if next == (Match{}) {
		return all
	}
	if len(all) > 0 {
		before, too := all[len(all)-1].(Match)
		if one, err := before.and(next); too && err == nil {
			all[len(all)-1] = one
			return all
		}
	}
	return append(all, next)
}

// alternatives are the normal conditions of which one has to hold, none of them an Or.
func alternatives(c Condition) []Condition {
	if or, is := c.(Or); is {
		return append(alternatives(or.Left), alternatives(or.Right)...)
	}
	if n := normal(c); n != c {
		return alternatives(n)
	}
	return []Condition{c}
}

// normal is a condition as its text is read back.
func normal(c Condition) (all Condition) {
	for _, f := range factors(c) {
		if all == nil {
			all = f
		} else {
			all = And{all, f}
		}
	}
	return all
}

// textOf is a condition's text; that of what matches everything is empty.
func textOf(c Condition) string {
	switch c := normal(c).(type) {
	case Match:
		return c.text()
	case And:
		return inner(c.Left) + " " + inner(c.Right)
	case Or:
		return textOf(c.Left) + " " + orWord + " " + textOf(c.Right)
	case Not:
		if m, is := c.Of.(Match); is && m.pairs() > 1 {
			return notWord + " (" + m.text() + ")"
		}
		if _, is := c.Of.(And); is {
			return notWord + " (" + textOf(c.Of) + ")"
		}
		return notWord + " " + inner(c.Of)
	}
	return ""
}

// inner is the text of a part of an And or a Not.
func inner(c Condition) string {
	if _, is := c.(Or); is {
		return "(" + textOf(c) + ")"
	}
	return textOf(c)
}

func (m Match) pairs() (n int) {
	for _, f := range fields {
		if *f.of(&m) != "" {
			n++
		}
	}
	return n
}

func (m Match) text() string {
	var pairs []string
	for _, f := range fields {
		value, key := *f.of(&m), f.key
		if value == "" {
			continue
		}
		if key == containerKey && (m.Service == tableService || m.Service == queueService) {
			key = m.Service
		}
		pairs = append(pairs, key+"="+words.Quote(value))
	}
	return strings.Join(pairs, " ")
}
