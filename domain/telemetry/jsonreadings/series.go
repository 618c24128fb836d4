package jsonreadings

import (
	"cmp"
	"fmt"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// column is the array of times or of values of a series. What could not be read holds a zero and a reason.
type column[T int64 | float64] struct {
	cells   []T
	refused []refusal // in rising order
}

type refusal struct {
	at     int
	reason string
}

func (c *column[T]) reset() { c.cells, c.refused = c.cells[:0], c.refused[:0] }

// shrink lets go of memory that a large request needed.
func (c *column[T]) shrink() {
	if cap(c.cells) > keptCells {
		c.cells = nil
	}
	c.refused = nil
}

// What a decoder keeps between requests: elements of a column, bytes of unescaped strings.
const (
	keptCells   = 1 << 16
	keptScratch = 1 << 20
)

func (c *column[T]) add(cell T, reason string) {
	if reason != "" {
		if len(c.refused) >= readings.MaxListed {
			reason = "not listed" // by now nobody will read it: keep no text for it
		}
		c.refused = append(c.refused, refusal{len(c.cells), reason})
	}
	c.cells = append(c.cells, cell)
}

// parseSeries reads a series of the columnar form that stands at a depth and adds its readings.
func (d *Decoder) parseSeries(depth int) bool {
	d.times.reset()
	d.values.reset()
	if object, ok := d.enter("a series", depth); !object {
		return ok && d.acceptSeries()
	}
	ok := d.object(depth, func(key []byte) bool {
		f, ok := d.claim(key, seriesFields)
		switch {
		case !ok:
			return d.skip(depth + 1)
		case f == hasTimes:
			return readColumn(d, &d.times, "times", depth+1, d.readTime)
		case f == hasValues:
			return readColumn(d, &d.values, "values", depth+1, readValue)
		}
		return d.readField(f, depth+1)
	})
	return ok && d.acceptSeries()
}

// readColumn reads an array of scalars that stands at a depth.
func readColumn[T int64 | float64](d *Decoder, c *column[T], name string, depth int,
	read func([]byte, kind) (T, string)) bool {
	if k := kindOf[d.peek()]; k != kindArray {
		d.item.refuse("field " + name + " is " + k.String() + "; send an array")
		return d.skip(depth)
	}
	room := d.Limit() - d.index
	return d.array(depth, func() bool {
		if len(c.cells) == room {
			d.tooMany = true
			return false
		}
		k := kindOf[d.peek()]
		if k == kindObject || k == kindArray {
			c.add(0, "is "+k.String())
			return d.skip(depth + 1)
		}
		mark := len(d.scratch)
		b, k, ok := d.scalar()
		if !ok {
			return false
		}
		c.add(read(b, k))
		d.scratch = d.scratch[:mark]
		return true
	})
}

// acceptSeries adds the readings of the columns, or rejects them, and reports whether there is room for them.
func (d *Decoder) acceptSeries() bool {
	it := &d.item
	nt, nv := len(d.times.cells), len(d.values.cells)
	if missing := it.seen.missing(seriesFields &^ hasUnit); missing != "" {
		it.refuse("field " + missing + " is missing")
	}
	if nt != nv {
		it.refuse(fmt.Sprintf("times has %s and values %d; they run parallel", fault.Counted(nt, "element"), nv))
	}
	s := d.series()
	if s == nil {
		return d.reject(max(nt, nv, 1), "series: "+it.reason)
	}
	if reason := s.Contradiction(it.unit); reason != "" {
		return d.reject(max(nt, 1), "series: "+reason)
	}
	d.addColumns(s)
	return d.count(nt)
}

// addColumns adds the readings of two columns of one length.
func (d *Decoder) addColumns(s *decode.Series) {
	badTimes, badValues, added := d.times.refused, d.values.refused, false
	for i, t := range d.times.cells {
		reason := ""
		if len(badTimes) > 0 && badTimes[0].at == i {
			reason, badTimes = "times "+badTimes[0].reason, badTimes[1:]
		}
		if len(badValues) > 0 && badValues[0].at == i {
			reason, badValues = cmp.Or(reason, "values "+badValues[0].reason), badValues[1:]
		}
		if reason != "" {
			if !d.rejected.Full() {
				reason = fmt.Sprintf("series, element %d: %s", i, reason)
			}
			d.rejected.Add(d.index+i, 0, reason)
			d.dict.Skip(d.index + i + 1)
			continue
		}
		s.Add(t, d.values.cells[i])
		added = true
	}
	if added && len(d.item.unit) > 0 {
		s.SetUnit(d.item.unit)
	}
}

// parseSource reads a description that stands at a depth and adds it.
func (d *Decoder) parseSource(depth int) bool {
	var labels []telemetry.Label
	at := d.sources
	d.sources++
	object, ok := d.enter("a source", depth)
	if object {
		ok = d.object(depth, func(key []byte) bool {
			switch f, ok := d.claim(key, sourceFields); {
			case !ok:
				return d.skip(depth + 1)
			case f == hasLabels:
				return d.readLabels(depth+1, &labels)
			default:
				return d.readField(f, depth+1)
			}
		})
	}
	if !ok {
		return false
	}
	if missing := d.item.seen.missing(sourceFields); missing != "" {
		d.item.refuse("field " + missing + " is missing")
	}
	slices.SortFunc(labels, func(a, b telemetry.Label) int { return cmp.Compare(a.Name, b.Name) })
	if err := telemetry.CheckLabels(labels); err != nil {
		d.item.refuse(err.Error())
	}
	if d.item.reason == "" {
		if err := decode.CheckSource(string(d.item.source)); err != nil {
			d.item.refuse(err.Error())
		}
	}
	if d.item.reason != "" {
		d.rejected.Add(-1, 0, fmt.Sprintf("sources[%d]: %s", at, d.item.reason))
	} else {
		d.batch.Sources = append(d.batch.Sources, telemetry.Description{Source: telemetry.Source(d.item.source),
			Labels: labels})
	}
	return d.count(0)
}

// readLabels reads an object of strings that stands at a depth.
func (d *Decoder) readLabels(depth int, labels *[]telemetry.Label) bool {
	if k := kindOf[d.peek()]; k != kindObject {
		d.item.refuse("field labels is " + k.String() + "; send an object of strings")
		return d.skip(depth)
	}
	return d.object(depth, func(key []byte) bool {
		if k := kindOf[d.peek()]; k != kindString {
			if d.item.reason == "" {
				d.item.refuse("label " + decode.Excerpt(key) + " is " + k.String() + "; send a string")
			}
			return d.skip(depth + 1)
		}
		b, ok := d.str()
		if !ok {
			return false
		}
		*labels = append(*labels, telemetry.Label{Name: string(key), Value: string(b)})
		return true
	})
}
