package history

import "fmt"

// Type says what a line is.
type Type uint8

// The types of lines.
const (
	Invoke  Type = iota + 1 // an operation begins
	OK                      // it ended, done
	Fail                    // it ended, certainly not done
	Info                    // it ended, and nobody knows
	Truth                   // what the simulator knows
	Phase                   // a phase of the run begins
	Backlog                 // what is still to be done
	Comment                 // for a person who reads the file
)

var typeNames = []string{Invoke: "invoke", OK: "ok", Fail: "fail", Info: "info", Truth: "truth", Phase: "phase",
	Backlog: "left", Comment: "comment"}

// Kind says what an operation does.
type Kind uint8

// The kinds. Those from WriteRows on are of raw storage: a partition of a table, as its clients see it.
const (
	Write     Kind = iota + 1 // Call.Readings
	Delete                    // the readings of a series from From to before To
	Read                      // the readings of a series from From to before To
	Latest                    // the last reading of a series
	Count                     // how many readings a series has from From to before To
	WriteRows                 // Call.Rows of a partition, at once
	ReadRows                  // a whole partition
	Stats                     // the service statistics: Answer.State and LastSync
	Losses                    // what failovers discarded: Answer.Loss
	// Fold asks for the readings of a series from From to before To, folded into buckets of Step.
	Fold
	Ask // any question about what is stored, in the service's own words: Call.Question, Answer.Text
)

var kindNames = []string{Write: "write", Delete: "delete", Read: "read", Latest: "latest", Count: "count",
	WriteRows: "write-rows", ReadRows: "read-rows", Stats: "stats", Losses: "losses", Fold: "fold", Ask: "ask"}

// Outcome says how an operation ended.
type Outcome uint8

// The outcomes. Unknown is also that of an operation which has not ended.
const (
	Unknown Outcome = iota
	Done
	Refused // certainly not done
)

var outcomeNames = []string{Unknown: "unknown", Done: "done", Refused: "refused"}

// Durability is what an acknowledgement reached.
type Durability uint8

// The durabilities.
const (
	One  Durability = iota + 1 // the journal of one region
	Both                       // the journals of both
)

var durabilityNames = []string{One: "one", Both: "both"}

// Do says what a write does to one row, or to the table.
type Do uint8

// What a write does. MakeTable and DropTable stand alone, without a key, in a call without a partition.
const (
	Put Do = iota + 1
	Merge
	DeleteRow
	MakeTable
	DropTable
)

var doNames = []string{Put: "put", Merge: "merge", DeleteRow: "delete", MakeTable: "make-table",
	DropTable: "drop-table"}

func (t Type) String() string       { return nameOf(typeNames, t) }
func (k Kind) String() string       { return nameOf(kindNames, k) }
func (o Outcome) String() string    { return nameOf(outcomeNames, o) }
func (d Durability) String() string { return nameOf(durabilityNames, d) }
func (d Do) String() string         { return nameOf(doNames, d) }

// MarshalText writes the form of String.
func (t Type) MarshalText() ([]byte, error) { return marshal("type", typeNames, t) }

// MarshalText writes the form of String.
func (k Kind) MarshalText() ([]byte, error) { return marshal("kind", kindNames, k) }

// MarshalText writes the form of String.
func (d Durability) MarshalText() ([]byte, error) { return marshal("durability", durabilityNames, d) }

// MarshalText writes the form of String.
func (d Do) MarshalText() ([]byte, error) { return marshal("do", doNames, d) }

// UnmarshalText reads the form of String.
func (t *Type) UnmarshalText(text []byte) error { return unmarshal("type", typeNames, text, t) }

// UnmarshalText reads the form of String.
func (k *Kind) UnmarshalText(text []byte) error { return unmarshal("kind", kindNames, text, k) }

// UnmarshalText reads the form of String.
func (d *Durability) UnmarshalText(text []byte) error {
	return unmarshal("durability", durabilityNames, text, d)
}

// UnmarshalText reads the form of String.
func (d *Do) UnmarshalText(text []byte) error { return unmarshal("do", doNames, text, d) }

func nameOf[E ~uint8](names []string, e E) string {
	if int(e) < len(names) && names[e] != "" {
		return names[e]
	}
	return fmt.Sprintf("%d", e)
}

func marshal[E ~uint8](what string, names []string, e E) ([]byte, error) {
	if int(e) >= len(names) || names[e] == "" {
		return nil, fmt.Errorf("%s %d has no name", what, e)
	}
	return []byte(names[e]), nil
}

func unmarshal[E ~uint8](what string, names []string, text []byte, e *E) error {
	for i, name := range names {
		if name != "" && name == string(text) {
			*e = E(i)
			return nil
		}
	}
	return fmt.Errorf("%s %q is not one of %q", what, text, compact(names))
}

func compact(names []string) (known []string) {
	for _, name := range names {
		if name != "" {
			known = append(known, name)
		}
	}
	return known
}
