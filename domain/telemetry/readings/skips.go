package readings

// SkipKind is why something of line protocol was left out without anything being wrong with the line.
type SkipKind uint8

// The kinds.
const (
	SkipText    SkipKind = iota // a field that is a string: no reading
	SkipInteger                 // a field that is an integer which a float64 does not hold exactly: no reading
	SkipLabel                   // a tag that is too long for a label, or one too many: a part of the source it is
	SkipKinds   int      = iota // how many there are
)

var skipKinds = [SkipKinds]string{"text", "integer", "label"}

// String is "text", "integer" or "label".
func (k SkipKind) String() string { return skipKinds[k] }

// Skip is a field or tag of a measurement that was left out, and how often: a field in each of its lines, a tag once
// for each source.
type Skip struct {
	Kind        SkipKind
	Measurement string
	Name        string // of the field or tag
	Count       int
}

// MaxSkips is how many skips a Result lists; the others are only counted.
const MaxSkips = 100
