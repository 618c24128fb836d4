package telemetry

import "slices"

// SplitChunk divides a chunk: the parent keeps its name, floor and coverage and no readings, and each child is the
// part of the next smaller window that holds readings, with the same floor and coverage, rising by window. A chunk of
// the least size cannot be divided: both are nil then. Children share memory with c.
func SplitChunk(c *Chunk) (parent *Chunk, children []*Chunk) {
	if c.Window.Size == WindowLeast {
		return nil, nil
	}
	parent = &Chunk{Tenant: c.Tenant, Series: c.Series, Window: c.Window, Split: true, Floor: c.Floor,
		Coverage: c.Coverage}
	left := c.Origins
	used := 0 // of left[0]
	for i := 0; i < len(c.Times); {
		w, _ := c.Window.Child(c.Times[i])
		n, _ := slices.BinarySearch(c.Times[i:], w.End())
		child := &Chunk{Tenant: c.Tenant, Series: c.Series, Window: w, Times: c.Times[i : i+n : i+n],
			Values: c.Values[i : i+n : i+n],
			Floor:  c.Floor, Coverage: c.Coverage}
		for need := n; need > 0; {
			take := min(need, left[0].Count-used)
			child.Origins = append(child.Origins, OriginRun{Count: take, Origin: left[0].Origin})
			need, used = need-take, used+take
			if used == left[0].Count {
				left, used = left[1:], 0
			}
		}
		children = append(children, child)
		i += n
	}
	return parent, children
}
