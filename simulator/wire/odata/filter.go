package odata

import "strings"

// Filter is a $filter as words. "Querying tables and entities" has the grammar; nothing but words is needed here:
// which comparisons there are.
type Filter struct {
	text        string
	words       []word
	Comparisons int
	whole       bool // every character was understood
}

type wordKind uint8

const (
	identifier wordKind = iota
	stringLit
	dateTimeLit // datetime'..'
	otherLit    // guid, X, binary, a number, true, false
	comparison
	logic // and, or, not
	paren
)

// word is a piece of a filter: text[from:to]; value is the inside of a quoted literal.
type word struct {
	kind     wordKind
	from, to int
	value    string
}

// ScanFilter cuts a filter into words. It stops at what it does not understand, with whole false.
func ScanFilter(text string) Filter {
	f := Filter{text: text}
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
			continue
		case '(', ')':
			f.words = append(f.words, word{kind: paren, from: i, to: i + 1})
			i++
			continue
		}
		w, ok := f.word(i)
		if !ok {
			return f
		}
		if w.kind == comparison {
			f.Comparisons++
		}
		f.words = append(f.words, w)
		i = w.to
	}
	f.whole = true
	return f
}

// word takes a name, a number, an operator, or a quoted literal with or without a type before it.
func (f *Filter) word(from int) (word, bool) {
	i := from
	for i < len(f.text) && !strings.ContainsRune(" \t\r\n()'\"", rune(f.text[i])) {
		i++
	}
	name := strings.ToLower(f.text[from:i])
	if i < len(f.text) && f.text[i] == '\'' {
		w := word{kind: otherLit, from: from}
		switch name {
		case "":
			w.kind = stringLit
		case "datetime":
			w.kind = dateTimeLit
		case "guid", "binary", "x":
		default:
			return word{}, false
		}
		var ok bool
		w.value, w.to, ok = quoted(f.text, i)
		return w, ok
	}
	w := word{kind: identifier, from: from, to: i}
	switch {
	case i == from:
		return word{}, false
	case name == "eq" || name == "ne" || name == "gt" || name == "ge" || name == "lt" || name == "le":
		w.kind = comparison
	case name == "and" || name == "or" || name == "not":
		w.kind = logic
	case name == "true" || name == "false" || name[0] == '-' || name[0] >= '0' && name[0] <= '9':
		w.kind = otherLit
	}
	return w, true
}

// quoted reads a literal whose quote is at from. Quotes in it are doubled.
func quoted(text string, from int) (value string, to int, ok bool) {
	for i := from + 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			i++
			continue
		}
		return strings.ReplaceAll(text[from+1:i], "''", "'"), i + 1, true
	}
	return "", 0, false
}

// partition is the PartitionKey of a filter that can only be true in one partition: it is compared once, by eq, and
// nothing is or-ed or negated.
func (f *Filter) Partition() (string, bool) {
	key, found := "", false
	for i, w := range f.words {
		name := f.text[w.from:w.to]
		if w.kind == logic && !strings.EqualFold(name, "and") {
			return "", false
		}
		if w.kind != identifier || name != "PartitionKey" {
			continue
		}
		other, ok := f.equals(i)
		if !ok || found {
			return "", false
		}
		key, found = other, true
	}
	return key, found && f.whole
}

// equals is the string that the identifier at i is equal to.
func (f *Filter) equals(i int) (string, bool) {
	for _, side := range []int{1, -1} {
		op, lit := i+side, i+2*side
		if lit >= 0 && lit < len(f.words) && f.words[lit].kind == stringLit && f.words[op].kind == comparison &&
			strings.EqualFold(f.text[f.words[op].from:f.words[op].to], "eq") {
			return f.words[lit].value, true
		}
	}
	return "", false
}

// OnCarrier is the filter with comparisons of Timestamp with a datetime made comparisons of the carrier with a string
// of the same order. Everything else stays as it is, byte for byte; so does a filter that is not understood.
func (f *Filter) OnCarrier() string {
	if !f.whole {
		return f.text
	}
	var b strings.Builder
	done := 0
	put := func(w word, text string) {
		b.WriteString(f.text[done:w.from])
		b.WriteString(text)
		done = w.to
	}
	for i := 0; i+2 < len(f.words); i++ {
		left, op, right := f.words[i], f.words[i+1], f.words[i+2]
		if op.kind != comparison {
			continue
		}
		if at, ok := f.stampOf(right); ok && f.isTimestamp(left) {
			put(left, Carrier)
			put(right, "'"+at+"'")
			i += 2
		} else if at, ok := f.stampOf(left); ok && f.isTimestamp(right) {
			put(left, "'"+at+"'")
			put(right, Carrier)
			i += 2
		}
	}
	return b.String() + f.text[done:]
}

func (f *Filter) isTimestamp(w word) bool {
	return w.kind == identifier && f.text[w.from:w.to] == "Timestamp"
}

// stampOf is a datetime literal in the carried form.
func (f *Filter) stampOf(w word) (string, bool) {
	if w.kind != dateTimeLit {
		return "", false
	}
	at, ok := parseDateTime(strings.ToUpper(w.value))
	return StampText(at), ok
}
