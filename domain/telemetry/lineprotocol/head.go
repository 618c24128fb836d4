package lineprotocol

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// head is what measurement and tags of a line say, with the fields seen after them.
type head struct {
	raw         string
	next        *head // the one that came next of late
	measurement string
	source      *decode.Source
	about       *description // nil without labels

	fields []field
	guess  int            // the field expected next: lines of a head mostly repeat their fields in order
	byKey  map[string]int // once there are many fields
}

// description goes into a batch once a request.
type description struct {
	telemetry.Description // without labels where all are left out
	left                  []*skip
	request               uint64
}

// field is a field's raw key and its series, or why it has none.
type field struct {
	key    string
	series *decode.Series
	reason string
	skips  *[readings.SkipKinds]*skip // once there was one
}

// manyFields is from where on fields are found by a map.
const manyFields = 16

// readHead parses measurement and tags. It is the slow path, taken once for every distinct head.
func (d *Decoder) readHead(raw []byte) (*head, string) {
	n, reason := token(raw, measurementEnd)
	if reason != "" {
		return nil, "measurement: " + reason
	}
	h := &head{measurement: unescape(raw[:n], measurementEnd)}
	if err := decode.CheckMetric(h.measurement); err != nil {
		return nil, "measurement: " + err.Error()
	}
	tags, reason := readTags(raw[n:])
	if reason != "" {
		return nil, reason
	}
	labels, left := d.naming.Labels(tags)
	if err := telemetry.CheckLabels(labels); err != nil {
		return nil, err.Error()
	}
	var err error
	d.scratch = d.naming.AppendSource(d.scratch[:0], tags, h.measurement)
	if h.source, err = d.dict.Source(d.scratch); err != nil {
		return nil, err.Error()
	}
	if len(tags) > 0 {
		h.about = d.describe(h.measurement, h.source.Name, labels, left)
	}
	return h, ""
}

// readTags parses what follows the measurement: nothing, or ",key=value" again and again. The tags come back sorted
// by key.
func readTags(rest []byte) ([]telemetry.Label, string) {
	var tags []telemetry.Label
	for len(rest) > 0 {
		if rest[0] != ',' {
			return nil, fmt.Sprintf("unexpected %q after the measurement or a tag; tags are written ,key=value",
				rest[0])
		}
		rest = rest[1:]
		n, reason := token(rest, keyEnd)
		if reason != "" {
			return nil, "tag key: " + reason
		}
		key := unescape(rest[:n], keyEnd)
		if n == len(rest) || rest[n] != '=' {
			return nil, "tag " + decode.Excerpt([]byte(key)) +
				": there is no = after the key; tags are written key=value"
		}
		rest = rest[n+1:]
		if n, reason = token(rest, keyEnd); reason != "" {
			return nil, "tag " + decode.Excerpt([]byte(key)) + ": value: " + reason
		}
		tags = append(tags, telemetry.Label{Name: key, Value: unescape(rest[:n], keyEnd)})
		rest = rest[n:]
	}
	slices.SortStableFunc(tags, func(a, b telemetry.Label) int { return cmp.Compare(a.Name, b.Name) })
	for i := 1; i < len(tags); i++ {
		if tags[i].Name == tags[i-1].Name {
			return nil, "tag " + decode.Excerpt([]byte(tags[i].Name)) + " is given twice; give it once"
		}
	}
	return tags, ""
}

// describe finds or makes the description of a source with these labels, so that tags in another order are the same.
func (d *Decoder) describe(measurement string, s telemetry.Source, labels, left []telemetry.Label) *description {
	key := appendText(d.scratch[:0], string(s))
	for _, l := range labels {
		key = appendText(appendText(key, l.Name), l.Value)
	}
	for _, l := range left {
		key = appendText(appendText(key, measurement), l.Name)
	}
	d.scratch = key
	a, ok := d.descriptions[string(key)]
	if !ok {
		a = &description{Description: telemetry.Description{Source: s, Labels: labels}}
		for _, l := range left {
			a.left = append(a.left, d.skip(readings.SkipLabel, measurement, l.Name))
		}
		d.descriptions[string(key)] = a
		d.dict.Keep(2 * len(key))
	}
	return a
}

// appendText appends a text with its length before it: no two lists of texts give the same.
func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// The sets of bytes that end a token unless a backslash stands before them. A control character ends every token.
const (
	measurementEnd = ", "
	keyEnd         = ",= "
)

// token is the length of the measurement, key or tag value that b begins with, or what is wrong with it.
func token(b []byte, ends string) (int, string) {
	n := 0
	for n < len(b) {
		c := b[n]
		if c == '\\' && n+1 < len(b) && isOneOf(b[n+1], ends) {
			n += 2
			continue
		}
		if c < 0x20 || c == 0x7f {
			if c == '\r' {
				break
			}
			return n, fmt.Sprintf("control character %q; leave it out", c)
		}
		if isOneOf(c, ends) {
			break
		}
		n++
	}
	if n == 0 {
		return 0, "it is empty"
	}
	if !utf8.Valid(b[:n]) {
		return 0, "not UTF-8; send UTF-8"
	}
	return n, ""
}

func isOneOf(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// unescape is the token without the backslashes that escape. A backslash before anything else stays.
func unescape(b []byte, ends string) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && isOneOf(b[i+1], ends) {
			i++
		}
		out = append(out, b[i])
	}
	return string(out)
}
