package telemetry

import "slices"

// Fold merges readings of blocks into a chunk and gives the new chunk; c stays as it is, and nothing of the result is
// shared with c or the pieces. The order of pieces and of deletions does not matter.
//
// Of each time the value of the later origin stays; of one origin (a piece given twice) either. A piece whose stamp
// is at or below c.Floor is included in c already and is ignored, as are readings outside the window; readings before
// keepFrom (retention, Unix nanoseconds) are dropped, those of c too. A deletion above c.Floor removes the readings
// with From <= time < To of earlier origins, and not those of its own block. The result has the greater of both
// floors; origins at or below it become zero. Coverage is that of c: the caller adds to it with Coverage.With. A
// split chunk takes no readings: only its floor rises.
func Fold(c *Chunk, pieces []Piece, deletions []DeletionAt, floor Stamp, keepFrom int64) *Chunk {
	out := &Chunk{Tenant: c.Tenant, Series: c.Series, Window: c.Window, Split: c.Split, Floor: max(c.Floor, floor),
		Coverage: slices.Clone(c.Coverage)}
	if c.Split {
		return out
	}
	from, to := max(c.Window.Start(), keepFrom), c.Window.End()
	pieces = usable(c, pieces, from, to)
	ranks := rankOrigins(c, pieces)
	runs := make([]run, 0, len(pieces))
	for i := range pieces {
		runs = append(runs, pieceRun(&pieces[i], ranks))
	}
	all := mergeTwo(chunkRun(c, ranks).between(from, to), mergeRuns(runs)) // the longest last: it is copied once
	if len(deletions) > 0 {
		all = all.without(deletions, ranks, c.Floor)
	}
	out.Times, out.Values = all.times, all.values
	out.Origins = all.origins(ranks, out.Floor)
	return out
}

// usable cuts the pieces to [from, to) and leaves out what is included already.
func usable(c *Chunk, pieces []Piece, from, to int64) []Piece {
	var in []Piece
	for _, p := range pieces {
		if p.Origin.Stamp <= c.Floor {
			continue
		}
		i, _ := slices.BinarySearch(p.Times, from)
		j, _ := slices.BinarySearch(p.Times, to)
		if i < j {
			if in == nil {
				in = make([]Piece, 0, len(pieces))
			}
			in = append(in, Piece{Origin: p.Origin, Times: p.Times[i:j], Values: p.Values[i:j]})
		}
	}
	return in
}

// rankOrigins is every origin of chunk and pieces, sorted; the zero origin, if at all, has rank 0.
func rankOrigins(c *Chunk, pieces []Piece) []Origin {
	all := make([]Origin, 0, len(c.Origins)+len(pieces))
	for i := range c.Origins {
		// runs of two mostly alternate
		if n := len(all); n < 2 || (all[n-1] != c.Origins[i].Origin && all[n-2] != c.Origins[i].Origin) {
			all = append(all, c.Origins[i].Origin)
		}
	}
	for i := range pieces {
		all = append(all, pieces[i].Origin)
	}
	slices.SortFunc(all, Origin.Compare)
	return slices.Compact(all)
}
