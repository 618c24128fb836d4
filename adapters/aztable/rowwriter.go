package aztable

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"

	"tidemark/domain/fault"
)

// rowWriter writes the JSON of a row and counts its size as the service does: 4 bytes, two for each character of the
// keys, and for each property 8, two for each character of its name, and the value. Keys are the codec's and need no
// quoting.
type rowWriter struct {
	row
	size int
}

// row is a row that was written: its keys and its JSON, keys included.
type row struct {
	pk, rk string
	text   []byte
}

func newRow(p partition, rk string) *rowWriter {
	w := &rowWriter{row: row{pk: p.key, rk: rk}, size: 4 + 2*len(p.key) + 2*len(rk)}
	w.text = append(w.text, `{"PartitionKey":"`...)
	w.text = append(w.text, p.key...)
	w.text = append(w.text, `","RowKey":"`...)
	w.text = append(w.text, rk...)
	w.text = append(w.text, '"')
	if p.name != "" {
		w.str(propOf, p.name)
	}
	return w
}

func (w *rowWriter) name(name, edm string, size int) {
	w.size += 8 + 2*len(name) + size
	if edm != "" {
		w.text = append(w.text, `,"`+name+`@odata.type":"`+edm+`"`...)
	}
	w.text = append(w.text, `,"`+name+`":`...)
}

func (w *rowWriter) str(name, value string) *rowWriter {
	quoted, _ := json.Marshal(value) // a string always marshals
	w.name(name, "", 2*len(value)+4)
	w.text = append(w.text, quoted...)
	return w
}

func (w *rowWriter) flag(name string, value bool) *rowWriter {
	w.name(name, "", 1)
	w.text = strconv.AppendBool(w.text, value)
	return w
}

func (w *rowWriter) int(name string, value int64) *rowWriter {
	w.name(name, "Edm.Int64", 8)
	w.text = append(w.text, '"')
	w.text = strconv.AppendInt(w.text, value, 10)
	w.text = append(w.text, '"')
	return w
}

func (w *rowWriter) binary(name string, value []byte) *rowWriter {
	w.name(name, "Edm.Binary", 4+len(value))
	w.text = append(w.text, '"')
	w.text = base64.StdEncoding.AppendEncode(w.text, value)
	w.text = append(w.text, '"')
	return w
}

// value writes up to maxValue bytes as properties d00, d01... and their number.
func (w *rowWriter) value(value []byte) *rowWriter {
	w.text = slices.Grow(w.text, len(value)*4/3+len(value)/maxProperty*64+256)
	w.int(propSize, int64(len(value)))
	for i := 0; i*maxProperty < len(value); i++ {
		w.binary(dataName(i), value[i*maxProperty:min(len(value), (i+1)*maxProperty)])
	}
	return w
}

// done is the row, or fault.TooLarge.
func (w *rowWriter) done() (row, error) {
	if w.size > maxRow {
		return row{}, fault.New(fault.TooLarge, "aztable.row", "a row of %d bytes is over the service's bound of %d",
			w.size, maxRow)
	}
	return w.small(), nil
}

// small is done for rows that are far below every bound.
func (w *rowWriter) small() row {
	w.text = append(w.text, '}')
	return w.row
}
