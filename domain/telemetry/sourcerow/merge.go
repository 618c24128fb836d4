package sourcerow

import (
	"cmp"
	"slices"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// Merge applies everything that the block says of the row's source within the row's range: its metrics and their
// units, the years of its readings, labels and deletions. It reports whether the row changed. Merging is commutative
// and idempotent: the same blocks in any order, any number of times, give the same row; and what parts make of them
// is what Cut makes of the whole. A split row takes nothing.
//
// Of a series the unit of the earliest origin stands, and others are kept beside it: MetricRow. Of a label the later
// origin's value stays. A description with Replace takes away every label of an earlier origin and brings its own;
// within a block descriptions count in their order. Of more than MaxLabels labels those of the latest origins stay. A
// deletion at or below a metric's Purged is not added. The error is stored.ErrCorrupt of a column that had to be
// decoded to know its years; the row may then have changed in part.
func (r *Row) Merge(v *blockcodec.View) (changed bool, err error) {
	if r.Form == Split {
		return false, nil
	}
	o := v.Origin()
	if r.Holds(Place{}) {
		changed = r.describe(v, o)
	}
	from, to := r.columnsOf(v)
	said := r.deletionsOf(v)
	changed = r.name(v, from, to, said) || changed
	for i := from; i < to; i++ {
		m, _ := r.Metric(v.Series(i).Metric)
		of, err := years(v, i)
		if err != nil {
			return changed, err
		}
		changed = m.addUnit(v.Unit(i), o) || changed
		changed = m.addYears(of) || changed
	}
	return r.erase(v, said) || changed, nil
}

// erase adds deletions, of each metric all at once.
func (r *Row) erase(v *blockcodec.View, said []int32) (changed bool) {
	var of telemetry.Metric
	var ds []telemetry.DeletionAt
	add := func() {
		if m, known := r.Metric(of); known && len(ds) > 0 {
			changed = m.addDeletions(ds) || changed
		}
		ds = ds[:0]
	}
	for _, i := range said {
		d := deletionAt(v, i)
		if d.Metric != of {
			add()
			of = d.Metric
		}
		if r.Holds(d) {
			ds = append(ds, d.Deletion)
		}
	}
	add()
	return changed
}

// Includes reports whether merging the block would change nothing. The row stays as it is.
func (r *Row) Includes(v *blockcodec.View) (bool, error) {
	if r.Form == Split {
		return true, nil
	}
	o := v.Origin()
	if c := *r; r.Holds(Place{}) && c.describe(v, o) {
		return false, nil
	}
	from, to := r.columnsOf(v)
	for i := from; i < to; i++ {
		m, known := r.Metric(v.Series(i).Metric)
		if !known || !m.hasUnit(v.Unit(i), o) {
			return false, nil
		}
		of, err := years(v, i)
		if err != nil || !m.hasYears(of) {
			return false, err
		}
	}
	for _, i := range r.deletionsOf(v) {
		d := deletionAt(v, i)
		m, known := r.Metric(d.Metric)
		if r.Holds(PlaceOf(d.Metric)) && !known || r.Holds(d) && (!known || !m.hasDeletion(d.Deletion)) {
			return false, nil
		}
	}
	return true, nil
}

// Touches reports whether the block says anything within the row's range.
func (r *Row) Touches(v *blockcodec.View) bool {
	if from, to := r.columnsOf(v); from < to || r.Holds(Place{}) && len(v.DescriptionsOf(r.Source)) > 0 {
		return true
	}
	return slices.ContainsFunc(r.deletionsOf(v), func(i int32) bool {
		d := deletionAt(v, i)
		return r.Holds(d) || r.Holds(PlaceOf(d.Metric))
	})
}

// name makes the metrics of columns and deletions that the row does not have, all at once: a block may bring tens of
// thousands.
func (r *Row) name(v *blockcodec.View, from, to int, said []int32) bool {
	var fresh []telemetry.Metric
	add := func(m telemetry.Metric) {
		if n := len(fresh); n > 0 && fresh[n-1] == m {
			return
		}
		if _, known := r.find(m); !known {
			fresh = append(fresh, m)
		}
	}
	for i := from; i < to; i++ {
		add(v.Series(i).Metric)
	}
	for _, i := range said {
		if d := deletionAt(v, i); r.Holds(PlaceOf(d.Metric)) || r.Holds(d) {
			add(d.Metric)
		}
	}
	if len(fresh) == 0 {
		return false
	}
	if len(said) > 0 {
		slices.Sort(fresh)
		fresh = slices.Compact(fresh)
	}
	all := make([]MetricRow, 0, len(r.Metrics)+len(fresh))
	have := r.Metrics
	for _, m := range fresh {
		i, _ := slices.BinarySearchFunc(have, m, compareMetric)
		all = append(append(all, have[:i]...), MetricRow{Metric: m})
		have = have[i:]
	}
	r.Metrics = append(all, have...)
	return true
}

// Metric is the row of a metric, and whether there is one. It points into r.
func (r *Row) Metric(m telemetry.Metric) (*MetricRow, bool) {
	i, found := r.find(m)
	if !found {
		return nil, false
	}
	return &r.Metrics[i], true
}

// LabelSet is the labels without their origins, sorted by name.
func (r *Row) LabelSet() []telemetry.Label {
	if len(r.Labels) == 0 {
		return nil
	}
	ls := make([]telemetry.Label, len(r.Labels))
	for i := range r.Labels {
		ls[i] = r.Labels[i].Label
	}
	return ls
}

// Purge forgets deletions of a metric that are no longer needed: the longest beginning of the list, in order of
// origin, of which gone is true, cut where a deletion that has to stay has the same stamp. Purged rises to the stamp
// of the last one forgotten. It returns how many were forgotten.
func (r *Row) Purge(metric telemetry.Metric, gone func(telemetry.DeletionAt) bool) int {
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

func (r *Row) find(m telemetry.Metric) (int, bool) {
	return slices.BinarySearchFunc(r.Metrics, m, compareMetric)
}

func compareMetric(row MetricRow, m telemetry.Metric) int { return cmp.Compare(row.Metric, m) }

// years are the indexes of the year windows that hold readings of column i, rising.
func years(v *blockcodec.View, i int) ([]int32, error) {
	first, last, n := v.Span(i)
	from, to := telemetry.YearOf(first), telemetry.YearOf(last)
	switch {
	case from == to:
		return []int32{from}, nil
	case n == 2 || to == from+1:
		return []int32{from, to}, nil
	}
	var c telemetry.Column
	if err := v.Column(i, &c); err != nil {
		return nil, err
	}
	var years []int32
	for _, t := range c.Times {
		if y := telemetry.YearOf(t); len(years) == 0 || years[len(years)-1] != y {
			years = append(years, y)
		}
	}
	return years, nil
}

// hasUnit reports whether the row knows that a unit was said there, or earlier, or has no room for it.
func (m *MetricRow) hasUnit(unit string, o telemetry.Origin) bool {
	switch {
	case unit == "":
		return true
	case m.Unit == "" || unit == m.Unit:
		return m.Unit != "" && !m.UnitFrom.Later(o)
	}
	for _, u := range m.Others {
		if u.Unit == unit {
			return !u.Origin.Later(o)
		}
	}
	n := len(m.Others)
	return n == MaxOtherUnits && !m.Others[n-1].Origin.Later(o)
}

// addUnit keeps the earliest origin of every unit and the earliest units. What is left out could only come back with
// an earlier origin, so that the order of merges does not matter.
func (m *MetricRow) addUnit(unit string, o telemetry.Origin) bool {
	if m.hasUnit(unit, o) {
		return false
	}
	all := []UnitAt{{unit, o}}
	for _, u := range append([]UnitAt{{m.Unit, m.UnitFrom}}, m.Others...) {
		if u.Unit != unit && u.Unit != "" {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, compareUnits)
	m.Unit, m.UnitFrom, m.Others = all[0].Unit, all[0].Origin, nil
	if more := all[1:]; len(more) > 0 {
		m.Others = slices.Clip(more[:min(len(more), MaxOtherUnits)])
	}
	return true
}

func compareUnits(a, b UnitAt) int {
	return cmp.Or(a.Origin.Compare(b.Origin), cmp.Compare(a.Unit, b.Unit))
}

// OtherUnits are the units that were said of the series beside the one that stands, nil mostly.
func (m *MetricRow) OtherUnits() (names []string) {
	for _, u := range m.Others {
		names = append(names, u.Unit)
	}
	return names
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

func (m *MetricRow) hasYears(years []int32) bool {
	for _, y := range years {
		if _, found := slices.BinarySearch(m.Years, y); !found {
			return false
		}
	}
	return true
}

func (m *MetricRow) hasDeletion(d telemetry.DeletionAt) bool {
	_, found := slices.BinarySearchFunc(m.Deletions, d, telemetry.DeletionAt.Compare)
	return found || d.Origin.Stamp <= m.Purged
}

// addDeletions adds what is new of some sorted deletions.
func (m *MetricRow) addDeletions(ds []telemetry.DeletionAt) bool {
	fresh := make([]telemetry.DeletionAt, 0, len(ds))
	for i, d := range ds {
		if !m.hasDeletion(d) && (i == 0 || ds[i-1] != d) {
			fresh = append(fresh, d)
		}
	}
	if len(fresh) == 0 {
		return false
	}
	all, have := make([]telemetry.DeletionAt, 0, len(m.Deletions)+len(fresh)), m.Deletions
	for _, d := range fresh {
		i, _ := slices.BinarySearchFunc(have, d, telemetry.DeletionAt.Compare)
		all = append(append(all, have[:i]...), d)
		have = have[i:]
	}
	m.Deletions = append(all, have...)
	return true
}

// describe merges the block's descriptions of the source into the labels.
func (r *Row) describe(v *blockcodec.View, o telemetry.Origin) bool {
	said := v.DescriptionsOf(r.Source)
	if len(said) == 0 || r.Replaced.Later(o) {
		return false
	}
	replace := false
	labels := make(map[string]string)
	for _, i := range said {
		d := &v.Sources()[i]
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
			l = LabelAt{telemetry.Label{Name: l.Name, Value: value}, o}
		}
		delete(labels, l.Name)
		next = append(next, l)
	}
	for name, value := range labels {
		next = append(next, LabelAt{telemetry.Label{Name: name, Value: value}, o})
	}
	r.Labels = latestLabels(next)
	return r.Replaced != replaced || !slices.Equal(before, r.Labels)
}

// latestLabels keeps the MaxLabels labels of the latest origins, of one origin the first by name, and sorts by name.
// What it leaves out could never come back by another merge, so that the order of merges does not matter.
func latestLabels(ls []LabelAt) []LabelAt {
	if len(ls) > telemetry.MaxLabels {
		slices.SortFunc(ls, func(a, b LabelAt) int {
			return cmp.Or(b.Origin.Compare(a.Origin),
				cmp.Compare(a.Name, b.Name))
		})
		ls = ls[:telemetry.MaxLabels]
	}
	if len(ls) == 0 {
		return nil
	}
	slices.SortFunc(ls, func(a, b LabelAt) int { return cmp.Compare(a.Name, b.Name) })
	return slices.Clip(ls)
}
