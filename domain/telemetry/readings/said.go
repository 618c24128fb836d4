package readings

// Place is where a reading came from: the number of a file and of a row in it, as the caller counts them. A row 0 is
// none: the reading was not stored, and is not looked at.
type Place struct{ File, Row uint32 }

// Said is a value and where it came from.
type Said struct {
	Place
	Value float64
}
