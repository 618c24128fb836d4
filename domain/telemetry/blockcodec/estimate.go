package blockcodec

import (
	"unicode/utf8"

	"tidemark/domain/column"
	"tidemark/domain/telemetry"
)

// Upper bounds of what the codec writes; estimate_test holds them against it.
const (
	blockBytes = 4 + 10 + 8 + 10 + 1 + 5 + 3 + 5*5 + 10 + 10 + 4 // magic, header, counts, base, unit, checksum
	// a directory entry and its kind, without the texts
	seriesBytes      = 3 + 3 + 5 + 4 + 10 + 10 + 5 + 3 + 3
	descriptionBytes = 3 + 1 + 3
	labelBytes       = 3 + 3
	deletionBytes    = 3 + 3 + 10 + 10
	headerTextBytes  = 3*telemetry.MaxNameUnits + 3 + utf8.UTFMax*32 // a tenant and a writer
)

// EstimateBytes is at least the number of bytes of every block that this batch is put into has because of it: the
// sum over the batches of a block bounds the block. Values that do not compress cost 16 bytes a reading, so it counts
// them; measured data takes 1.
func EstimateBytes(b *telemetry.Batch) int {
	n := blockBytes + headerTextBytes + len(b.Times)*column.MaxReadingBytes + len(b.Times)/column.BlockReadings
	for i := range b.Series {
		n += estimateSeries(b.Series[i], b.Units[i])
	}
	for i := range b.Sources {
		n += estimateDescription(&b.Sources[i])
	}
	for i := range b.Deletions {
		n += estimateDeletion(&b.Deletions[i])
	}
	return n
}

func estimateSeries(s telemetry.Series, unit string) int {
	return seriesBytes + column.MaxHeadBytes + 1 + len(s.Source) + len(s.Metric) + len(unit)
}

func estimateDescription(d *telemetry.Description) int {
	n := descriptionBytes + len(d.Source)
	for _, l := range d.Labels {
		n += labelBytes + len(l.Name) + len(l.Value)
	}
	return n
}

func estimateDeletion(d *telemetry.Deletion) int {
	return deletionBytes + len(d.Series.Source) + len(d.Series.Metric)
}

// Split cuts a batch into batches, in order, whose estimates each stay below maxBytes; a single reading, description
// or deletion that does not fit stands alone. Deletions and descriptions go into the first of them, as they come
// before the readings. A batch that fits is returned as it is; otherwise times and values are shared with b.
func Split(b *telemetry.Batch, maxBytes int) []*telemetry.Batch {
	if EstimateBytes(b) < maxBytes {
		return []*telemetry.Batch{b}
	}
	s := splitter{from: b, max: maxBytes, remap: make([]uint32, len(b.Series)), known: make([]int, len(b.Series))}
	s.next()
	for i := range b.Deletions {
		s.room(estimateDeletion(&b.Deletions[i]))
		s.part.Deletions = append(s.part.Deletions, b.Deletions[i])
	}
	for i := range b.Sources {
		s.room(estimateDescription(&b.Sources[i]))
		s.part.Sources = append(s.part.Sources, b.Sources[i])
	}
	for i, of := range b.Of {
		s.reading(i, of)
	}
	s.close(len(b.Of))
	return s.parts
}

type splitter struct {
	from  *telemetry.Batch
	max   int
	parts []*telemetry.Batch
	part  *telemetry.Batch
	first int      // the part's first reading
	size  int      // at least the part's estimate
	known []int    // for each series, the number of the part (from 1) that has it
	remap []uint32 // and its index there
}

func (s *splitter) next() {
	s.part = new(telemetry.Batch)
	s.parts = append(s.parts, s.part)
	s.size = blockBytes + headerTextBytes + 1
}

// room begins another part if n more bytes do not fit and this one is not empty; it reports whether it did.
func (s *splitter) room(n int) bool {
	fresh := s.size+n >= s.max && s.size > blockBytes+headerTextBytes+1
	if fresh {
		s.close(s.first + len(s.part.Of))
		s.next()
	}
	s.size += n
	return fresh
}

func (s *splitter) close(end int) {
	s.part.Times, s.part.Values = s.from.Times[s.first:end:end], s.from.Values[s.first:end:end]
	s.first = end
}

func (s *splitter) reading(i int, of uint32) {
	const each = column.MaxReadingBytes + 1
	series := estimateSeries(s.from.Series[of], s.from.Units[of])
	need := each
	if s.known[of] != len(s.parts) {
		need += series
	}
	if s.room(need) && need == each {
		s.size += series
	}
	if s.known[of] != len(s.parts) {
		s.known[of] = len(s.parts)
		s.remap[of] = s.part.AddSeries(s.from.Series[of], s.from.Units[of])
	}
	s.part.Of = append(s.part.Of, s.remap[of])
}
