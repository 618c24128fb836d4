package csvreadings

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tidemark/domain/telemetry/internal/decode"
)

// layout says what the columns of a file mean. The indexes are -1 for what is not there.
type layout struct {
	long                bool
	time, source        int
	metric, value, unit int // long form
	columns             []column
	undecided           int // metrics of the wide form without a number yet
}

// use is what a column is for.
type use uint8

const (
	useless use = iota // skipped, its cells counted
	special            // time, source, ...
	metric             // of the wide form
)

// column is a column of the file.
type column struct {
	name  string // as in the header
	use   use
	text  bool // a metric without any number (yet)
	cells int  // that are skipped: of a useless column those that are not empty, of text those that were not meant to be numbers

	metric []byte
	unit   []byte
	source *decode.Source // whose series was found last
	series *decode.Series
}

// timeNames are the names of a column of times, best first.
var timeNames = []string{"timestamp", "datetime", "date_time", "date time", "time", "date"}

// otherNames are the other names that mean something; metric, value and unit do in the long form only.
var otherNames = []string{"source", "metric", "value", "unit"}

// plan makes the layout of a header. What is wrong with it comes back as text.
func plan(header [][]byte, hasDefault bool) (*layout, string) {
	l := &layout{time: -1, source: -1, metric: -1, value: -1, unit: -1}
	byName := make(map[string]int)
	for i, cell := range header {
		name := string(cell)
		if !utf8.ValidString(name) {
			return nil, fmt.Sprintf("the name of column %d is not UTF-8; send UTF-8", i+1)
		}
		lower := strings.ToLower(name)
		if _, ok := byName[lower]; !ok { // "Time" and "time" may both be there: the first is taken
			byName[lower] = i
		}
		if slices.ContainsFunc(l.columns, func(c column) bool { return name != "" && c.name == name }) {
			return nil, "column " + decode.Excerpt(cell) + " is there twice; rename one"
		}
		l.columns = append(l.columns, column{name: name})
	}
	take := func(name string) int {
		i, ok := byName[name]
		if !ok {
			return -1
		}
		l.columns[i].use = special
		return i
	}
	for _, name := range timeNames {
		if l.time < 0 {
			l.time = take(name)
		}
	}
	if l.time < 0 {
		return nil, "there is no column of times; name it one of " + strings.Join(timeNames, ", ")
	}
	if l.source = take("source"); l.source < 0 && !hasDefault {
		return nil, "there is no column source; add one, or name the source of the whole file in the request"
	}
	_, hasMetric := byName["metric"]
	_, hasValue := byName["value"]
	if l.long = hasMetric && hasValue; l.long {
		l.metric, l.value, l.unit = take("metric"), take("value"), take("unit")
		return l, ""
	}
	return l, l.metrics()
}

// metrics makes every column of the wide form that has a name and no other use a metric.
func (l *layout) metrics() string {
	seen := make(map[string]bool)
	for i := range l.columns {
		c := &l.columns[i]
		if c.use == special || c.name == "" {
			continue
		}
		c.use, c.text = metric, true
		l.undecided++
		c.metric, c.unit = splitUnit([]byte(c.name))
		if err := decode.CheckMetric(string(c.metric)); err != nil {
			return fmt.Sprintf("column %d: %v", i+1, err)
		}
		if err := decode.CheckUnit(c.unit); err != nil {
			return fmt.Sprintf("column %d: %v", i+1, err)
		}
		if seen[string(c.metric)] {
			return "metric " + decode.Excerpt(c.metric) + " is there twice; rename one"
		}
		seen[string(c.metric)] = true
	}
	if l.undecided == 0 {
		return "there is no column of values; add one for each metric"
	}
	return ""
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

// classify finds out which metrics of the wide form are text: those without a single number. It stops as soon as all have one.
func (l *layout) classify(r *reader) {
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
			if isNumber(cell) {
				c.text, c.cells = false, 0
				l.undecided--
			} else if !isAttempt(cell) { // those are rejected one by one
				c.cells++
			}
		}
	}
}
