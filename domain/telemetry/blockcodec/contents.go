package blockcodec

import (
	"encoding/binary"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

func appendDescriptions(dst []byte, ds []telemetry.Description) []byte {
	for i := range ds {
		dst = stored.AppendText(dst, ds[i].Source)
		dst = stored.AppendFlag(dst, ds[i].Replace)
		dst = binary.AppendUvarint(dst, uint64(len(ds[i].Labels)))
		for _, l := range ds[i].Labels {
			dst = stored.AppendText(dst, l.Name)
			dst = stored.AppendText(dst, l.Value)
		}
	}
	return dst
}

func (d *decoder) descriptions() []telemetry.Description {
	n := d.Count(3)
	if n == 0 {
		return nil
	}
	ds := make([]telemetry.Description, 0, n)
	for range n {
		s := telemetry.Description{Source: telemetry.Source(d.Text()), Replace: d.Flag()}
		if labels := d.Count(2); labels > 0 {
			s.Labels = make([]telemetry.Label, labels)
			for i := range s.Labels {
				s.Labels[i] = telemetry.Label{Name: d.Text(), Value: d.Text()}
			}
		}
		ds = append(ds, s)
	}
	return ds
}

func appendDeletions(dst []byte, ds []telemetry.Deletion) []byte {
	for i := range ds {
		dst = stored.AppendText(dst, ds[i].Series.Source)
		dst = stored.AppendText(dst, ds[i].Series.Metric)
		dst = binary.AppendVarint(dst, ds[i].From)
		dst = binary.AppendUvarint(dst, uint64(ds[i].To-ds[i].From))
	}
	return dst
}

func (d *decoder) deletions() []telemetry.Deletion {
	n := d.Count(4)
	if n == 0 {
		return nil
	}
	ds := make([]telemetry.Deletion, n)
	for i := range ds {
		ds[i].Series = telemetry.Series{Source: telemetry.Source(d.Text()), Metric: telemetry.Metric(d.Text())}
		ds[i].From = d.Varint()
		ds[i].To = ds[i].From + int64(d.Uvarint())
	}
	return ds
}
