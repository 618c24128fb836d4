package readings

import (
	"cmp"
	"slices"

	"tidemark/domain/telemetry"
)

// MaxOverwritten is how many overwritten readings a Result lists; the others are only counted.
const MaxOverwritten = 10

// Overwrite is a reading that does not stand, because a later row gives another value for the same series and time.
// Of three rows with three values the first is overwritten by the second, and the second by the third. Rows with the
// same value are no overwrite.
type Overwrite struct {
	Series         telemetry.Series
	Time           int64 // Unix nanoseconds
	Earlier, Later Given
}

// Given is a value and the row that gave it.
type Given struct {
	Row
	Value float64
}

// Overwritten looks for readings of a batch that later ones overwrite, and lists the first MaxOverwritten of them in
// the order of the later rows. series are the indexes of those to look at, some perhaps more than once: a series
// whose times rise strictly has none, and need not be among them.
func Overwritten(b *telemetry.Batch, rows *Rows, series []uint32) (first []Overwrite, total int) {
	f := finder{batch: b}
	for _, places := range group(b, series) {
		f.look(places)
	}
	for _, p := range f.first {
		first = append(first, Overwrite{Series: b.Series[b.Of[p.later]], Time: b.Times[p.later],
			Earlier: f.given(rows, p.earlier), Later: f.given(rows, p.later)})
	}
	return first, f.total
}

// group lists, for each of the series, the places of its readings in the batch, rising.
func group(b *telemetry.Batch, series []uint32) [][]uint32 {
	slot := make([]int32, len(b.Series)) // from 1; 0 is a series that is not asked for
	n := int32(0)
	for _, s := range series {
		if slot[s] == 0 {
			n++
			slot[s] = n
		}
	}
	counts := make([]int, n+1)
	for _, of := range b.Of {
		counts[slot[of]]++
	}
	all := make([]uint32, len(b.Of)-counts[0])
	groups := make([][]uint32, n)
	for i := range groups {
		room := counts[i+1]
		groups[i], all = all[:0:room], all[room:]
	}
	for at, of := range b.Of {
		if s := slot[of]; s > 0 {
			groups[s-1] = append(groups[s-1], uint32(at))
		}
	}
	return groups
}

// finder collects overwrites.
type finder struct {
	batch *telemetry.Batch
	first []pair // by later
	total int
}

// pair is the places of two readings in the batch.
type pair struct{ earlier, later uint32 }

// look takes the places of a series' readings, rising, and reorders them.
func (f *finder) look(places []uint32) {
	times := f.batch.Times
	if falls(times, places) {
		return
	}
	slices.SortFunc(places, func(a, b uint32) int { return cmp.Or(cmp.Compare(times[a], times[b]), cmp.Compare(a, b)) })
	for i := 1; i < len(places); i++ {
		a, b := places[i-1], places[i]
		if times[a] == times[b] && f.batch.Values[a] != f.batch.Values[b] {
			f.add(pair{a, b})
		}
	}
}

// falls reports whether the times fall strictly, as in a file with the newest row first.
func falls(times []int64, places []uint32) bool {
	for i := 1; i < len(places); i++ {
		if times[places[i]] >= times[places[i-1]] {
			return false
		}
	}
	return true
}

func (f *finder) given(rows *Rows, at uint32) Given {
	return Given{rows.Of(int(at)), f.batch.Values[at]}
}

func (f *finder) add(p pair) {
	f.total++
	full := len(f.first) == MaxOverwritten
	if full && f.first[len(f.first)-1].later < p.later {
		return
	}
	at, _ := slices.BinarySearchFunc(f.first, p, func(a, b pair) int { return cmp.Compare(a.later, b.later) })
	f.first = slices.Insert(f.first, at, p)
	if full {
		f.first = f.first[:MaxOverwritten]
	}
}
