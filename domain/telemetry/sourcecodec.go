package telemetry

import (
	"encoding/binary"
	"slices"

	"tidemark/domain/stored"
)

// EncodeSource appends the bytes of a row of the catalogue to dst. The whole of a source is "TMS" 1, tenant, source,
// origins, the origin of the last replacement, labels, metrics, CRC-32C. A part is "TMS" 2, tenant, source, form, its
// range, and then the same; a split row is "TMS" 2, tenant, source, form, and where parts begin. A program that knows
// version 1 only refuses the others. A row with a series of which several units were said is "TMS" 3, tenant, source,
// form, of a part its range, and then the same with the other units behind every metric. The same row gives the same
// bytes.
func EncodeSource(dst []byte, r *SourceRow) ([]byte, error) {
	if err := checkSource(r); err != nil {
		return nil, err
	}
	from, version := len(dst), r.version()
	dst = append(dst, version[:]...)
	dst = stored.AppendText(dst, r.Tenant)
	dst = stored.AppendText(dst, r.Source)
	if version != sourceV1 {
		dst = append(dst, byte(r.Form))
	}
	switch r.Form {
	case SourceSplit:
		dst = binary.AppendUvarint(dst, uint64(len(r.Parts)))
		before := Place{}
		for _, p := range r.Parts {
			dst = appendPlace(dst, before.Metric, p)
			before = p
		}
		return stored.Seal(dst, from), nil
	case SourcePart:
		dst = appendPlace(dst, "", r.From)
		dst = appendPlace(dst, r.From.Metric, r.To)
	}
	return stored.Seal(appendFacts(dst, r, version == sourceV3), from), nil
}

// version is the least that holds the row.
func (r *SourceRow) version() stored.Format {
	switch {
	case slices.ContainsFunc(r.Metrics, func(m MetricRow) bool { return len(m.Others) > 0 }):
		return sourceV3
	case r.Form == SourceWhole:
		return sourceV1
	}
	return sourceV2
}

// appendFacts appends what a row says of its source: origins, labels, metrics, with their other units or without.
func appendFacts(dst []byte, r *SourceRow, others bool) []byte {
	var t originTable
	t.add(r.Replaced)
	for i := range r.Labels {
		t.add(r.Labels[i].Origin)
	}
	for i := range r.Metrics {
		t.add(r.Metrics[i].UnitFrom)
		for _, u := range r.Metrics[i].Others {
			t.add(u.Origin)
		}
		for _, d := range r.Metrics[i].Deletions {
			t.add(d.Origin)
		}
	}
	dst = t.append(dst)
	dst = t.appendOrigin(dst, r.Replaced)
	dst = binary.AppendUvarint(dst, uint64(len(r.Labels)))
	for _, l := range r.Labels {
		dst = stored.AppendText(dst, l.Name)
		dst = stored.AppendText(dst, l.Value)
		dst = t.appendOrigin(dst, l.Origin)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Metrics)))
	for i := range r.Metrics {
		dst = appendMetric(dst, &t, &r.Metrics[i])
		if others {
			dst = appendOthers(dst, &t, r.Metrics[i].Others)
		}
	}
	return dst
}

func appendOthers(dst []byte, t *originTable, others []UnitAt) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(others)))
	for _, u := range others {
		dst = t.appendOrigin(stored.AppendText(dst, u.Unit), u.Origin)
	}
	return dst
}

func (d *decoder) others(t *originTable, m *MetricRow) {
	n := d.Count(2)
	if n == 0 {
		return
	}
	m.Others = make([]UnitAt, n)
	for i := range m.Others {
		m.Others[i] = UnitAt{Unit: d.Text(), Origin: d.origin(t)}
	}
}

// DecodeSource reads what EncodeSource wrote. Errors are stored.ErrCorrupt.
func DecodeSource(p []byte) (*SourceRow, error) {
	version := sourceV1
	if len(p) > 3 && (p[3] == sourceV2[3] || p[3] == sourceV3[3]) {
		version[3] = p[3]
	}
	d, err := unseal(p, version)
	if err != nil {
		return nil, err
	}
	r := &SourceRow{Tenant: Tenant(d.Text()), Source: Source(d.Text())}
	if version != sourceV1 {
		if r.Form = SourceForm(d.Byte()); r.Form > SourceSplit || r.Form == SourceWhole && version == sourceV2 {
			d.Fail("form %d is unknown", r.Form)
		}
	}
	others := version == sourceV3
	switch r.Form {
	case SourceSplit:
		d.parts(r)
	case SourcePart:
		r.From = d.place("")
		r.To = d.place(r.From.Metric)
		d.facts(r, others)
	default:
		d.facts(r, others)
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	if others && r.version() != sourceV3 {
		return nil, stored.Corrupt("a row of version 3 has no other units")
	}
	if err := checkSource(r); err != nil {
		return nil, stored.Corrupt("%v", err)
	}
	return r, nil
}

func (d *decoder) parts(r *SourceRow) {
	n := d.Count(3)
	if n == 0 {
		return
	}
	r.Parts = make([]Place, n)
	var before Metric
	for i := range r.Parts {
		r.Parts[i] = d.place(before)
		before = r.Parts[i].Metric
	}
}

func (d *decoder) facts(r *SourceRow, others bool) {
	t := d.originTable()
	r.Replaced = d.origin(&t)
	if n := d.Count(3); n > 0 {
		r.Labels = make([]LabelAt, n)
		for i := range r.Labels {
			r.Labels[i] = LabelAt{Label: Label{Name: d.Text(), Value: d.Text()}, Origin: d.origin(&t)}
		}
	}
	if n := d.Count(6); n > 0 {
		r.Metrics = make([]MetricRow, n)
		for i := range r.Metrics {
			d.metric(&t, &r.Metrics[i])
			if others {
				d.others(&t, &r.Metrics[i])
			}
		}
	}
}

func appendMetric(dst []byte, t *originTable, m *MetricRow) []byte {
	dst = stored.AppendText(dst, m.Metric)
	dst = stored.AppendText(dst, m.Unit)
	dst = t.appendOrigin(dst, m.UnitFrom)
	dst = binary.AppendUvarint(dst, uint64(len(m.Years)))
	var before int32
	for _, y := range m.Years {
		dst = binary.AppendVarint(dst, int64(y)-int64(before))
		before = y
	}
	dst = binary.AppendUvarint(dst, uint64(m.Purged))
	dst = binary.AppendUvarint(dst, uint64(len(m.Deletions)))
	for _, d := range m.Deletions {
		dst = binary.AppendVarint(dst, d.From)
		dst = binary.AppendUvarint(dst, uint64(d.To)-uint64(d.From))
		dst = t.appendOrigin(dst, d.Origin)
	}
	return dst
}

func (d *decoder) metric(t *originTable, m *MetricRow) {
	m.Metric, m.Unit, m.UnitFrom = Metric(d.Text()), d.Text(), d.origin(t)
	if n := d.Count(1); n > 0 {
		m.Years = make([]int32, n)
		var before int64
		for i := range m.Years {
			before += d.Varint()
			if int64(int32(before)) != before {
				d.Fail("year %d does not fit 32 bits", before)
				return
			}
			m.Years[i] = int32(before)
		}
	}
	m.Purged = Stamp(d.Uvarint())
	if n := d.Count(3); n > 0 {
		m.Deletions = make([]DeletionAt, n)
		for i := range m.Deletions {
			from := d.Varint()
			m.Deletions[i] = DeletionAt{From: from, To: from + int64(d.Uvarint()), Origin: d.origin(t)}
		}
	}
}

// appendPlace appends a place: how many bytes of its metric are those of the one before, the others, and whether a
// deletion follows.
func appendPlace(dst []byte, before Metric, p Place) []byte {
	shared := 0
	for shared < min(len(before), len(p.Metric)) && before[shared] == p.Metric[shared] {
		shared++
	}
	dst = binary.AppendUvarint(dst, uint64(shared))
	dst = stored.AppendText(dst, p.Metric[shared:])
	if !p.Within() {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(append(dst, 1), p.Deletion.From)
	dst = binary.AppendUvarint(dst, uint64(p.Deletion.To)-uint64(p.Deletion.From))
	dst = binary.AppendUvarint(dst, uint64(p.Deletion.Origin.Stamp))
	dst = stored.AppendText(dst, p.Deletion.Origin.Writer)
	return binary.AppendUvarint(dst, uint64(p.Deletion.Origin.Number))
}

func (d *decoder) place(before Metric) (p Place) {
	shared := d.AtMost(uint64(len(before)))
	p.Metric = before[:shared] + Metric(d.Text())
	if !d.Flag() {
		return p
	}
	from := d.Varint()
	p.Deletion = DeletionAt{From: from, To: from + int64(d.Uvarint())}
	p.Deletion.Origin = Origin{Stamp: Stamp(d.Uvarint()), Writer: Writer(d.Text()), Number: Number(d.Uvarint())}
	if d.Err() == nil && !p.Within() {
		d.Fail("a place is within nothing")
	}
	return p
}

func checkSource(r *SourceRow) error {
	if r.Form == SourceSplit {
		return checkParts(r)
	}
	everything := r.From == (Place{}) && r.To == (Place{})
	if r.Form == SourceWhole && !everything || len(r.Parts) > 0 || r.To != (Place{}) && r.From.Compare(r.To) >= 0 {
		return stored.Invalid("a row of form %d has another's range", r.Form)
	}
	if !r.Holds(Place{}) && (len(r.Labels) > 0 || r.Replaced != (Origin{})) {
		return stored.Invalid("labels stand at the first place")
	}
	for i := range r.Labels {
		if i > 0 && r.Labels[i-1].Name >= r.Labels[i].Name {
			return stored.Invalid("labels are not sorted at %d", i)
		}
	}
	for i := range r.Metrics {
		if i > 0 && r.Metrics[i-1].Metric >= r.Metrics[i].Metric {
			return stored.Invalid("metrics are not sorted at %d", i)
		}
		if err := checkMetric(r, &r.Metrics[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkParts holds what is true of a split row.
func checkParts(r *SourceRow) error {
	if len(r.Labels) > 0 || len(r.Metrics) > 0 || r.From != (Place{}) || r.To != (Place{}) || r.Replaced != (Origin{}) {
		return stored.Invalid("a split row names parts and nothing else")
	}
	before := Place{}
	for i, p := range r.Parts {
		if before.Compare(p) >= 0 {
			return stored.Invalid("parts are not sorted at %d", i)
		}
		before = p
	}
	return nil
}

func checkMetric(r *SourceRow, m *MetricRow) error {
	for j := range m.Years {
		if j > 0 && m.Years[j-1] >= m.Years[j] {
			return stored.Invalid("years of a metric do not rise at %d", j)
		}
	}
	for j := range m.Deletions {
		if j > 0 && compareDeletions(m.Deletions[j-1], m.Deletions[j]) >= 0 {
			return stored.Invalid("deletions of a metric are not sorted at %d", j)
		}
	}
	if err := checkUnits(m); err != nil || r.Form == SourceWhole {
		return err
	}
	goesOn := r.From.Within() && m.Metric == r.From.Metric && len(m.Years) == 0 && m.UnitFrom == (Origin{}) &&
		m.Unit == "" && m.Others == nil
	if !goesOn && !r.Holds(PlaceOf(m.Metric)) {
		return stored.Invalid("a metric stands outside of the part")
	}
	for _, d := range m.Deletions {
		if !r.Holds(Place{m.Metric, d}) {
			return stored.Invalid("a deletion stands outside of the part")
		}
	}
	return nil
}

// checkUnits holds what is true of the units of a metric: the first is before the others, and they rise.
func checkUnits(m *MetricRow) error {
	if len(m.Others) > MaxOtherUnits {
		return stored.Invalid("a metric has %d units beside its own, at most %d", len(m.Others), MaxOtherUnits)
	}
	before := UnitAt{m.Unit, m.UnitFrom}
	for _, u := range m.Others {
		if before.Unit == "" || u.Unit == "" || u.Unit == m.Unit || compareUnits(before, u) >= 0 {
			return stored.Invalid("units of a metric do not rise")
		}
		before = u
	}
	return nil
}
