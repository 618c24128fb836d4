package telemetry

import "encoding/binary"

// EncodeSource appends the bytes of a row of the catalogue to dst. The whole of a source is "TMS" 1, tenant, source,
// origins, the origin of the last replacement, labels, metrics, CRC-32C. A part is "TMS" 2, tenant, source, form, its
// range, and then the same; a split row is "TMS" 2, tenant, source, form, and where parts begin. A program that knows
// version 1 only refuses the others. The same row gives the same bytes.
func EncodeSource(dst []byte, r *SourceRow) ([]byte, error) {
	if err := checkSource(r); err != nil {
		return nil, err
	}
	from := len(dst)
	if r.Form == SourceWhole {
		dst = append(dst, sourceV1[:]...)
	} else {
		dst = append(dst, sourceV2[:]...)
	}
	dst = appendText(dst, r.Tenant)
	dst = appendText(dst, r.Source)
	if r.Form != SourceWhole {
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
		return seal(dst, from), nil
	case SourcePart:
		dst = appendPlace(dst, "", r.From)
		dst = appendPlace(dst, r.From.Metric, r.To)
	}
	return seal(appendFacts(dst, r), from), nil
}

// appendFacts appends what a row says of its source: origins, labels, metrics.
func appendFacts(dst []byte, r *SourceRow) []byte {
	var t originTable
	t.add(r.Replaced)
	for i := range r.Labels {
		t.add(r.Labels[i].Origin)
	}
	for i := range r.Metrics {
		t.add(r.Metrics[i].UnitFrom)
		for _, d := range r.Metrics[i].Deletions {
			t.add(d.Origin)
		}
	}
	dst = t.append(dst)
	dst = t.appendOrigin(dst, r.Replaced)
	dst = binary.AppendUvarint(dst, uint64(len(r.Labels)))
	for _, l := range r.Labels {
		dst = appendText(dst, l.Name)
		dst = appendText(dst, l.Value)
		dst = t.appendOrigin(dst, l.Origin)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Metrics)))
	for i := range r.Metrics {
		dst = appendMetric(dst, &t, &r.Metrics[i])
	}
	return dst
}

// DecodeSource reads what EncodeSource wrote. Errors are ErrCorrupt.
func DecodeSource(p []byte) (*SourceRow, error) {
	version := sourceV1
	if len(p) > 3 && p[3] == sourceV2[3] {
		version = sourceV2
	}
	d, err := unseal(p, version)
	if err != nil {
		return nil, err
	}
	r := &SourceRow{Tenant: Tenant(d.text()), Source: Source(d.text())}
	if version == sourceV2 {
		if r.Form = SourceForm(d.byte()); r.Form != SourcePart && r.Form != SourceSplit {
			d.fail("form %d is unknown", r.Form)
		}
	}
	switch r.Form {
	case SourceSplit:
		d.parts(r)
	case SourcePart:
		r.From = d.place("")
		r.To = d.place(r.From.Metric)
		d.facts(r)
	default:
		d.facts(r)
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if err := checkSource(r); err != nil {
		return nil, corrupt("%v", err)
	}
	return r, nil
}

func (d *decoder) parts(r *SourceRow) {
	n := d.count(3)
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

func (d *decoder) facts(r *SourceRow) {
	t := d.originTable()
	r.Replaced = d.origin(&t)
	if n := d.count(3); n > 0 {
		r.Labels = make([]LabelAt, n)
		for i := range r.Labels {
			r.Labels[i] = LabelAt{Label: Label{Name: d.text(), Value: d.text()}, Origin: d.origin(&t)}
		}
	}
	if n := d.count(6); n > 0 {
		r.Metrics = make([]MetricRow, n)
		for i := range r.Metrics {
			d.metric(&t, &r.Metrics[i])
		}
	}
}

func appendMetric(dst []byte, t *originTable, m *MetricRow) []byte {
	dst = appendText(dst, m.Metric)
	dst = appendText(dst, m.Unit)
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
	m.Metric, m.Unit, m.UnitFrom = Metric(d.text()), d.text(), d.origin(t)
	if n := d.count(1); n > 0 {
		m.Years = make([]int32, n)
		var before int64
		for i := range m.Years {
			before += d.varint()
			if int64(int32(before)) != before {
				d.fail("year %d does not fit 32 bits", before)
				return
			}
			m.Years[i] = int32(before)
		}
	}
	m.Purged = Stamp(d.uvarint())
	if n := d.count(3); n > 0 {
		m.Deletions = make([]DeletionAt, n)
		for i := range m.Deletions {
			from := d.varint()
			m.Deletions[i] = DeletionAt{From: from, To: from + int64(d.uvarint()), Origin: d.origin(t)}
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
	dst = appendText(dst, p.Metric[shared:])
	if !p.Within() {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(append(dst, 1), p.Deletion.From)
	dst = binary.AppendUvarint(dst, uint64(p.Deletion.To)-uint64(p.Deletion.From))
	dst = binary.AppendUvarint(dst, uint64(p.Deletion.Origin.Stamp))
	dst = appendText(dst, p.Deletion.Origin.Writer)
	return binary.AppendUvarint(dst, uint64(p.Deletion.Origin.Number))
}

func (d *decoder) place(before Metric) (p Place) {
	shared := d.atMost(uint64(len(before)))
	p.Metric = before[:shared] + Metric(d.text())
	if !d.flag() {
		return p
	}
	from := d.varint()
	p.Deletion = DeletionAt{From: from, To: from + int64(d.uvarint())}
	p.Deletion.Origin = Origin{Stamp: Stamp(d.uvarint()), Writer: Writer(d.text()), Number: Number(d.uvarint())}
	if d.err == nil && !p.Within() {
		d.fail("a place is within nothing")
	}
	return p
}

func checkSource(r *SourceRow) error {
	if r.Form == SourceSplit {
		return checkParts(r)
	}
	everything := r.From == (Place{}) && r.To == (Place{})
	if r.Form == SourceWhole && !everything || len(r.Parts) > 0 || r.To != (Place{}) && r.From.Compare(r.To) >= 0 {
		return invalid("a row of form %d has another's range", r.Form)
	}
	if !r.Holds(Place{}) && (len(r.Labels) > 0 || r.Replaced != (Origin{})) {
		return invalid("labels stand at the first place")
	}
	for i := range r.Labels {
		if i > 0 && r.Labels[i-1].Name >= r.Labels[i].Name {
			return invalid("labels are not sorted at %d", i)
		}
	}
	for i := range r.Metrics {
		if i > 0 && r.Metrics[i-1].Metric >= r.Metrics[i].Metric {
			return invalid("metrics are not sorted at %d", i)
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
		return invalid("a split row names parts and nothing else")
	}
	before := Place{}
	for i, p := range r.Parts {
		if before.Compare(p) >= 0 {
			return invalid("parts are not sorted at %d", i)
		}
		before = p
	}
	return nil
}

func checkMetric(r *SourceRow, m *MetricRow) error {
	for j := range m.Years {
		if j > 0 && m.Years[j-1] >= m.Years[j] {
			return invalid("years of a metric do not rise at %d", j)
		}
	}
	for j := range m.Deletions {
		if j > 0 && compareDeletions(m.Deletions[j-1], m.Deletions[j]) >= 0 {
			return invalid("deletions of a metric are not sorted at %d", j)
		}
	}
	if r.Form == SourceWhole {
		return nil
	}
	goesOn := r.From.Within() && m.Metric == r.From.Metric && len(m.Years) == 0 && m.UnitFrom == (Origin{}) && m.Unit == ""
	if !goesOn && !r.Holds(PlaceOf(m.Metric)) {
		return invalid("a metric stands outside of the part")
	}
	for _, d := range m.Deletions {
		if !r.Holds(Place{m.Metric, d}) {
			return invalid("a deletion stands outside of the part")
		}
	}
	return nil
}
