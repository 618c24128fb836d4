package telemetry

import "time"

// Block is an immutable bundle of readings, source descriptions and deletions of one tenant and shard: the unit of
// acknowledgement.
//
// Columns are sorted by series, without duplicates; in each the times rise strictly. Of several values of one reading
// in a block the last placed is kept. Sources and deletions keep their order.
type Block struct {
	At Position
	// Stamp is the accept stamp, fixed when the block closed.
	Stamp Stamp
	// Acked is the number up to which the stream was acknowledged when the block closed, AckedAs how durably at least.
	// Whole is the number up to which every block was known to be in both journals; 0 of a stream in one.
	Acked   Number
	AckedAs Durability
	Whole   Number

	Columns   []Column
	Sources   []Description
	Deletions []Deletion
}

// Column is the readings of one series: times in Unix nanoseconds, strictly rising, and their values. Unit "" is
// unsaid.
type Column struct {
	Series Series
	Unit   string
	Times  []int64
	Values []float64
}

// Origin is the origin of everything in the block.
func (b *Block) Origin() Origin {
	return Origin{Stamp: b.Stamp, Writer: b.At.Stream.Writer, Number: b.At.Number}
}

// Len is the number of readings.
func (b *Block) Len() int {
	n := 0
	for i := range b.Columns {
		n += len(b.Columns[i].Times)
	}
	return n
}

// Moment is the time of a reading as Unix nanoseconds.
func Moment(t time.Time) int64 { return t.UnixNano() }
