// Package origins writes the origins of a row's values, each writer's name once.
package origins

import (
	"encoding/binary"
	"slices"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// Table writes origins so that each writer's name stands once: writers, then origins (stamp as the difference
// to the one before, writer, number), both sorted. The zero origin is index 0 and not written.
type Table struct {
	writers []telemetry.Writer
	origins []telemetry.Origin
}

// AddWriter adds the writer of something that has no origin of its own.
func (t *Table) AddWriter(w telemetry.Writer) { t.writers = append(t.writers, w) }

// Add adds an origin, and its writer.
func (t *Table) Add(o telemetry.Origin) {
	if o != (telemetry.Origin{}) {
		t.origins = append(t.origins, o)
		t.AddWriter(o.Writer)
	}
}

// Append appends the table of all that was added, sorted. Only then can indexes be appended.
func (t *Table) Append(dst []byte) []byte {
	slices.Sort(t.writers)
	t.writers = slices.Compact(t.writers)
	slices.SortFunc(t.origins, telemetry.Origin.Compare)
	t.origins = slices.Compact(t.origins)
	dst = binary.AppendUvarint(dst, uint64(len(t.writers)))
	for _, w := range t.writers {
		dst = stored.AppendText(dst, w)
	}
	dst = binary.AppendUvarint(dst, uint64(len(t.origins)))
	var before telemetry.Stamp
	for _, o := range t.origins {
		dst = binary.AppendUvarint(dst, uint64(o.Stamp-before))
		dst = t.AppendWriter(dst, o.Writer)
		dst = binary.AppendUvarint(dst, uint64(o.Number))
		before = o.Stamp
	}
	return dst
}

// AppendWriter appends the index of a writer that was added.
func (t *Table) AppendWriter(dst []byte, w telemetry.Writer) []byte {
	i, _ := slices.BinarySearch(t.writers, w)
	return binary.AppendUvarint(dst, uint64(i))
}

// AppendOrigin appends the index of an origin that was added, or of the zero origin.
func (t *Table) AppendOrigin(dst []byte, o telemetry.Origin) []byte {
	if o == (telemetry.Origin{}) {
		return append(dst, 0)
	}
	i, _ := slices.BinarySearchFunc(t.origins, o, telemetry.Origin.Compare)
	return binary.AppendUvarint(dst, uint64(i)+1)
}

// Read reads a table.
func Read(d *stored.Decoder) (t Table) {
	t.writers = make([]telemetry.Writer, d.Count(1))
	for i := range t.writers {
		t.writers[i] = telemetry.Writer(d.Text())
	}
	t.origins = make([]telemetry.Origin, d.Count(3))
	var before telemetry.Stamp
	for i := range t.origins {
		before += telemetry.Stamp(d.Uvarint())
		t.origins[i] = telemetry.Origin{Stamp: before, Writer: t.Writer(d), Number: telemetry.Number(d.Uvarint())}
	}
	return t
}

// Writer reads what AppendWriter wrote.
func (t *Table) Writer(d *stored.Decoder) telemetry.Writer {
	i := d.Uvarint()
	if i >= uint64(len(t.writers)) {
		d.Fail("writer %d of %d", i, len(t.writers))
		return ""
	}
	return t.writers[i]
}

// Origin reads what AppendOrigin wrote.
func (t *Table) Origin(d *stored.Decoder) telemetry.Origin {
	i := d.AtMost(uint64(len(t.origins)))
	if i == 0 {
		return telemetry.Origin{}
	}
	return t.origins[i-1]
}
