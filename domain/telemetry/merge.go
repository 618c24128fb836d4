package telemetry

import (
	"cmp"
	"slices"
)

// Merge applies everything that the block says of the row's source: its metrics and their units, the years of its readings, labels and
// deletions. It reports whether the row changed. Merging is commutative and idempotent: the same blocks in any order, any number of
// times, give the same row. Slices of the row are replaced, never written to, so a shallow copy made before stays what it was.
//
// Of a label the later origin's value stays. A description with Replace takes away every label of an earlier origin and brings its own;
// within a block descriptions count in their order. Of more than MaxLabels labels those of the latest origins stay. A deletion at or
// below a metric's Purged is not added. The error is ErrCorrupt of a column that had to be decoded to know its years; the row may then
// have changed in part.
func (r *SourceRow) Merge(v *BlockView) (changed bool, err error) {
	o := v.Origin()
	changed = r.describe(v, o)
	from, to := v.seriesOf(r.Source)
	for i := from; i < to; i++ {
		m, fresh := r.metric(v.kinds[v.entries[i].kind].metric)
		years, err := v.years(i)
		if err != nil {
			return changed, err
		}
		changed = m.setUnit(v.Unit(i), o) || fresh || changed
		changed = m.addYears(years) || changed
	}
	for i := range v.deletions {
		d := &v.deletions[i]
		if d.Series.Source != r.Source || d.From >= d.To {
			continue
		}
		m, fresh := r.metric(d.Series.Metric)
		changed = m.addDeletion(DeletionAt{From: d.From, To: d.To, Origin: o}) || fresh || changed
	}
	return changed, nil
}

// Includes reports whether merging the block would change nothing. The row stays as it is.
func (r *SourceRow) Includes(v *BlockView) (bool, error) {
	c := *r
	c.Metrics = slices.Clone(r.Metrics)
	changed, err := c.Merge(v)
	return !changed, err
}

// Metric is the row of a metric, and whether there is one. It points into r.
func (r *SourceRow) Metric(m Metric) (*MetricRow, bool) {
	i, found := r.find(m)
	if !found {
		return nil, false
	}
	return &r.Metrics[i], true
}

// LabelSet is the labels without their origins, sorted by name.
func (r *SourceRow) LabelSet() []Label {
	if len(r.Labels) == 0 {
		return nil
	}
	ls := make([]Label, len(r.Labels))
	for i := range r.Labels {
		ls[i] = r.Labels[i].Label
	}
	return ls
}

// Purge forgets deletions of a metric that are no longer needed: the longest beginning of the list, in order of origin, of which gone is
// true, cut where a deletion that has to stay has the same stamp. Purged rises to the stamp of the last one forgotten. It returns how
// many were forgotten.
func (r *SourceRow) Purge(metric Metric, gone func(DeletionAt) bool) int {
	m, found := r.Metric(metric)
	if !found {
		return 0
	}
	n := 0
	for n < len(m.Deletions) && gone(m.Deletions[n]) {
		n++
	}
	for n > 0 && n < len(m.Deletions) && m.Deletions[n-1].Origin.Stamp == m.Deletions[n].Origin.Stamp {
		n--
	}
	if n > 0 {
		m.Purged = max(m.Purged, m.Deletions[n-1].Origin.Stamp)
		m.Deletions = slices.Clone(m.Deletions[n:])
	}
	return n
}

func (r *SourceRow) find(m Metric) (int, bool) {
	return slices.BinarySearchFunc(r.Metrics, m, func(row MetricRow, m Metric) int { return cmp.Compare(row.Metric, m) })
}

func (r *SourceRow) metric(m Metric) (_ *MetricRow, fresh bool) {
	i, found := r.find(m)
	if !found {
		r.Metrics = slices.Insert(slices.Clip(r.Metrics), i, MetricRow{Metric: m})
	}
	return &r.Metrics[i], !found
}

// years are the indexes of the year windows that hold readings of column i, rising.
func (v *BlockView) years(i int) ([]int32, error) {
	first, last, n := v.Span(i)
	from, to := YearOf(first), YearOf(last)
	switch {
	case from == to:
		return []int32{from}, nil
	case n == 2 || to == from+1:
		return []int32{from, to}, nil
	}
	var c Column
	if err := v.Column(i, &c); err != nil {
		return nil, err
	}
	var years []int32
	for _, t := range c.Times {
		if y := YearOf(t); len(years) == 0 || years[len(years)-1] != y {
			years = append(years, y)
		}
	}
	return years, nil
}

func (m *MetricRow) setUnit(unit string, o Origin) bool {
	if unit == "" || !o.Later(m.UnitFrom) {
		return false
	}
	m.Unit, m.UnitFrom = unit, o
	return true
}

func (m *MetricRow) addYears(years []int32) (changed bool) {
	for _, y := range years {
		if i, found := slices.BinarySearch(m.Years, y); !found {
			m.Years = slices.Insert(slices.Clip(m.Years), i, y)
			changed = true
		}
	}
	return changed
}

func (m *MetricRow) addDeletion(d DeletionAt) bool {
	if d.Origin.Stamp <= m.Purged {
		return false
	}
	i, found := slices.BinarySearchFunc(m.Deletions, d, compareDeletions)
	if !found {
		m.Deletions = slices.Insert(slices.Clip(m.Deletions), i, d)
	}
	return !found
}

func compareDeletions(a, b DeletionAt) int {
	return cmp.Or(a.Origin.Compare(b.Origin), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// describe merges the block's descriptions of the source into the labels.
func (r *SourceRow) describe(v *BlockView, o Origin) bool {
	said := v.descriptionsOf(r.Source)
	if len(said) == 0 || r.Replaced.Later(o) {
		return false
	}
	replace := false
	labels := make(map[string]string)
	for _, i := range said {
		d := &v.sources[i]
		if d.Replace {
			replace = true
			clear(labels)
		}
		for _, l := range d.Labels {
			labels[l.Name] = l.Value
		}
	}
	before, replaced := r.Labels, r.Replaced
	next := make([]LabelAt, 0, len(before)+len(labels))
	if replace {
		r.Replaced = o
	}
	for _, l := range before {
		value, again := labels[l.Name]
		switch {
		case r.Replaced.Later(l.Origin):
			continue
		case again && o.Later(l.Origin):
			l = LabelAt{Label{l.Name, value}, o}
		}
		delete(labels, l.Name)
		next = append(next, l)
	}
	for name, value := range labels {
		next = append(next, LabelAt{Label{name, value}, o})
	}
	r.Labels = latestLabels(next)
	return r.Replaced != replaced || !slices.Equal(before, r.Labels)
}

// latestLabels keeps the MaxLabels labels of the latest origins, of one origin the first by name, and sorts by name. What it leaves out
// could never come back by another merge, so that the order of merges does not matter.
func latestLabels(ls []LabelAt) []LabelAt {
	if len(ls) > MaxLabels {
		slices.SortFunc(ls, func(a, b LabelAt) int { return cmp.Or(b.Origin.Compare(a.Origin), cmp.Compare(a.Name, b.Name)) })
		ls = ls[:MaxLabels]
	}
	if len(ls) == 0 {
		return nil
	}
	slices.SortFunc(ls, func(a, b LabelAt) int { return cmp.Compare(a.Name, b.Name) })
	return slices.Clip(ls)
}
