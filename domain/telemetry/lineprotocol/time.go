package lineprotocol

import (
	"bytes"

	"tidemark/domain/telemetry/internal/decode"
)

// time reads the time after the fields and the end of the line. reason refuses the readings of the line; broken says
// that the line is malformed.
func (d *Decoder) time() (ns int64, reason, broken string) {
	d.skipSpaces()
	from := d.pos
	for d.pos < len(d.data) && (d.data[d.pos]-'0' <= 9 || d.data[d.pos] == '-') {
		d.pos++
	}
	digits := d.data[from:d.pos]
	d.skipSpaces()
	end := d.pos
	if end+1 < len(d.data) && d.data[end] == '\r' && d.data[end+1] == '\n' || end+1 == len(d.data) &&
		d.data[end] == '\r' {
		end++
	}
	if end < len(d.data) && d.data[end] != '\n' {
		return 0, "", "unexpected " + decode.Excerpt(d.restOfLine(from)) +
			" after the fields; a line ends with a Unix time in digits"
	}
	if len(digits) == 0 {
		d.newline(end)
		if !decode.TimeInRange(d.Now) {
			return 0, decode.OutsideTime(), ""
		}
		reason, _ := decode.Expired(d.Now, d.Oldest)
		return d.Now, reason, ""
	}
	n, out := decode.ParseInt(digits)
	if out == decode.Syntax {
		return 0, "", decode.Excerpt(digits) + " is no time; a line ends with a Unix time in digits"
	}
	d.newline(end)
	unit := d.DefaultPrecision.Nanos()
	ns = n * unit
	if out == decode.OutRange || ns/unit != n || !decode.TimeInRange(ns) {
		return 0, decode.OutsideTime(), ""
	}
	if d.DefaultPrecision.Doubts(ns) {
		return 0, decode.Doubt(digits, ns), ""
	}
	reason, _ = decode.Expired(ns, d.Oldest)
	return ns, reason, ""
}

func (d *Decoder) restOfLine(from int) []byte {
	rest := d.data[from:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
