package telemetry

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// run is readings in order of time with the rank of each one's origin.
type run struct {
	times  []int64
	values []float64
	ranks  []uint32
}

func chunkRun(c *Chunk, ranks []Origin) run {
	r := run{times: c.Times, values: c.Values, ranks: make([]uint32, 0, len(c.Times))}
	for i := range c.Origins {
		r.ranks = appendRank(r.ranks, rankOf(ranks, c.Origins[i].Origin), c.Origins[i].Count)
	}
	return r
}

func pieceRun(p *Piece, ranks []Origin) run {
	return run{times: p.Times, values: p.Values, ranks: appendRank(make([]uint32, 0, len(p.Times)),
		rankOf(ranks, p.Origin), len(p.Times))}
}

func appendRank(dst []uint32, rank uint32, n int) []uint32 {
	at := len(dst)
	dst = slices.Grow(dst, n)[:at+n]
	for i := at; i < len(dst); i++ {
		dst[i] = rank
	}
	return dst
}

func (r run) slice(i, j int) run {
	return run{times: r.times[i:j], values: r.values[i:j], ranks: r.ranks[i:j]}
}

func (r run) between(from, to int64) run {
	i, _ := slices.BinarySearch(r.times, from)
	j, _ := slices.BinarySearch(r.times, to)
	return r.slice(i, max(i, j))
}

func makeRun(n int) run {
	return run{times: make([]int64, n), values: make([]float64, n), ranks: make([]uint32, n)}
}

// put copies o to r[at:] and gives the index behind it.
func (r *run) put(at int, o run) int {
	copy(r.times[at:], o.times)
	copy(r.values[at:], o.values)
	copy(r.ranks[at:], o.ranks)
	return at + len(o.times)
}

// mergeRuns merges all runs: pairs of neighbours in order of their first time, so that runs which follow one another
// are only copied. The result of a single run is that run.
func mergeRuns(runs []run) run {
	switch len(runs) {
	case 0:
		return run{}
	case 1:
		return runs[0]
	}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.times[0], b.times[0]) })
	total, apart := 0, true
	for i := range runs {
		total += len(runs[i].times)
		apart = apart && (i == 0 || runs[i-1].times[len(runs[i-1].times)-1] < runs[i].times[0])
	}
	if apart {
		out, n := makeRun(total), 0
		for i := range runs {
			n = out.put(n, runs[i])
		}
		return out
	}
	for len(runs) > 1 {
		half := runs[:0:0]
		for i := 0; i+1 < len(runs); i += 2 {
			half = append(half, mergeTwo(runs[i], runs[i+1]))
		}
		if len(runs)%2 == 1 {
			half = append(half, runs[len(runs)-1])
		}
		runs = half
	}
	return runs[0]
}

// mergeTwo merges two runs into new memory; of one time the higher rank stays.
func mergeTwo(a, b run) run {
	out, n := makeRun(len(a.times)+len(b.times)), 0
	for len(a.times) > 0 && len(b.times) > 0 {
		if a.times[0] == b.times[0] {
			if wins(b, a) {
				a, b = b, a
			}
			out.times[n], out.values[n], out.ranks[n] = a.times[0], a.values[0], a.ranks[0]
			n++
			a, b = a.slice(1, len(a.times)), b.slice(1, len(b.times))
			continue
		}
		if b.times[0] < a.times[0] {
			a, b = b, a
		}
		ahead := before(a.times, b.times[0])
		n = out.put(n, a.slice(0, ahead))
		a = a.slice(ahead, len(a.times))
	}
	n = out.put(out.put(n, a), b)
	return out.slice(0, n)
}

// wins reports whether the first of a goes before the first of b. Equal ranks are the same reading of the same block;
// should their values differ nevertheless, the bits decide, so that the order of pieces never does.
func wins(a, b run) bool {
	if a.ranks[0] != b.ranks[0] {
		return a.ranks[0] > b.ranks[0]
	}
	return math.Float64bits(a.values[0]) > math.Float64bits(b.values[0])
}

// before is how many of times, at least one, lie before t: a step grows until it passes t, then it is searched.
func before(times []int64, t int64) int {
	low, high := 0, 1
	for high < len(times) && times[high] < t {
		low, high = high, 2*high
	}
	high = min(high, len(times))
	return low + sort.Search(high-low, func(i int) bool { return times[low+i] >= t })
}

// without removes what the deletions cover and are later than.
func (r run) without(deletions []DeletionAt, ranks []Origin, floor Stamp) run {
	var gone []bool
	for _, d := range deletions {
		i, _ := slices.BinarySearch(r.times, d.From)
		j, _ := slices.BinarySearch(r.times, d.To)
		below := rankOf(ranks, d.Origin)
		if i >= j || d.Origin.Stamp <= floor || below == 0 {
			continue
		}
		if gone == nil {
			gone = make([]bool, len(r.times))
		}
		for ; i < j; i++ {
			gone[i] = gone[i] || r.ranks[i] < below
		}
	}
	if gone == nil {
		return r
	}
	n := 0
	for i := range gone {
		if !gone[i] {
			r.times[n], r.values[n], r.ranks[n] = r.times[i], r.values[i], r.ranks[i]
			n++
		}
	}
	return r.slice(0, n)
}

// origins is the run-length list, with everything at or below the floor as zero.
func (r run) origins(ranks []Origin, floor Stamp) []OriginRun {
	// the first rank above the floor
	final := sort.Search(len(ranks), func(i int) bool { return ranks[i].Stamp > floor })
	var out []OriginRun
	for i := 0; i < len(r.ranks); {
		j := i + 1
		for j < len(r.ranks) && (r.ranks[j] == r.ranks[i] || max(int(r.ranks[j]), int(r.ranks[i])) < final) {
			j++
		}
		var o Origin
		if int(r.ranks[i]) >= final {
			o = ranks[r.ranks[i]]
		}
		out = append(out, OriginRun{Count: j - i, Origin: o})
		i = j
	}
	return out
}

// Piece is the readings that one block holds of a series: times rise strictly.
type Piece struct {
	Origin Origin
	Times  []int64
	Values []float64
}

func rankOf(ranks []Origin, o Origin) uint32 {
	i, _ := slices.BinarySearchFunc(ranks, o, Origin.Compare)
	return uint32(i)
}
