package lineprotocol

import (
	"bytes"
	"math"
	"unicode/utf8"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// fields reads the fields at pos into slots and leaves pos at the byte after the last. It returns why the line is
// malformed.
func (d *Decoder) fields(h *head, start int) string {
	d.slots, d.skips.line = d.slots[:0], d.skips.line[:0]
	h.guess = 0
	for {
		f, reason := d.key(h)
		if reason != "" {
			return reason
		}
		s := slot{series: f.series, reason: f.reason}
		skipped, reason := d.value(h, f, &s, start)
		if reason != "" {
			return "field " + decode.Excerpt([]byte(f.key)) + ": " + reason
		}
		if !skipped {
			d.slots = append(d.slots, s)
		}
		if d.pos == len(d.data) || d.data[d.pos] != ',' {
			return ""
		}
		d.pos++
	}
}

// key reads a field's key and the equals sign after it.
func (d *Decoder) key(h *head) (*field, string) {
	rest := d.data[d.pos:]
	if h.guess < len(h.fields) {
		f := &h.fields[h.guess]
		if n := len(f.key); n < len(rest) && rest[n] == '=' && string(rest[:n]) == f.key {
			h.guess++
			d.pos += n + 1
			return f, ""
		}
	}
	n, reason := token(rest, keyEnd)
	switch {
	case reason != "" && endsLine(rest) && len(d.slots)+len(d.skips.line) == 0:
		return nil, "there are no fields: write measurement field=value"
	case reason != "" && endsLine(rest):
		return nil, "there is no field after the comma"
	case reason != "":
		return nil, "field key: " + reason + "; fields are written key=value after a space"
	}
	if n == len(rest) || rest[n] != '=' {
		return nil, "field " + decode.Excerpt(rest[:n]) + ": there is no = after the key; fields are written key=value"
	}
	d.pos += n + 1
	i := h.find(rest[:n])
	if i < 0 {
		i = d.addField(h, rest[:n])
	}
	h.guess = i + 1
	return &h.fields[i], ""
}

// endsLine reports whether the line ends here.
func endsLine(rest []byte) bool {
	return len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r' && (len(rest) == 1 || rest[1] == '\n')
}

// find is the index of the field with a raw key, or -1.
func (h *head) find(key []byte) int {
	if h.byKey != nil {
		if i, ok := h.byKey[string(key)]; ok {
			return i
		}
		return -1
	}
	for i := range h.fields {
		if h.fields[i].key == string(key) {
			return i
		}
	}
	return -1
}

// addField appends a field that the head has not seen.
func (d *Decoder) addField(h *head, raw []byte) int {
	f := field{key: string(raw)}
	name := unescape(raw, keyEnd)
	metric := h.measurement
	if name != "value" {
		metric += "_" + name
	}
	var err error
	if f.series, err = h.source.Series([]byte(metric)); err != nil {
		f.reason = "field " + decode.Excerpt([]byte(name)) + ": " + err.Error()
	}
	h.fields = append(h.fields, f)
	d.dict.Keep(len(raw))
	i := len(h.fields) - 1
	switch {
	case h.byKey != nil:
		h.byKey[f.key] = i
	case len(h.fields) > manyFields:
		h.byKey = make(map[string]int)
		for i := range h.fields {
			h.byKey[h.fields[i].key] = i
		}
	}
	return i
}

// value reads a field's value at pos into the slot, or says that it is skipped. A reason in the slot refuses the
// field; one returned refuses the line.
func (d *Decoder) value(h *head, f *field, s *slot, start int) (skipped bool, reason string) {
	if d.pos < len(d.data) && d.data[d.pos] == '"' {
		d.skipField(h, f, readings.SkipText)
		return true, d.skipString(start)
	}
	from := d.pos
	for d.pos < len(d.data) && !endsValue[d.data[d.pos]] {
		d.pos++
	}
	b := d.data[from:d.pos]
	if len(b) == 0 {
		return false, "there is no value after ="
	}
	var why string
	switch c, last := b[0], b[len(b)-1]; {
	case c != '-' && c != '.' && c-'0' > 9:
		v, ok := boolean(b)
		if !ok {
			return false, decode.Excerpt(b) +
				" is no number, boolean or quoted string; NaN and Inf are no readings: leave the field out"
		}
		s.value = v
	case last == 'i' || last == 'u':
		v, kind := integer(b)
		switch kind {
		case notInteger:
			return false, decode.Excerpt(b) + " is no " + integers[last]
		case inexact:
			d.skipField(h, f, readings.SkipInteger)
			return true, ""
		case outRange:
			why = " does not fit 64 bits; send it as a float"
		}
		s.value = v
	default:
		v, form := decode.ParseFloat(b)
		if form == decode.NotNumber {
			return false, decode.Excerpt(b) + " is no number"
		}
		s.value = v
		if math.IsInf(v, 0) {
			why = " is too large for a float64; leave it out"
		}
	}
	if why != "" && s.reason == "" {
		s.reason = "field " + decode.Excerpt([]byte(f.key)) + ": " + decode.Excerpt(b) + why
	}
	return false, ""
}

// endsValue are the bytes that end a value without quotes.
var endsValue = [256]bool{',': true, ' ': true, '\r': true, '\n': true}

// integers are what ends in i and u.
var integers = map[byte]string{'i': "integer", 'u': "unsigned integer"}

// integerKind is what a text with an i or u behind it is.
type integerKind uint8

const (
	exact      integerKind = iota // an integer that a float64 holds exactly
	inexact                       // one that it does not
	outRange                      // one beyond 64 bits
	notInteger                    // none
)

// integer reads an integer with its i or u.
func integer(b []byte) (float64, integerKind) {
	digits := b[:len(b)-1]
	var f float64
	var out decode.Outcome
	same := false
	if b[len(b)-1] == 'i' {
		var n int64
		n, out = decode.ParseInt(digits)
		f = float64(n)
		same = f < 1<<63 && int64(f) == n
	} else {
		var n uint64
		n, out = decode.ParseUint(digits)
		f = float64(n)
		same = f < 1<<64 && uint64(f) == n
	}
	switch {
	case out == decode.Syntax:
		return 0, notInteger
	case out == decode.OutRange:
		return 0, outRange
	case !same:
		return 0, inexact
	}
	return f, exact
}

func boolean(b []byte) (float64, bool) {
	switch string(b) {
	case "t", "T", "true", "True", "TRUE":
		return 1, true
	case "f", "F", "false", "False", "FALSE":
		return 0, true
	}
	return 0, false
}

// skipString passes a quoted string, which may hold line feeds, and checks what follows it. On failure pos stays
// where the line can be given up.
func (d *Decoder) skipString(start int) string {
	open := d.pos
	limit := min(len(d.data), start+telemetry.MaxLineBytes)
	for i := open + 1; i < limit; i++ {
		switch d.data[i] {
		case '\\':
			if i+1 < len(d.data) && isOneOf(d.data[i+1], `\"nrt`) {
				i++
			}
		case '"':
			text := d.data[open:i]
			d.line += bytes.Count(text, []byte{'\n'})
			d.pos = i + 1
			if !utf8.Valid(text) {
				return "the string is not UTF-8; send UTF-8"
			}
			if d.pos < len(d.data) && !endsValue[d.data[d.pos]] {
				return "there is text after the closing quote; escape quotes inside as \\\""
			}
			return ""
		}
	}
	return "the quote is not closed; end the string with \""
}
