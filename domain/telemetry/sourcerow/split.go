package sourcerow

import (
	"math/bits"
	"slices"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// MaxBytes is how long a catalogue row grows before it is split, far below what a row of any storage takes.
// What one metric or all labels of a source take beside deletions is a hundredth and a quarter of it.
const MaxBytes = 256 << 10

// MaxPartsBytes is how long the list of parts in a split row grows before it names only every second.
const MaxPartsBytes = 128 << 10

// Cut cuts the whole, or a part, that is longer than a bound into parts of about equal length, which have
// room to grow, rising by place; together they hold what r holds, over the same range. Each but one of a single
// metric holds whole metrics; deletions of one that would not fit alone are cut among parts, too, so there is always
// a way to cut what is over MaxBytes. Parts share memory with r.
func Cut(r *Row, bound int) []*Row {
	most := bound * 2 / 3
	all := &splitting{from: r, most: 1 << 62}
	all.run()
	n := max((all.size+most-1)/most, 1)
	s := &splitting{from: r, most: min(all.size/n+all.size/n/16, most)}
	s.run()
	return s.parts
}

// splitting fills parts with the metrics of a row, one after another.
type splitting struct {
	from    *Row
	most    int
	parts   []*Row
	part    *Row
	size    int // at least what the part takes
	origins map[telemetry.Origin]bool
	writers map[telemetry.Writer]bool
	last    telemetry.Stamp // of an origin that was used, or zero
}

func (s *splitting) run() {
	s.begin(s.from.From)
	s.part.Replaced, s.part.Labels = s.from.Replaced, s.from.Labels
	s.origin(s.from.Replaced)
	for _, l := range s.from.Labels {
		s.size += sizeOfText(len(l.Name)) + sizeOfText(len(l.Value)) + s.origin(l.Origin)
	}
	for i := range s.from.Metrics {
		s.metric(&s.from.Metrics[i])
	}
	s.part.To = s.from.To
}

// begin ends the part at a place and begins the next.
func (s *splitting) begin(at Place) {
	if s.part != nil {
		s.part.To = at
	}
	s.part = &Row{Tenant: s.from.Tenant, Source: s.from.Source, Form: Part, From: at}
	s.parts = append(s.parts, s.part)
	s.origins, s.writers, s.last = map[telemetry.Origin]bool{}, map[telemetry.Writer]bool{}, 0
	const fixed = 64
	s.size = fixed + len(s.from.Tenant) + len(s.from.Source) + sizeOfPlace(at) + sizeOfPlace(s.from.To)
}

// metric puts a metric into the part, or the next if it does not fit.
func (s *splitting) metric(m *MetricRow) {
	alone := sizeOfText(len(m.Metric)) + sizeOfText(len(m.Unit)) + 3*len(m.Years) + 10 + 10 + 10 +
		s.originSize(m.UnitFrom)
	for _, u := range m.Others {
		alone += sizeOfText(len(u.Unit)) + s.originSize(u.Origin)
	}
	whole := alone + len(m.Deletions)*20
	if n := len(s.part.Metrics); n > 0 && s.size+min(whole, s.most) > s.most {
		s.begin(between(s.part.Metrics[n-1].Metric, m.Metric))
	}
	s.size += alone
	s.origin(m.UnitFrom)
	for _, u := range m.Others {
		s.origin(u.Origin)
	}
	row := *m
	row.Deletions = nil
	first := 0
	for i, d := range m.Deletions {
		if need := s.deletion(d); s.size+need > s.most && i > first {
			row.Deletions = m.Deletions[first:i:i]
			s.part.Metrics = append(s.part.Metrics, row)
			s.begin(Place{m.Metric, d})
			s.size += alone
			row, first = MetricRow{Metric: m.Metric, Purged: m.Purged}, i
		}
		s.size += s.deletion(d)
		s.origin(d.Origin)
	}
	if first < len(m.Deletions) {
		row.Deletions = m.Deletions[first:]
	}
	s.part.Metrics = append(s.part.Metrics, row)
}

// deletion is at least what one more deletion takes.
func (s *splitting) deletion(d telemetry.DeletionAt) int {
	return sizeOfUint(stored.Zigzag(d.From)) + sizeOfUint(uint64(d.To)-uint64(d.From)) + s.originSize(d.Origin)
}

// originSize is at least what one more use of an origin takes: an index, and an entry in the table of those of the
// part if it is new there.
func (s *splitting) originSize(o telemetry.Origin) int {
	n := 4
	if o == (telemetry.Origin{}) || s.origins[o] {
		return n
	}
	if !s.writers[o.Writer] {
		n += sizeOfText(len(o.Writer))
	}
	since := o.Stamp // the table has differences, and those only shrink when others come between
	if s.last <= since {
		since -= s.last
	}
	return n + sizeOfUint(uint64(since)) + 4 + sizeOfUint(uint64(o.Number))
}

// origin counts an origin as used and gives what it took.
func (s *splitting) origin(o telemetry.Origin) int {
	n := s.originSize(o)
	s.origins[o], s.writers[o.Writer], s.last = true, true, o.Stamp
	return n
}

// Between is what a row holds from one place on and before another, as a part with that range; a zero to is no bound.
// Of the row itself it is the row.
func (r *Row) Between(from, to Place) *Row {
	if from == r.From && to == r.To {
		return r
	}
	out := &Row{Tenant: r.Tenant, Source: r.Source, Form: Part, From: from, To: to}
	if out.Holds(Place{}) {
		out.Replaced, out.Labels = r.Replaced, r.Labels
	}
	i, _ := slices.BinarySearchFunc(r.Metrics, from.Metric, compareMetric)
	j := len(r.Metrics)
	if to != (Place{}) {
		j, _ = slices.BinarySearchFunc(r.Metrics, to.Metric, compareMetric)
	}
	if to.Within() && j < len(r.Metrics) && r.Metrics[j].Metric == to.Metric {
		j++
	}
	if i >= j {
		return out
	}
	out.Metrics = r.Metrics[i:j:j]
	if from.Within() || to.Within() {
		out.Metrics = slices.Clone(out.Metrics)
		out.Metrics[0].cut(from, to)
		out.Metrics[len(out.Metrics)-1].cut(from, to)
	}
	return out
}

// cut leaves of a metric what stands from one place on and before another.
func (m *MetricRow) cut(from, to Place) {
	if to.Within() && to.Metric == m.Metric {
		n, _ := slices.BinarySearchFunc(m.Deletions, to.Deletion, telemetry.DeletionAt.Compare)
		m.Deletions = some(m.Deletions[:n:n])
	}
	if from.Within() && from.Metric == m.Metric {
		n, _ := slices.BinarySearchFunc(m.Deletions, from.Deletion, telemetry.DeletionAt.Compare)
		*m = MetricRow{Metric: m.Metric, Purged: m.Purged, Deletions: some(m.Deletions[n:])}
	}
}

// some is nil for an empty list.
func some(ds []telemetry.DeletionAt) []telemetry.DeletionAt {
	if len(ds) == 0 {
		return nil
	}
	return ds
}

// With joins to the row of a metric what the next part holds of it, which is deletions.
func (m MetricRow) With(more MetricRow) MetricRow {
	m.Deletions = slices.Concat(m.Deletions, more.Deletions)
	m.Purged = max(m.Purged, more.Purged)
	return m
}

// NameParts adds the beginnings of parts to a split row and reports whether that changed it. If they take more than
// MaxPartsBytes every second is left out; with room set only as many are added as fit: a part that is not listed is
// reached through the one before it.
func (r *Row) NameParts(room bool, from ...Place) (changed bool) {
	size := r.partsBytes()
	for _, at := range from {
		i, found := slices.BinarySearchFunc(r.Parts, at, Place.Compare)
		if n := sizeOfPlace(at); !found && at != (Place{}) && !(room && size+n > MaxPartsBytes) {
			r.Parts = slices.Insert(slices.Clip(r.Parts), i, at)
			size += n
			changed = true
		}
	}
	for r.partsBytes() > MaxPartsBytes {
		thin := make([]Place, 0, len(r.Parts)/2)
		for i := 1; i < len(r.Parts); i += 2 {
			thin = append(thin, r.Parts[i])
		}
		r.Parts = thin
	}
	return changed
}

func (r *Row) partsBytes() int {
	n, before := 0, Place{}
	for _, p := range r.Parts {
		n += len(appendPlace(nil, before.Metric, p))
		before = p
	}
	return n
}

func sizeOfText(n int) int    { return sizeOfUint(uint64(n)) + n }
func sizeOfUint(v uint64) int { return max(bits.Len64(v)+6, 7) / 7 }

// sizeOfPlace is at least what a place takes.
func sizeOfPlace(p Place) int {
	const rest = 3 + 1
	n := rest + sizeOfText(len(p.Metric))
	if p.Within() {
		n += 4*10 + sizeOfText(len(p.Deletion.Origin.Writer))
	}
	return n
}

// between is a place behind a and not behind b, for metrics a < b, with as short a name as there is: the places where
// parts begin are listed in a row and stand in keys.
func between(a, b telemetry.Metric) Place {
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return PlaceOf(b[:n+1])
}
