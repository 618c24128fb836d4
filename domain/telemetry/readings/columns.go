package readings

// Columns names columns of a CSV file by what they are for. Names are those of the header, in any case where no other
// is meant. An element that is no column's name may be several, with commas between them.
type Columns struct {
	// Source names the source. Of several the first begins the source's name, and the others stay part of it:
	// telemetry.Naming.
	Source []string
	// Time holds the times; of two the first holds dates and the second the times of day.
	Time []string
	// Labels become labels of the source.
	Labels []string
	// Values hold readings, whatever their names and whether the request has a number in them or not.
	Values []string
	// Skip is left out.
	Skip []string
}

// MaxAmbiguous is how many ambiguous times a Result lists; the others are only counted.
const MaxAmbiguous = 10

// Ambiguous is a local time of a CSV file that may be two.
type Ambiguous struct {
	Line  int    // of the record, from 1
	Time  string // as written
	Taken int64  // Unix nanoseconds
}

// Skipped is a CSV column that was left out, how many cells of it were not empty, and why.
type Skipped struct {
	Column string
	Cells  int
	Why    SkippedWhy
}

// SkippedWhy is why a CSV column was left out.
type SkippedWhy uint8

// The reasons.
const (
	SkippedText     SkippedWhy = iota // it holds no number
	SkippedIdentity                   // by its name it says what a reading is of
	SkippedUnnamed                    // it has no name
	SkippedSurplus                    // of the form with the columns metric and value: it is none of them
)

// String is "text", "identity", "unnamed" or "surplus".
func (r SkippedWhy) String() string { return [...]string{"text", "identity", "unnamed", "surplus"}[r] }
