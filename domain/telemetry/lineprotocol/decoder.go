package lineprotocol

import (
	"bytes"
	"fmt"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// Decoder decodes line protocol. The zero value is ready; Options may change between calls. Not safe for concurrent
// use.
type Decoder struct {
	readings.Options

	dict         decode.Dictionary
	heads        map[string]*head        // by the raw bytes of measurement and tags
	last         *head                   // of the line before
	descriptions map[string]*description // by source and labels
	naming       telemetry.Naming        // that heads were read with
	sourceTags   []string                // and what it was made of
	labelTags    []string
	skips        skips
	request      uint64

	batch    *telemetry.Batch
	rejected decode.Rejections
	data     []byte
	pos      int
	line     int // of the byte at pos, from 1
	index    int // of the next reading
	slots    []slot
	scratch  []byte
}

// slot is a field of the line being read: a reading to be, or the reason why not.
type slot struct {
	series *decode.Series
	value  float64
	reason string
}

// Decode reads a request of any number of lines into the batch, which it resets first. The error is fault.TooLarge
// when there are more readings than the options allow, and fault.Invalid when the precision is misnamed
// (readings.Precision.Misnamed); then the batch is empty.
func (d *Decoder) Decode(data []byte, into *telemetry.Batch) (readings.Result, error) {
	into.Reset()
	d.begin(data, into)
	limit := d.Limit()
	for d.pos < len(d.data) {
		d.next()
		if d.index > limit {
			d.end()
			into.Reset()
			return readings.Result{}, fault.New(fault.TooLarge, "lineprotocol.decode",
				"more than %d readings in one request; send fewer at a time", limit)
		}
	}
	if why := d.DefaultPrecision.Misnamed(into.Times); why != "" {
		d.end()
		into.Reset()
		return readings.Result{}, fault.New(fault.Invalid, "lineprotocol.decode", "%s", why)
	}
	result := d.rejected.Result(&d.dict)
	d.skips.into(&result)
	d.end()
	return result, nil
}

func (d *Decoder) begin(data []byte, into *telemetry.Batch) {
	dropped := d.dict.Begin(into)
	if dropped || !slices.Equal(d.sourceTags, d.SourceTags) || !slices.Equal(d.labelTags, d.LabelTags) {
		d.heads, d.descriptions, d.skips.known = make(map[string]*head), make(map[string]*description),
			make(map[skipKey]*skip)
		d.last = new(head)
		d.naming, d.sourceTags, d.labelTags = d.Naming(), slices.Clone(d.SourceTags), slices.Clone(d.LabelTags)
	}
	d.skips.begin()
	d.request++
	d.batch, d.data, d.pos, d.line, d.index = into, data, 0, 1, 0
	d.rejected.Reset()
}

// end lets go of what belongs to the caller.
func (d *Decoder) end() {
	d.dict.End()
	d.batch, d.data = nil, nil
}

// next reads one line, empty or a comment or an entry, and leaves pos after its end.
func (d *Decoder) next() {
	start := d.pos
	end := len(d.data)
	if i := bytes.IndexByte(d.data[start:], '\n'); i >= 0 {
		end = start + i
	}
	for d.pos < end && d.data[d.pos] == ' ' {
		d.pos++
	}
	switch rest := d.data[d.pos:end]; {
	case len(rest) == 0, rest[0] == '#', len(rest) == 1 && rest[0] == '\r':
		d.newline(end)
		return
	}
	line := d.line
	reason := d.entry(start, end)
	if reason == "" {
		return // entry has taken the end of the line
	}
	d.rejected.Add(d.index, line, reason)
	d.index++
	if i := bytes.IndexByte(d.data[d.pos:], '\n'); i >= 0 {
		d.newline(d.pos + i)
	} else {
		d.pos = len(d.data)
	}
}

// newline moves past the line feed at i, or to the end of the data.
func (d *Decoder) newline(i int) {
	if i < len(d.data) {
		i++
		d.line++
	}
	d.pos = i
}

// entry reads the entry that starts at pos, in the line that starts at start; end is its first line feed, which a
// quoted string may pass. It returns why the line is malformed, with pos before the line feed from which to go on; or
// "" with pos after the line.
func (d *Decoder) entry(start, end int) string {
	if end-start > telemetry.MaxLineBytes {
		return tooLong
	}
	raw := d.data[d.pos : d.pos+headLen(d.data[d.pos:end])]
	h, reason := d.headOf(raw)
	if reason != "" {
		return reason
	}
	line := d.line
	d.pos += len(raw)
	d.skipSpaces()
	if reason := d.fields(h, start); reason != "" {
		return reason
	}
	if d.pos-start > telemetry.MaxLineBytes {
		return tooLong
	}
	time, reason, broken := d.time()
	if broken != "" {
		return broken
	}
	d.commit(h, line, time, reason)
	return ""
}

// headOf finds or reads the head with these bytes. Senders repeat their lines in one order, so it is mostly the one
// that came next before.
func (d *Decoder) headOf(raw []byte) (*head, string) {
	if h := d.last.next; h != nil && h.raw == string(raw) {
		d.last = h
		return h, ""
	}
	h, ok := d.heads[string(raw)]
	if !ok {
		var reason string
		if h, reason = d.readHead(raw); reason != "" {
			return nil, reason
		}
		h.raw = string(raw)
		d.heads[h.raw] = h
		d.dict.Keep(2 * len(raw))
	}
	d.last.next = h
	d.last = h
	return h, ""
}

var tooLong = fmt.Sprintf("the line is longer than %d bytes; split it", telemetry.MaxLineBytes)

// headLen is the length of measurement and tags: up to the first space that no backslash stands before. A backslash
// itself is never escaped here. A line that is nothing else ends before its carriage return.
func headLen(line []byte) int {
	n := 0
	for {
		i := bytes.IndexByte(line[n:], ' ')
		if i < 0 {
			return len(bytes.TrimSuffix(line, []byte{'\r'}))
		}
		n += i
		if n == 0 || line[n-1] != '\\' {
			return n
		}
		n++
	}
}

func (d *Decoder) skipSpaces() {
	for d.pos < len(d.data) && d.data[d.pos] == ' ' {
		d.pos++
	}
}

// commit turns the slots of a line into readings and rejections. reason, when not "", says what is wrong with the
// time.
func (d *Decoder) commit(h *head, line int, time int64, reason string) {
	accepted := false
	d.dict.Line(d.index, line)
	for i := range d.slots {
		s := &d.slots[i]
		switch {
		case reason != "":
			d.rejected.Add(d.index, line, reason)
		case s.reason != "":
			d.rejected.Add(d.index, line, s.reason)
			d.dict.Skip(d.index + 1)
		default:
			s.series.Add(time, s.value)
			accepted = true
		}
		d.index++
	}
	if len(d.skips.line) > 0 {
		d.count(d.skips.line)
	}
	if accepted && h.about != nil && h.about.request != d.request {
		h.about.request = d.request
		d.count(h.about.left)
		if len(h.about.Labels) > 0 {
			d.batch.Sources = append(d.batch.Sources, h.about.Description)
		}
	}
}
