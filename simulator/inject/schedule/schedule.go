// Package schedule puts faults in time: a Schedule is a list of faults, each at a time and for a time. It is drawn from
// a seed, printed, read back, held against what there is and what is promised, and shrunk when something fails under
// it.
//
// As a text it has one fault a line; "#" begins a comment:
//
//	# the east is lost while it replicates slowly
//	at 0s for 2m0s account tidemark lag: constant 30s
//	at 12.5s for 30s region east out: hang
//	at 20s account tidemark failover: unplanned
//	at 45s process east/node-1 restart
//
// Times count from the schedule's beginning. A fault that lasts and has no "for" holds until everything is healed; one
// that happens at a moment, as a failover does, has none. Of faults about one thing (inject.Fault) that overlap the one
// that began last holds, of those that began together the later in the schedule's order; when it ends the one before
// holds again, if it has not ended. Steps says what begins and ends, so that whoever carries a schedule out need not
// know this.
//
// From the bottom: schedule (entries, their order and text); topology (what there is) and steps (what holds when);
// envelope (what is promised); mix, drawer, faults and draw (from a seed); smaller and shrink.
package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/inject"
)

// Entry is a fault in time. Entries are values that can be compared.
type Entry struct {
	At    time.Duration // since the schedule's beginning
	For   time.Duration // 0: until everything is healed, or the fault happens at a moment
	Fault inject.Fault
}

// Schedule is what goes wrong, and when. The order of its entries says nothing: see Sorted.
type Schedule []Entry

// String is the entry's line, as in "at 12.5s for 30s region east out: hang".
func (e Entry) String() string {
	text := "at " + e.At.String()
	if e.For != 0 {
		text += " for " + e.For.String()
	}
	if e.Fault == nil {
		return text
	}
	return text + " " + e.Fault.String()
}

// MarshalText is the entry's line.
func (e Entry) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText takes what ParseEntry takes.
func (e *Entry) UnmarshalText(text []byte) (err error) {
	*e, err = ParseEntry(string(text))
	return err
}

// End is when the fault ends; 0 if only healing ends it, and when it happens if it does not last.
func (e Entry) End() time.Duration {
	switch {
	case !e.Fault.Lasts():
		return e.At
	case e.For == 0:
		return 0
	}
	return e.At + e.For
}

// Validate looks at the times and at the fault.
func (e Entry) Validate() error {
	var errs []error
	if e.At < 0 {
		errs = append(errs, fmt.Errorf("at %v: give a time from the beginning on, 0s or later", e.At))
	}
	if e.For < 0 {
		errs = append(errs, fmt.Errorf("for %v: give how long it lasts, or leave for out", e.For))
	}
	switch {
	case e.Fault == nil:
		errs = append(errs, errors.New("the fault is missing"))
	case e.For != 0 && !e.Fault.Lasts():
		errs = append(errs, fmt.Errorf("%s happens at a moment; leave for out", e.Fault))
		fallthrough
	default:
		errs = append(errs, e.Fault.Validate())
	}
	return errors.Join(errs...)
}

// Sorted is the schedule in its order: by time, then by the text of the fault, then by how long. The text of a schedule
// is in this order, and so is everything that this package gives.
func (s Schedule) Sorted() Schedule {
	type line struct {
		Entry
		text string
	}
	lines := make([]line, len(s))
	for i, e := range s {
		lines[i] = line{e, e.Fault.String()}
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.text, b.text), cmp.Compare(a.For, b.For))
	})
	sorted := make(Schedule, len(s))
	for i, l := range lines {
		sorted[i] = l.Entry
	}
	return sorted
}

// String is the schedule's text: its lines in order, each with its end of line.
func (s Schedule) String() string {
	var b strings.Builder
	for _, e := range s.Sorted() {
		b.WriteString(e.String() + "\n")
	}
	return b.String()
}

// ParseEntry takes one line: "at" TIME ["for" TIME] FAULT, the fault as inject.ParseFault takes it.
func ParseEntry(text string) (Entry, error) {
	e, err := parseEntry(text)
	if err == nil {
		err = e.Validate()
	}
	if err != nil {
		return Entry{}, err
	}
	return e, nil
}

func parseEntry(text string) (e Entry, err error) {
	rest := text
	if e.At, rest, err = timed("at", rest); err != nil {
		return e, err
	}
	if words := strings.Fields(rest); len(words) > 0 && words[0] == "for" {
		if e.For, rest, err = timed("for", rest); err != nil {
			return e, err
		}
		if e.For == 0 {
			return e, errors.New("for 0s: give how long it lasts, or leave for out")
		}
	}
	e.Fault, err = inject.ParseFault(rest)
	return e, err
}

// timed takes a word and a time.
func timed(word, text string) (time.Duration, string, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 || fields[0] != word {
		return 0, "", fmt.Errorf("%q: a line begins with a time; write it as in: at 12.5s for 30s region east out: "+
			"hang",
			strings.TrimSpace(text))
	}
	if len(fields) == 1 {
		return 0, "", fmt.Errorf("the time after %s is missing; write it as in: %s 12.5s", word, word)
	}
	d, err := time.ParseDuration(fields[1])
	if err != nil {
		return 0, "", fmt.Errorf("%s %q: give a time with its unit, as 20ms or 1.5s", word, fields[1])
	}
	_, rest, _ := strings.Cut(text, word)
	_, rest, _ = strings.Cut(rest, fields[1])
	return d, rest, nil
}

// Parse takes the text of a schedule, and gives it in its order. The error names every line that cannot be read.
func Parse(text string) (Schedule, error) {
	var s Schedule
	var errs []error
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(withoutComment(line))
		if line == "" {
			continue
		}
		e, err := ParseEntry(line)
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", i+1, err))
			continue
		}
		s = append(s, e)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	return s.Sorted(), nil
}

// withoutComment cuts what begins with "#" at the beginning of a word that is not in quotes.
func withoutComment(line string) string {
	quoted, blank := false, true
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '#' && blank && !quoted:
			return line[:i]
		}
		blank = i < len(line) && (line[i] == ' ' || line[i] == '\t')
	}
	return line
}
