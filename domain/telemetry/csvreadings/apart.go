package csvreadings

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
)

// apart says what to do with a column that tells records apart.
func (l *layout) apart(column int, r Remedy) string {
	names := make([]string, 0, len(l.sources)+1)
	for _, i := range l.sources {
		names = append(names, l.columns[i].name)
	}
	what := r.say(sourceColumn, append(names, l.columns[column].name)...)
	if l.whole {
		what += " instead of " + r.of(sourceOfAll)
	}
	return what
}

// two is two records that are the same but for a column.
type two struct {
	column         int
	earlier, later record
}

// record is a record's line and what stands in the column.
type record struct {
	line int
	text string
}

// refuse is what is wrong with the two and how it is mended.
func (l *layout) refuse(t two, r Remedy) string {
	c := &l.columns[t.column]
	what := "time"
	switch {
	case l.long && l.sources != nil:
		what = "time, source and metric"
	case l.long:
		what = "time and metric"
	case l.sources != nil:
		what = "time and source"
	}
	name := c.name
	if name == "" {
		name = fmt.Sprintf("%d, which has no name,", t.column+1)
	} else {
		name = quote(name)
	}
	text := fmt.Sprintf("column %s tells records apart: lines %d and %d have the same %s, and %s and %s in it; ",
		name, t.earlier.line, t.later.line, what, quote(t.earlier.text), quote(t.later.text))
	if c.name == "" {
		return text + "name it in the header, and " + r.say(sourceColumn, "NAME") + ", or leave it out"
	}
	return text + l.mend(t, r) + "; if it does not matter, " + r.say(skipColumns, c.name)
}

// mend is what to do about two records if the column in which they differ matters.
func (l *layout) mend(t two, r Remedy) string {
	name := l.columns[t.column].name
	earlier, later := []byte(t.earlier.text), []byte(t.later.text)
	date, isDate := decode.ParseCivil(earlier)
	switch {
	case l.clock < 0 && decode.IsClock(earlier) && decode.IsClock(later):
		return "if it is the time of day, " + r.say(timeColumn, l.columns[l.time].name, name)
	case isDate && !date.Date:
		return "if it is the time, " + r.say(timeColumn, name)
	}
	return "if it says what a reading is of, " + l.apart(t.column, r)
}

// findApart looks for records that give one reading, the same series and time, and differ in a column that may tell
// them apart. found takes the first two of each column, until enough.
func (d *Decoder) findApart(b *telemetry.Batch, found map[int]two, enough int) {
	late := d.dict.Late()
	if len(late) == 0 || len(d.begins) == 0 || !slices.ContainsFunc(d.layout.columns,
		func(c column) bool { return c.tellsApart() }) {
		return
	}
	for _, places := range sameReadings(b, late) {
		if d.differ(places, found); len(found) >= enough {
			return
		}
	}
}

// differ reads the records of some readings again, and finds the columns in which two have different text.
func (d *Decoder) differ(places []int, found map[int]two) {
	type seen struct {
		start int
		text  string
	}
	first := make(map[int]seen)
	r := newReader(d.data, d.comma, nil, nil)
	for _, at := range places {
		start := d.startOf(at)
		r.pos = start
		_, _ = r.next() // it was read before
		for i, cell := range r.cells {
			if _, ok := found[i]; ok || len(cell) == 0 || !d.layout.columns[i].tellsApart() {
				continue
			}
			switch s, ok := first[i]; {
			case !ok:
				first[i] = seen{start, string(cell)}
			case s.text != string(cell):
				found[i] = two{i, record{d.lineOf(s.start), s.text}, record{d.lineOf(start), string(cell)}}
			}
		}
	}
}

// lineOf is the line of the file in which a byte of the data lies.
func (d *Decoder) lineOf(at int) int { return d.before + 1 + bytes.Count(d.data[:at], []byte{'\n'}) }

// sameReadings groups the readings of a batch that have the series, one of these, and the time in common with
// another, in the order of the request.
func sameReadings(b *telemetry.Batch, series []uint32) (groups [][]int) {
	asked := make([]bool, len(b.Series))
	for _, of := range series {
		asked[of] = true
	}
	var places []int
	for at, of := range b.Of {
		if asked[of] {
			places = append(places, at)
		}
	}
	same := func(x, y int) int { return cmp.Or(cmp.Compare(b.Of[x], b.Of[y]), cmp.Compare(b.Times[x], b.Times[y])) }
	slices.SortStableFunc(places, same)
	for len(places) > 0 {
		n := 1
		for n < len(places) && same(places[0], places[n]) == 0 {
			n++
		}
		if n > 1 {
			groups = append(groups, places[:n])
		}
		places = places[n:]
	}
	slices.SortFunc(groups, func(x, y []int) int { return cmp.Compare(x[0], y[0]) })
	return groups
}

// begin is where in the file the record of a reading begins.
type begin struct{ place, start int }

// startOf is where the record of the reading at a place in the batch begins.
func (d *Decoder) startOf(place int) int {
	i, found := slices.BinarySearchFunc(d.begins, place,
		func(b begin, place int) int { return cmp.Compare(b.place, place) })
	if !found {
		i--
	}
	return d.begins[i].start
}
