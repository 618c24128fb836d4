package entity

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"

	"tidemark/domain/fault"
)

// Writer writes the JSON of a row and counts its size as the service does: 4 bytes, two for each character of the
// keys, and for each property 8, two for each character of its name, and the value. Keys are the codec's and need no
// quoting.
type Writer struct {
	row  Row
	size int
}

// Row is a row that was written: its keys and its JSON, keys included.
type Row struct {
	PK, RK string
	Text   []byte
}

// New begins a row.
func New(p Partition, rk string) *Writer {
	w := &Writer{row: Row{PK: p.Key, RK: rk}, size: 4 + 2*len(p.Key) + 2*len(rk)}
	w.row.Text = append(w.row.Text, `{"PartitionKey":"`...)
	w.row.Text = append(w.row.Text, p.Key...)
	w.row.Text = append(w.row.Text, `","RowKey":"`...)
	w.row.Text = append(w.row.Text, rk...)
	w.row.Text = append(w.row.Text, '"')
	if p.Name != "" {
		w.Str(PropOf, p.Name)
	}
	return w
}

func (w *Writer) name(name, edm string, size int) {
	w.size += 8 + 2*len(name) + size
	if edm != "" {
		w.row.Text = append(w.row.Text, `,"`+name+`@odata.type":"`+edm+`"`...)
	}
	w.row.Text = append(w.row.Text, `,"`+name+`":`...)
}

// Str adds a text.
func (w *Writer) Str(name, value string) *Writer {
	quoted, _ := json.Marshal(value) // a string always marshals
	w.name(name, "", 2*len(value)+4)
	w.row.Text = append(w.row.Text, quoted...)
	return w
}

// Flag adds a truth.
func (w *Writer) Flag(name string, value bool) *Writer {
	w.name(name, "", 1)
	w.row.Text = strconv.AppendBool(w.row.Text, value)
	return w
}

// Int adds a number.
func (w *Writer) Int(name string, value int64) *Writer {
	w.name(name, "Edm.Int64", 8)
	w.row.Text = append(w.row.Text, '"')
	w.row.Text = strconv.AppendInt(w.row.Text, value, 10)
	w.row.Text = append(w.row.Text, '"')
	return w
}

// Binary adds bytes, at most MaxProperty.
func (w *Writer) Binary(name string, value []byte) *Writer {
	w.name(name, "Edm.Binary", 4+len(value))
	w.row.Text = append(w.row.Text, '"')
	w.row.Text = base64.StdEncoding.AppendEncode(w.row.Text, value)
	w.row.Text = append(w.row.Text, '"')
	return w
}

// Value writes up to MaxValue bytes as properties d00, d01... and their number.
func (w *Writer) Value(value []byte) *Writer {
	w.row.Text = slices.Grow(w.row.Text, len(value)*4/3+len(value)/MaxProperty*64+256)
	w.Int(propSize, int64(len(value)))
	for i := 0; i*MaxProperty < len(value); i++ {
		w.Binary(dataName(i), value[i*MaxProperty:min(len(value), (i+1)*MaxProperty)])
	}
	return w
}

// Done is the row, or fault.TooLarge.
func (w *Writer) Done() (Row, error) {
	if w.size > maxRow {
		return Row{}, fault.New(fault.TooLarge, "aztable.row", "a row of %d bytes is over the service's bound of %d",
			w.size, maxRow)
	}
	return w.Small(), nil
}

// Small is Done for rows that are far below every bound.
func (w *Writer) Small() Row {
	w.row.Text = append(w.row.Text, '}')
	return w.row
}
