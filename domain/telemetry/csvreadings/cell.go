package csvreadings

import (
	"fmt"
	"time"

	"tidemark/domain/telemetry/internal/decode"
)

// time reads a time, or says what is wrong with it.
func (d *Decoder) time(cell []byte) (decode.Moment, string) {
	if len(cell) == 0 {
		return decode.Moment{}, "the time is empty"
	}
	if c, ok := decode.ParseCivil(cell); ok {
		d.civil = true
		m, out := c.Moment(d.Location)
		switch {
		case out == decode.Skipped:
			return m, fmt.Sprintf("time %s does not exist in %s, where clocks went forward over it; write it with "+
				"its offset from UTC",
				decode.Excerpt(cell), d.Location)
		case out == decode.OutRange || !decode.TimeInRange(m.Unix) || !decode.TimeInRange(m.Second):
			return m, decode.OutsideTime()
		}
		reason, _ := decode.Expired(m.Unix, d.Oldest)
		return m, reason
	}
	ns, out := d.numbers().UnixTime(cell, d.DefaultPrecision)
	switch {
	case out == decode.Syntax || looksLikeDate(cell):
		return decode.Moment{}, d.noTime(cell)
	case out == decode.Doubtful:
		return decode.Moment{}, decode.Doubt(cell, ns)
	case out == decode.OutRange || !decode.TimeInRange(ns):
		return decode.Moment{}, decode.OutsideTime()
	}
	reason, _ := decode.Expired(ns, d.Oldest)
	return decode.Moment{Unix: ns, Second: ns}, reason
}

// noTime is what is wrong with a cell that is no time.
func (d *Decoder) noTime(cell []byte) string {
	what := "time " + decode.Excerpt(cell) + " is "
	if why := decode.Unsupported(cell); why != "" {
		return what + why
	}
	if l := d.layout; decode.IsClock(cell) && l.clock < 0 {
		for i, other := range d.cells {
			date := l.columns[i].name
			if c, ok := decode.ParseCivil(other); ok && c.Date && date != "" {
				return what + "a time of day; its date stands in column " + quote(date) + ": " +
					d.Remedy.say(timeColumn, date, l.columns[l.time].name)
			}
		}
	}
	return what + "not known; write it as 2006-01-02T15:04:05Z, 2006-01-02 15:04:05, 2006-01-02 or a Unix number"
}

// looksLikeDate reports whether digits could be a date without separators.
func looksLikeDate(cell []byte) bool {
	if len(cell) != len("20060102") {
		return false
	}
	_, err := time.Parse("20060102", string(cell))
	return err == nil
}
