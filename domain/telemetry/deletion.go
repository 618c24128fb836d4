package telemetry

import "cmp"

// DeletionAt is a deletion of a known series and the origin that orders it.
type DeletionAt struct {
	From, To int64
	Origin   Origin
}

// Compare orders deletions of a series: by origin, then by what they cover.
func (d DeletionAt) Compare(o DeletionAt) int {
	return cmp.Or(d.Origin.Compare(o.Origin), cmp.Compare(d.From, o.From), cmp.Compare(d.To, o.To))
}
