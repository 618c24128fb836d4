package planted

import (
	"tidemark/domain/planted"
	"tidemark/simulator/world"
)

// Size is how large a schedule is that finds something.
type Size struct{ Faults, Operations int }

// Shrink makes the schedule of a seed that finds a bug smaller, within so many runs, and gives the case and both sizes.
// Only one goes on at a time.
func Shrink(b *Bug, seed uint64, budget int) (small world.Case, before, after Size) {
	c := Mix(seed)
	if b.Broken == nil {
		defer planted.Switch(planted.Name(b.Name))()
	}
	run := func(c world.Case) world.Outcome {
		if b.Broken != nil {
			c.Broken = b.Broken()
		}
		return c.Run()
	}
	small, _ = world.Shrink(c, run, budget)
	return small, sizeOf(run(c)), sizeOf(run(small))
}

func sizeOf(o world.Outcome) Size { return Size{len(o.Faults), len(o.History.Ops)} }
