package telemetry

// Batch holds the readings of one request as columns: no struct and no map a reading.
//
// Series is a dictionary without duplicates; Units runs parallel to it ("" is unsaid). Of, Times and Values run
// parallel to each other, one element a reading in the order of the request: the index into Series, Unix nanoseconds,
// the value (finite). A batch may be reused after Reset.
type Batch struct {
	Series []Series
	Units  []string
	Of     []uint32
	Times  []int64
	Values []float64

	Sources   []Description
	Deletions []Deletion
}

// Len is the number of readings.
func (b *Batch) Len() int { return len(b.Times) }

// Add appends a reading of the series with that dictionary index.
func (b *Batch) Add(series uint32, time int64, value float64) {
	b.Of = append(b.Of, series)
	b.Times = append(b.Times, time)
	b.Values = append(b.Values, value)
}

// AddSeries appends a dictionary entry, which the caller knows to be new, and returns its index.
func (b *Batch) AddSeries(s Series, unit string) uint32 {
	b.Series = append(b.Series, s)
	b.Units = append(b.Units, unit)
	return uint32(len(b.Series) - 1)
}

// Empty reports whether the batch holds nothing at all.
func (b *Batch) Empty() bool {
	return len(b.Times) == 0 && len(b.Sources) == 0 && len(b.Deletions) == 0
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Series, b.Units, b.Of = b.Series[:0], b.Units[:0], b.Of[:0]
	b.Times, b.Values = b.Times[:0], b.Values[:0]
	b.Sources, b.Deletions = b.Sources[:0], b.Deletions[:0]
}

// Label is one name and value. Labels of a source are sorted by name and have no duplicates.
type Label struct{ Name, Value string }

// Description is what a request says of a source. With Replace, Labels are all the labels the source has (PUT
// /v1/sources); without, they are added to those it has (tags of line protocol).
type Description struct {
	Source  Source
	Labels  []Label
	Replace bool
}

// Deletion removes the readings of a series with From <= time < To (Unix nanoseconds) that are earlier than it.
// Within its own block it comes before every reading.
type Deletion struct {
	Series   Series
	From, To int64
}

// Rejection names a reading that was not accepted. Index counts the readings of a request from 0; Line counts the
// lines of a text format from 1 and is 0 for others.
type Rejection struct {
	Index  int
	Line   int
	Reason string
}
