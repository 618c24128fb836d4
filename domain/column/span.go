package column

// Span is what stands apart of a column: its number of readings, at least 1, its least and its greatest time.
type Span struct {
	N        int
	Min, Max int64
}
