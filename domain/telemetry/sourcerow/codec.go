package sourcerow

import (
	"encoding/binary"
	"slices"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/origins"
)

var (
	sourceV1 = stored.Format{'T', 'M', 'S', 1}
	sourceV2 = stored.Format{'T', 'M', 'S', 2}
	sourceV3 = stored.Format{'T', 'M', 'S', 3}
)

// decoder reads the parts of a row.
type decoder struct{ stored.Decoder }

// Encode appends the bytes of a row of the catalogue to dst. The whole of a source is "TMS" 1, tenant, source,
// origins, the origin of the last replacement, labels, metrics, CRC-32C. A part is "TMS" 2, tenant, source, form, its
// range, and then the same; a split row is "TMS" 2, tenant, source, form, and where parts begin. A program that knows
// version 1 only refuses the others. A row with a series of which several units were said is "TMS" 3, tenant, source,
// form, of a part its range, and then the same with the other units behind every metric. The same row gives the same
// bytes.
func Encode(dst []byte, r *Row) ([]byte, error) {
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
	case Split:
		dst = binary.AppendUvarint(dst, uint64(len(r.Parts)))
		before := Place{}
		for _, p := range r.Parts {
			dst = appendPlace(dst, before.Metric, p)
			before = p
		}
		return stored.Seal(dst, from), nil
	case Part:
		dst = appendPlace(dst, "", r.From)
		dst = appendPlace(dst, r.From.Metric, r.To)
	}
	return stored.Seal(appendFacts(dst, r, version == sourceV3), from), nil
}

// version is the least that holds the row.
func (r *Row) version() stored.Format {
	switch {
	case slices.ContainsFunc(r.Metrics, func(m MetricRow) bool { return len(m.Others) > 0 }):
		return sourceV3
	case r.Form == Whole:
		return sourceV1
	}
	return sourceV2
}

// appendFacts appends what a row says of its source: origins, labels, metrics, with their other units or without.
func appendFacts(dst []byte, r *Row, others bool) []byte {
	var t origins.Table
	t.Add(r.Replaced)
	for i := range r.Labels {
		t.Add(r.Labels[i].Origin)
	}
	for i := range r.Metrics {
		t.Add(r.Metrics[i].UnitFrom)
		for _, u := range r.Metrics[i].Others {
			t.Add(u.Origin)
		}
		for _, d := range r.Metrics[i].Deletions {
			t.Add(d.Origin)
		}
	}
	dst = t.Append(dst)
	dst = t.AppendOrigin(dst, r.Replaced)
	dst = binary.AppendUvarint(dst, uint64(len(r.Labels)))
	for _, l := range r.Labels {
		dst = stored.AppendText(dst, l.Name)
		dst = stored.AppendText(dst, l.Value)
		dst = t.AppendOrigin(dst, l.Origin)
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

func appendOthers(dst []byte, t *origins.Table, others []UnitAt) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(others)))
	for _, u := range others {
		dst = t.AppendOrigin(stored.AppendText(dst, u.Unit), u.Origin)
	}
	return dst
}

func (d *decoder) others(t *origins.Table, m *MetricRow) {
	n := d.Count(2)
	if n == 0 {
		return
	}
	m.Others = make([]UnitAt, n)
	for i := range m.Others {
		m.Others[i] = UnitAt{Unit: d.Text(), Origin: t.Origin(&d.Decoder)}
	}
}

// Decode reads what Encode wrote. Errors are stored.ErrCorrupt.
func Decode(p []byte) (*Row, error) {
	version := sourceV1
	if len(p) > 3 && (p[3] == sourceV2[3] || p[3] == sourceV3[3]) {
		version[3] = p[3]
	}
	all, err := stored.Unseal(p, version)
	if err != nil {
		return nil, err
	}
	d := decoder{all}
	r := &Row{Tenant: telemetry.Tenant(d.Text()), Source: telemetry.Source(d.Text())}
	if version != sourceV1 {
		if r.Form = Form(d.Byte()); r.Form > Split || r.Form == Whole && version == sourceV2 {
			d.Fail("form %d is unknown", r.Form)
		}
	}
	others := version == sourceV3
	switch r.Form {
	case Split:
		d.parts(r)
	case Part:
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

func (d *decoder) parts(r *Row) {
	n := d.Count(3)
	if n == 0 {
		return
	}
	r.Parts = make([]Place, n)
	var before telemetry.Metric
	for i := range r.Parts {
		r.Parts[i] = d.place(before)
		before = r.Parts[i].Metric
	}
}

func (d *decoder) facts(r *Row, others bool) {
	t := origins.Read(&d.Decoder)
	r.Replaced = t.Origin(&d.Decoder)
	if n := d.Count(3); n > 0 {
		r.Labels = make([]LabelAt, n)
		for i := range r.Labels {
			r.Labels[i] = LabelAt{Label: telemetry.Label{Name: d.Text(), Value: d.Text()}, Origin: t.Origin(&d.Decoder)}
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

func appendMetric(dst []byte, t *origins.Table, m *MetricRow) []byte {
	dst = stored.AppendText(dst, m.Metric)
	dst = stored.AppendText(dst, m.Unit)
	dst = t.AppendOrigin(dst, m.UnitFrom)
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
		dst = t.AppendOrigin(dst, d.Origin)
	}
	return dst
}

func (d *decoder) metric(t *origins.Table, m *MetricRow) {
	m.Metric, m.Unit, m.UnitFrom = telemetry.Metric(d.Text()), d.Text(), t.Origin(&d.Decoder)
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
	m.Purged = telemetry.Stamp(d.Uvarint())
	if n := d.Count(3); n > 0 {
		m.Deletions = make([]telemetry.DeletionAt, n)
		for i := range m.Deletions {
			from := d.Varint()
			m.Deletions[i] = telemetry.DeletionAt{From: from, To: from + int64(d.Uvarint()),
				Origin: t.Origin(&d.Decoder)}
		}
	}
}

// appendPlace appends a place: how many bytes of its metric are those of the one before, the others, and whether a
// deletion follows.
func appendPlace(dst []byte, before telemetry.Metric, p Place) []byte {
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

func (d *decoder) place(before telemetry.Metric) (p Place) {
	shared := d.AtMost(uint64(len(before)))
	p.Metric = before[:shared] + telemetry.Metric(d.Text())
	if !d.Flag() {
		return p
	}
	from := d.Varint()
	p.Deletion = telemetry.DeletionAt{From: from, To: from + int64(d.Uvarint())}
	p.Deletion.Origin = telemetry.Origin{Stamp: telemetry.Stamp(d.Uvarint()), Writer: telemetry.Writer(d.Text()),
		Number: telemetry.Number(d.Uvarint())}
	if d.Err() == nil && !p.Within() {
		d.Fail("a place is within nothing")
	}
	return p
}

func checkSource(r *Row) error {
	if r.Form == Split {
		return checkParts(r)
	}
	everything := r.From == (Place{}) && r.To == (Place{})
	if r.Form == Whole && !everything || len(r.Parts) > 0 || r.To != (Place{}) && r.From.Compare(r.To) >= 0 {
		return stored.Invalid("a row of form %d has another's range", r.Form)
	}
	if !r.Holds(Place{}) && (len(r.Labels) > 0 || r.Replaced != (telemetry.Origin{})) {
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
func checkParts(r *Row) error {
	if len(r.Labels) > 0 || len(r.Metrics) > 0 || r.From != (Place{}) || r.To != (Place{}) ||
		r.Replaced != (telemetry.Origin{}) {
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

func checkMetric(r *Row, m *MetricRow) error {
	for j := range m.Years {
		if j > 0 && m.Years[j-1] >= m.Years[j] {
			return stored.Invalid("years of a metric do not rise at %d", j)
		}
	}
	for j := range m.Deletions {
		if j > 0 && m.Deletions[j-1].Compare(m.Deletions[j]) >= 0 {
			return stored.Invalid("deletions of a metric are not sorted at %d", j)
		}
	}
	if err := checkUnits(m); err != nil || r.Form == Whole {
		return err
	}
	goesOn := r.From.Within() && m.Metric == r.From.Metric && len(m.Years) == 0 && m.UnitFrom == (telemetry.Origin{}) &&
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
