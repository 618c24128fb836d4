package csvreadings

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry/csvreadings/internal/numerals"
)

// What people and programs write into CSV files that is no record of readings: lines of comment, rows of units,
// decimal commas between commas. All are rejected; here is what they are called.

// isComment reports whether a record is a line of comment.
func (r *reader) isComment() bool {
	rest := bytes.TrimLeft(r.data[r.start:], " \t\"")
	return bytes.HasPrefix(rest, []byte("#")) || bytes.HasPrefix(rest, []byte("//"))
}

// orComment is what is wrong with the record, which may be a line of comment.
func (d *Decoder) orComment(reason string) string {
	if d.isComment() {
		return reason + "; if it is a comment, delete it: CSV has none"
	}
	return reason
}

// miscounted is what is wrong with a record that has another number of cells than the header.
func (d *Decoder) miscounted() string {
	surplus := len(d.cells) - len(d.layout.columns)
	text := fmt.Sprintf("the record has %s and the header %d", fault.Counted(len(d.cells), "cell"),
		len(d.layout.columns))
	if d.comma != ',' || surplus < 1 {
		return text
	}
	first := -1
	for i := 0; i+1 < len(d.cells); i++ {
		if i == d.layout.time || !isWhole(d.cells[i]) || !isDigits(d.cells[i+1]) {
			continue
		}
		if first < 0 {
			first = i
		}
		surplus--
		i++
	}
	if first < 0 || surplus > 0 || len(d.cells[first])+len(d.cells[first+1]) > 40 {
		return text
	}
	before, after := d.cells[first], d.cells[first+1]
	return text + fmt.Sprintf("; if %s,%s is a number with a decimal comma, write %s.%s", before, after, before, after)
}

// isWhole reports whether a cell is digits, maybe behind a sign.
func isWhole(cell []byte) bool {
	if len(cell) > 0 && (cell[0] == '-' || cell[0] == '+') {
		cell = cell[1:]
	}
	return isDigits(cell)
}

func isDigits(cell []byte) bool {
	return len(cell) > 0 && len(bytes.TrimLeft(cell, "0123456789")) == 0
}

// orUnits is what is wrong with the time or source of the record, which may be the units of the columns if it is the
// first.
func (d *Decoder) orUnits(reason string) string {
	column := d.unitColumn()
	if d.index > 0 || column < 0 || bytes.ContainsAny(d.timeCell(), "0123456789") {
		return reason
	}
	name, unit := d.layout.columns[column].name, d.cells[column]
	if d.layout.long {
		return reason + "; if it is a row of units, delete it: a unit stands in the column unit"
	}
	return fmt.Sprintf("%s; if it is a row of units, delete it: a unit stands in the header, as in %s (%s)", reason,
		name, unit)
}

// unitColumn is a column of values in which the record has what may be a unit, or -1. In no column of values it has a
// number.
func (d *Decoder) unitColumn() int {
	first := -1
	for i, cell := range d.cells {
		if use := d.layout.columns[i].use; len(cell) == 0 || use != metric && (!d.layout.long || i != d.layout.value) {
			continue
		}
		if d.numbers().IsNumber(cell) || numerals.IsAttempt(cell) || len(cell) > numerals.MaxUnit {
			return -1
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// mostAbove is in how many records the header is looked for that is not the first.
const mostAbove = 20

// aboutHeader says more of a header that does not do: it may be a comment, and the header below it.
func (d *Decoder) aboutHeader() string {
	comment := d.isComment()
	ahead := d.reader
	ahead.cells, ahead.scratch = nil, nil
	for range mostAbove {
		if ahead.comma = sniff(ahead.data[ahead.pos:], &d.Columns); ahead.pos == len(ahead.data) {
			break
		}
		bad, more := ahead.next()
		if more && bad == "" && slices.ContainsFunc(ahead.cells, d.isTime) {
			return fmt.Sprintf("; if line %d is the header, delete what is above it", ahead.at)
		}
	}
	if comment {
		return "; the first line begins as a comment: if it is one, delete it, and if it is the header, delete the #"
	}
	return ""
}

// isTime reports whether a column by its name, or because the request says so, holds times.
func (d *Decoder) isTime(name []byte) bool {
	is := func(text string) bool { return strings.EqualFold(strings.TrimSpace(text), string(name)) }
	return slices.ContainsFunc(timeNames, is) || slices.ContainsFunc(d.Columns.Time, func(list string) bool {
		return slices.ContainsFunc(strings.Split(list, ","), is)
	})
}
