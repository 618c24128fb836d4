package telemetry

import (
	"encoding/binary"
	"slices"

	"tidemark/domain/stored"
)

// originTable writes origins so that each writer's name stands once: writers, then origins (stamp as the difference
// to the one before, writer, number), both sorted. The zero origin is index 0 and not written.
type originTable struct {
	writers []Writer
	origins []Origin
}

func (t *originTable) addWriter(w Writer) { t.writers = append(t.writers, w) }

func (t *originTable) add(o Origin) {
	if o != (Origin{}) {
		t.origins = append(t.origins, o)
		t.addWriter(o.Writer)
	}
}

func (t *originTable) append(dst []byte) []byte {
	slices.Sort(t.writers)
	t.writers = slices.Compact(t.writers)
	slices.SortFunc(t.origins, Origin.Compare)
	t.origins = slices.Compact(t.origins)
	dst = binary.AppendUvarint(dst, uint64(len(t.writers)))
	for _, w := range t.writers {
		dst = stored.AppendText(dst, w)
	}
	dst = binary.AppendUvarint(dst, uint64(len(t.origins)))
	var before Stamp
	for _, o := range t.origins {
		dst = binary.AppendUvarint(dst, uint64(o.Stamp-before))
		dst = t.appendWriter(dst, o.Writer)
		dst = binary.AppendUvarint(dst, uint64(o.Number))
		before = o.Stamp
	}
	return dst
}

func (t *originTable) appendWriter(dst []byte, w Writer) []byte {
	i, _ := slices.BinarySearch(t.writers, w)
	return binary.AppendUvarint(dst, uint64(i))
}

func (t *originTable) appendOrigin(dst []byte, o Origin) []byte {
	if o == (Origin{}) {
		return append(dst, 0)
	}
	i, _ := slices.BinarySearchFunc(t.origins, o, Origin.Compare)
	return binary.AppendUvarint(dst, uint64(i)+1)
}

func (d *decoder) originTable() (t originTable) {
	t.writers = make([]Writer, d.Count(1))
	for i := range t.writers {
		t.writers[i] = Writer(d.Text())
	}
	t.origins = make([]Origin, d.Count(3))
	var before Stamp
	for i := range t.origins {
		before += Stamp(d.Uvarint())
		t.origins[i] = Origin{Stamp: before, Writer: d.writer(&t), Number: Number(d.Uvarint())}
	}
	return t
}

func (d *decoder) writer(t *originTable) Writer {
	i := d.Uvarint()
	if i >= uint64(len(t.writers)) {
		d.Fail("writer %d of %d", i, len(t.writers))
		return ""
	}
	return t.writers[i]
}

func (d *decoder) origin(t *originTable) Origin {
	i := d.AtMost(uint64(len(t.origins)))
	if i == 0 {
		return Origin{}
	}
	return t.origins[i-1]
}
