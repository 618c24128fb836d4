package csvreadings

import (
	"bytes"
	"fmt"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// Settle is a part as it is to be sent: local times that occur twice have their offset from UTC behind them. It names
// those of which the order of the records does not tell which they are, and counts them.
func (s *Survey) Settle(part []byte, before int) (out []byte, first []readings.Ambiguous, total int) {
	last := before + bytes.Count(part, []byte{'\n'}) + 1
	for _, at := range s.spans {
		if at.first <= last && before < at.last {
			return s.d.settlePart(s.layout, part, before)
		}
	}
	return part, nil, 0
}

func (d *Decoder) settlePart(l *layout, part []byte, before int) (out []byte, first []readings.Ambiguous, total int) {
	var none telemetry.Batch
	defer d.end()
	d.dict.Begin(&none)
	d.reader = newReader(part, l.comma, d.cells, d.scratch)
	d.layout, d.last, d.names, d.before = l, nil, nil, before
	copied := 0
	_, _ = d.next() // the header
	for {
		bad, more := d.next()
		if !more {
			break
		}
		m, at, told := d.settleRecord(bad)
		if m == nil {
			continue
		}
		if end, offset := d.timeEnd(), offsetText(m.Local-at); offset != "" {
			out = append(append(out, part[copied:end]...), offset...)
			copied = end
		}
		if told {
			continue
		}
		if total++; total <= readings.MaxAmbiguous {
			first = append(first, readings.Ambiguous{Line: before + d.at, Time: string(d.timeCell()), Taken: at})
		}
	}
	return append(out, part[copied:]...), first, total
}

// settleRecord is the moment of a record with readings at a local time that occurs twice, or nil, and what it is
// taken for.
func (d *Decoder) settleRecord(bad string) (m *decode.Moment, at int64, told bool) {
	if bad != "" || len(d.cells) != len(d.layout.columns) || !d.hasValue() {
		return nil, 0, false
	}
	moment, reason := d.time(d.timeCell())
	if reason != "" || !moment.Twice() {
		return nil, 0, false
	}
	source, reason := d.sourceOf()
	if reason != "" {
		return nil, 0, false
	}
	h := d.hours.of[hourKey{d.ordered(source), moment.Change}]
	if h == nil {
		h = &d.hours.rest
	}
	at, told = d.hours.at(h, &moment, d.before+d.at)
	return &moment, at, told
}

// hasValue reports whether the record has a number where values are.
func (d *Decoder) hasValue() bool {
	if d.layout.long {
		return d.numbers().IsNumber(d.cells[d.layout.value])
	}
	for i, cell := range d.cells {
		if d.layout.columns[i].use == metric && d.numbers().IsNumber(cell) {
			return true
		}
	}
	return false
}

// timeEnd is the byte behind the record's time, within its quotes.
func (d *Decoder) timeEnd() int {
	column, r := d.layout.time, reader{data: d.data, comma: d.comma, pos: d.start}
	if d.layout.clock >= 0 {
		column = d.layout.clock
	}
	for i := 0; ; i++ {
		for r.isSpace(r.data[r.pos]) {
			r.pos++
		}
		quoted := r.data[r.pos] == '"'
		from := r.pos
		_ = r.cell(d.start) // the record was read before
		if i == column {
			cell := bytes.TrimRight(r.data[from:r.pos], " \t\r\n")
			if quoted {
				cell = bytes.TrimRight(cell[:len(cell)-1], " \t\r\n")
			}
			return from + len(cell)
		}
		r.pos++ // the delimiter
	}
}

// offsetText writes an offset from UTC, "" where it has seconds, which the form of times does not.
func offsetText(nanos int64) string {
	minutes := nanos / 60e9
	if minutes*60e9 != nanos {
		return ""
	}
	sign := '+'
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60)
}
