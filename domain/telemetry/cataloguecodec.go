package telemetry

import "encoding/binary"

// EncodeSource appends the bytes of a source's row to dst: "TMS" 1, tenant, source, origins, the origin of the last replacement, labels,
// metrics, CRC-32C. The same row gives the same bytes.
func EncodeSource(dst []byte, r *SourceRow) ([]byte, error) {
	if err := checkSource(r); err != nil {
		return nil, err
	}
	from := len(dst)
	dst = append(dst, sourceV1[:]...)
	dst = appendText(dst, r.Tenant)
	dst = appendText(dst, r.Source)
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
	return seal(dst, from), nil
}

// DecodeSource reads what EncodeSource wrote. Errors are ErrCorrupt.
func DecodeSource(p []byte) (*SourceRow, error) {
	d, err := unseal(p, sourceV1)
	if err != nil {
		return nil, err
	}
	r := &SourceRow{Tenant: Tenant(d.text()), Source: Source(d.text())}
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
	if err := d.end(); err != nil {
		return nil, err
	}
	if err := checkSource(r); err != nil {
		return nil, corrupt("%v", err)
	}
	return r, nil
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

func checkSource(r *SourceRow) error {
	for i := range r.Labels {
		if i > 0 && r.Labels[i-1].Name >= r.Labels[i].Name {
			return invalid("labels are not sorted at %d", i)
		}
	}
	for i := range r.Metrics {
		m := &r.Metrics[i]
		if i > 0 && r.Metrics[i-1].Metric >= m.Metric {
			return invalid("metrics are not sorted at %d", i)
		}
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
	}
	return nil
}

// EncodeShardState appends the bytes of a shard's state row to dst: "TMF" 1, tenant, shard, floor (8 bytes), CRC-32C.
func EncodeShardState(dst []byte, s *ShardState) ([]byte, error) {
	from := len(dst)
	dst = append(dst, shardStateV1[:]...)
	dst = appendText(dst, s.Shard.Tenant)
	dst = binary.AppendUvarint(dst, uint64(s.Shard.Index))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Floor))
	return seal(dst, from), nil
}

// DecodeShardState reads what EncodeShardState wrote. Errors are ErrCorrupt.
func DecodeShardState(p []byte) (*ShardState, error) {
	d, err := unseal(p, shardStateV1)
	if err != nil {
		return nil, err
	}
	s := &ShardState{Shard: Shard{Tenant: Tenant(d.text()), Index: uint16(d.atMost(1<<16 - 1))}, Floor: Stamp(d.fixed64())}
	if err := d.end(); err != nil {
		return nil, err
	}
	return s, nil
}

// EncodeHorizon appends the bytes of a tenant's retention horizon to dst: "TMH" 1, tenant, time (8 bytes), CRC-32C.
func EncodeHorizon(dst []byte, h *Horizon) ([]byte, error) {
	from := len(dst)
	dst = append(dst, horizonV1[:]...)
	dst = appendText(dst, h.Tenant)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Before))
	return seal(dst, from), nil
}

// DecodeHorizon reads what EncodeHorizon wrote. Errors are ErrCorrupt.
func DecodeHorizon(p []byte) (*Horizon, error) {
	d, err := unseal(p, horizonV1)
	if err != nil {
		return nil, err
	}
	h := &Horizon{Tenant: Tenant(d.text()), Before: int64(d.fixed64())}
	if err := d.end(); err != nil {
		return nil, err
	}
	return h, nil
}
