package csvreadings

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// reader splits CSV into records.
type reader struct {
	data  []byte
	comma byte
	pos   int
	line  int // of the byte at pos, from 1

	at      int      // the line in which the record begins
	start   int      // the byte with which it begins
	cells   [][]byte // of the record; they lie in data or scratch until the next one
	scratch []byte
}

func newReader(data []byte, comma byte, cells [][]byte, scratch []byte) reader {
	return reader{data: data, comma: comma, line: 1, cells: cells, scratch: scratch}
}

// next reads the record at pos, passing over empty lines. bad says what is wrong with it; the reader goes on at the
// line after. more is false at the end.
func (r *reader) next() (bad string, more bool) {
	for r.pos < len(r.data) && r.newline() {
	}
	if r.pos == len(r.data) {
		return "", false
	}
	start := r.pos
	r.at, r.start = r.line, start
	r.cells, r.scratch = r.cells[:0], r.scratch[:0]
	for {
		if bad = r.cell(start); bad != "" {
			r.nextLine()
			return bad, true
		}
		if r.pos < len(r.data) && r.data[r.pos] == r.comma {
			r.pos++
			continue
		}
		if size := r.pos - start; size > telemetry.MaxLineBytes {
			bad = fmt.Sprintf("the record is longer than %d bytes; split it", telemetry.MaxLineBytes)
		}
		if r.pos < len(r.data) {
			r.newline()
		}
		return bad, true
	}
}

// newline passes a line end at pos, and reports whether there was one.
func (r *reader) newline() bool {
	n := 1
	if r.data[r.pos] == '\r' && (r.pos+1 == len(r.data) || r.data[r.pos+1] == '\n') {
		n = min(2, len(r.data)-r.pos)
	} else if r.data[r.pos] != '\n' {
		return false
	}
	r.pos += n
	r.line++
	return true
}

// nextLine gives up the rest of a line.
func (r *reader) nextLine() {
	if i := bytes.IndexByte(r.data[r.pos:], '\n'); i >= 0 {
		r.pos += i + 1
		r.line++
	} else {
		r.pos = len(r.data)
	}
}

// cell reads a cell up to the delimiter or line end after it, without the spaces around it.
func (r *reader) cell(start int) string {
	from := r.pos
	for from < len(r.data) && r.isSpace(r.data[from]) {
		from++
	}
	if from < len(r.data) && r.data[from] == '"' {
		r.pos = from
		return r.quoted(start)
	}
	end := from
	for end < len(r.data) && r.data[end] != r.comma && r.data[end] != '\n' {
		if r.data[end] == '"' {
			return "a quote inside of a cell that does not begin with one; put the cell in quotes and double those " +
				"inside"
		}
		end++
	}
	r.pos = end
	if end > from && r.data[end-1] == '\r' && (end == len(r.data) || r.data[end] == '\n') {
		r.pos--
		end--
	}
	for end > from && r.isSpace(r.data[end-1]) {
		end--
	}
	r.cells = append(r.cells, r.data[from:end:end])
	return ""
}

// isSpace reports whether c is white space that is no delimiter.
func (r *reader) isSpace(c byte) bool { return c == ' ' || c == '\t' && r.comma != '\t' }

// quoted reads a cell that begins with a quote at pos. When it does not close, pos stays.
func (r *reader) quoted(start int) string {
	limit := min(len(r.data), start+telemetry.MaxLineBytes)
	from, mark, escaped := r.pos+1, len(r.scratch), false
	for i := from; ; {
		n := bytes.IndexByte(r.data[min(i, limit):limit], '"')
		if n < 0 {
			r.scratch = r.scratch[:mark]
			return "a quote is not closed; double quotes inside of a cell"
		}
		i += n
		if i+1 < len(r.data) && r.data[i+1] == '"' {
			r.scratch = append(r.scratch, r.data[from:i+1]...)
			escaped = true
			i += 2
			from = i
			continue
		}
		r.line += bytes.Count(r.data[r.pos:i], []byte{'\n'})
		r.pos = i + 1
		text := r.data[from:i:i]
		if escaped {
			r.scratch = append(r.scratch, text...)
			text = r.scratch[mark:len(r.scratch):len(r.scratch)]
		}
		r.cells = append(r.cells, bytes.Trim(text, " \t\r\n"))
		break
	}
	if r.pos == len(r.data) {
		return ""
	}
	switch c := r.data[r.pos]; {
	case c == r.comma, c == '\n', c == '\r' && (r.pos+1 == len(r.data) || r.data[r.pos+1] == '\n'):
		return ""
	}
	return "text after the closing quote of a cell; double quotes inside of a cell"
}

// sniff is the delimiter of a file: the one of comma, semicolon and tab with which the header has the most names that
// mean something, of those the one with the most columns, and the first when in doubt.
func sniff(data []byte, named *readings.Columns) byte {
	comma, most, known := byte(','), -1, -1
	for _, c := range []byte(",;\t") {
		r := newReader(data, c, nil, nil)
		if bad, more := r.next(); bad != "" || !more {
			continue
		}
		n := 0
		for _, cell := range r.cells {
			if means(string(cell), named) {
				n++
			}
		}
		if n > known || n == known && len(r.cells) > most {
			comma, most, known = c, len(r.cells), n
		}
	}
	return comma
}

// means reports whether a column's name means something, or the request names it.
func means(name string, named *readings.Columns) bool {
	if lower := strings.ToLower(name); slices.Contains(otherNames, lower) || slices.Contains(timeNames, lower) {
		return true
	}
	is := func(text string) bool { return strings.EqualFold(strings.TrimSpace(text), name) }
	for _, list := range [][]string{named.Source, named.Time, named.Labels, named.Values, named.Skip} {
		for _, text := range list {
			if is(text) || slices.ContainsFunc(strings.Split(text, ","), is) {
				return true
			}
		}
	}
	return false
}
