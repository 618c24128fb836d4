package csvreadings

import (
	"bytes"
	"fmt"

	"tidemark/domain/telemetry/csvreadings/internal/numerals"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// layout says what the columns of a file mean. The indexes are -1 for what is not there.
type layout struct {
	long                bool
	time, clock         int   // clock: the times of day, where time holds dates
	sources             []int // none: the source of the request
	whole               bool  // the request says that it is
	metric, value, unit int   // long form
	labels              []int
	aside               []int // columns whose cells are counted: those of no use, and of things
	columns             []column
	undecided           int  // metrics of the wide form without a number yet
	comma               byte // of a survey: the delimiter
}

// use is what a column is for.
type use uint8

const (
	useless use = iota // skipped, its cells counted: it has no name, or is one too many in the long form
	special            // time, source, ...
	metric             // of the wide form
	thing              // says what a reading is of, by its name, and nobody said so: skipped, its cells counted
	left               // out, because the request says so
)

// column is a column of the file.
type column struct {
	name   string // as in the header
	use    use
	text   bool // a metric without any number (yet)
	number bool // of a column aside: it has one
	words  bool // of a metric with numbers: it has cells that were never meant to be one
	cells  int  // skipped ones: of a column aside those that are not empty, of text those never meant to be a number

	metric []byte
	unit   []byte
	source *decode.Source // whose series was found last
	series *decode.Series
}

// splitUnit takes the unit in brackets off the end of a column's name, if there is one.
func splitUnit(name []byte) (metric, unit []byte) {
	for _, brackets := range []string{"()", "[]"} {
		open := bytes.LastIndexByte(name, brackets[0])
		if open > 0 && open < len(name)-2 && name[len(name)-1] == brackets[1] {
			metric, unit = bytes.TrimSpace(name[:open]), bytes.TrimSpace(name[open+1:len(name)-1])
			if len(metric) > 0 && len(unit) > 0 {
				return metric, unit
			}
		}
	}
	return name, nil
}

// classify finds out which metrics of the wide form are text: those without a single number. It stops as soon as all
// have one.
func (l *layout) classify(r *reader, n numerals.Style) {
	for l.undecided > 0 {
		bad, more := r.next()
		if !more {
			break
		}
		if bad != "" || len(r.cells) != len(l.columns) {
			continue
		}
		for i, cell := range r.cells {
			c := &l.columns[i]
			if c.use != metric || !c.text || len(cell) == 0 {
				continue
			}
			if n.IsNumber(cell) {
				c.text, c.cells = false, 0
				l.undecided--
			} else if !numerals.IsAttempt(cell) { // those are rejected one by one
				c.cells++
			}
		}
	}
}

// skipped lists the columns that were left out though they hold something.
func (l *layout) skipped() (all []readings.Skipped) {
	for i, c := range l.columns {
		if c.cells == 0 {
			continue
		}
		s := readings.Skipped{Column: c.name, Cells: c.cells, Why: readings.SkippedText}
		switch {
		case c.name == "":
			s.Column, s.Why = fmt.Sprintf("(column %d)", i+1), readings.SkippedUnnamed
		case c.use == thing:
			s.Why = readings.SkippedIdentity
		case c.use == useless:
			s.Why = readings.SkippedSurplus
		}
		all = append(all, s)
	}
	return all
}

// tellsApart reports whether a column that holds no readings may tell records apart that are the same without it: it
// is text, or says what a reading is of.
func (c *column) tellsApart() bool {
	switch c.use {
	case useless:
		return c.cells > 0 && !c.number
	case thing:
		return c.cells > 0
	case metric:
		return c.text && c.cells > 0
	}
	return false
}
