package lineprotocol

import (
	"slices"

	"tidemark/domain/telemetry/readings"
)

// skipKey names what is skipped.
type skipKey struct {
	kind              readings.SkipKind
	measurement, name string
}

// skip counts in one request after the other what is skipped of one name.
type skip struct {
	skipKey
	request uint64
	count   int
}

// skips gathers what is skipped.
type skips struct {
	known  map[skipKey]*skip
	line   []*skip // of the line being read, which may still turn out to be malformed
	listed []*skip // of the request
	totals [readings.SkipKinds]int
}

// begin starts a request.
func (s *skips) begin() {
	s.line, s.listed = s.line[:0], s.listed[:0]
	s.totals = [readings.SkipKinds]int{}
}

// skip finds or makes the count of a name.
func (d *Decoder) skip(kind readings.SkipKind, measurement, name string) *skip {
	key := skipKey{kind, measurement, name}
	s, ok := d.skips.known[key]
	if !ok {
		s = &skip{skipKey: key}
		d.skips.known[key] = s
		d.dict.Keep(len(name))
	}
	return s
}

// skipField notes that a field of the line being read is no reading.
func (d *Decoder) skipField(h *head, f *field, kind readings.SkipKind) {
	if f.skips == nil {
		f.skips = new([readings.SkipKinds]*skip)
	}
	if f.skips[kind] == nil {
		f.skips[kind] = d.skip(kind, h.measurement, unescape([]byte(f.key), keyEnd))
	}
	d.skips.line = append(d.skips.line, f.skips[kind])
}

// count counts what is skipped for good.
func (d *Decoder) count(list []*skip) {
	for _, s := range list {
		if s.request != d.request {
			s.request, s.count = d.request, 0
			if len(d.skips.listed) < readings.MaxSkips {
				d.skips.listed = append(d.skips.listed, s)
			}
		}
		s.count++
		d.skips.totals[s.kind]++
	}
}

// into writes what was skipped into the result of the request.
func (s *skips) into(r *readings.Result) {
	r.SkipTotals = s.totals
	if len(s.listed) == 0 {
		return
	}
	r.Skips = slices.Grow([]readings.Skip(nil), len(s.listed))
	for _, x := range s.listed {
		r.Skips = append(r.Skips, readings.Skip{Kind: x.kind, Measurement: x.measurement, Name: x.name, Count: x.count})
	}
}
