package inject

import (
	"fmt"
	"time"

	"tidemark/simulator/inject/internal/words"
)

// Fault is one thing that goes wrong: a Rule for calls, RegionOut, Cut, Distance, Process, Disk, Lag, Pause, Failover,
// Reenable, LastSync or Clock. Faults are values that can be compared. String is a fault's text, ParseFault takes it
// back.
type Fault interface {
	fmt.Stringer
	// Validate says everything that is wrong with the fault, and what to write instead.
	Validate() error
	// Thing is what the fault is about: of two faults that are about the same thing only one can hold. It is the text
	// before the colon; a rule is only about itself.
	Thing() string
	// Lasts says whether the fault holds for a time. One that does not happens at a moment, as a failover does.
	Lasts() bool
}

// Words that begin a fault.
const (
	regionKind  = "region"
	networkKind = "network"
	processKind = "process"
	accountKind = "account"
	clockKind   = "clock"
	diskKind    = "disk"
)

// Keys of faults that rules do not have.
const (
	fromKey      = "from"
	toKey        = "to"
	partitionKey = "partition"
)

// Services are the services of a region that a fault may name.
func Services() []string { return append([]string(nil), services...) }

// phrase is the text of a fault that is no rule: kind, name, verb, pairs, and a value after a colon.
type phrase struct {
	kind, name, verb string
	pairs            map[string]string
	value            *words.Reader // nil: there is none
}

// head is the text before the colon: its words, and the pairs of key and value whose value is not empty.
func head(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			text += " " + pairs[i] + "=" + words.Quote(pairs[i+1])
		}
	}
	return text
}

// named is the beginning of a fault of something that has a name.
func named(kind, name, verb string) string { return kind + " " + words.Quote(name) + " " + verb }

// invalid is the error of a fault. Nil is none.
func invalid(f Fault, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("inject: fault %q: %w", f.String(), err)
}

// readPhrase takes a phrase apart whose kind was read.
func readPhrase(p *words.Reader, kind string) (f phrase, err error) {
	f = phrase{kind: kind, pairs: map[string]string{}}
	if kind != networkKind {
		if f.name, err = p.Name(kind, ":"); err != nil {
			return f, err
		}
	}
	p.Peek()
	if f.verb, err = p.Name("fault", ": "); err != nil {
		return f, fmt.Errorf("what of the %s goes wrong is missing", kind)
	}
	for p.Peek() != "" && !p.TakeMark(":") {
		key, ok := p.Key()
		if !ok {
			return f, fmt.Errorf("%q: write a pair as key=value, or a colon before the value", p.Peek())
		}
		if _, given := f.pairs[key]; given {
			return f, fmt.Errorf("%s was given before; give it once", key)
		}
		if f.pairs[key], err = p.Value(key, ":"); err != nil {
			return f, err
		}
	}
	if p.Peek() != "" {
		f.value = p
	}
	return f, nil
}

// only refuses pairs that are not of these keys.
func (f *phrase) only(keys ...string) error {
	for key := range f.pairs {
		found := false
		for _, k := range keys {
			found = found || k == key
		}
		switch {
		case found:
		case len(keys) == 0:
			return fmt.Errorf("%s=%s: %s takes no pairs; leave it out", key, f.pairs[key], f.verb)
		default:
			return words.Unknown("key", key, keys)
		}
	}
	return nil
}

// word takes the value that is one word; "" is none.
func (f *phrase) word() string {
	if f.value == nil {
		return ""
	}
	return f.value.Next()
}

// time takes the value that is a duration.
func (f *phrase) time() (time.Duration, error) {
	if f.value == nil {
		return 0, fmt.Errorf("%s has no value; write a time after a colon, as in: %s: 20ms", f.verb, f.verb)
	}
	return f.value.Time(f.verb)
}
