package schedule

import "slices"

// Shrink makes a schedule under which something fails as small as it can: first it leaves out entries, halves of the
// schedule before single ones, until none can be left out alone; then it makes the entries that are left smaller:
// shorter, at round times, rarer, less wrong; and so on until nothing changes.
//
// Fails runs a schedule, which is in its order, and says whether it fails in the way that is looked for. It is asked at
// most so often as the budget says; Shrink tells how often it was. It is not asked about the schedule itself, which has
// failed. What is not promised is for it to refuse (Envelope.Check): a time that is moved may break what is. The same
// arguments give the same schedule, if fails gives the same answers.
func Shrink(s Schedule, fails func(Schedule) bool, budget int) (smallest Schedule, probes int) {
	k := shrinking{fails: fails, left: budget, now: s.Sorted()}
	for k.left > 0 {
		before := slices.Clone(k.now)
		k.fewer()
		for i := 0; i < len(k.now); i++ {
			k.reduce(i)
		}
		if slices.Equal(before, k.now) {
			break
		}
	}
	return k.now.Sorted(), budget - k.left
}

// shrinking is a schedule that fails, and how many may still be tried.
type shrinking struct {
	fails func(Schedule) bool
	left  int
	now   Schedule
}

// try takes the next schedule if it fails too.
func (k *shrinking) try(next Schedule) bool {
	if k.left == 0 {
		return false
	}
	k.left--
	if !k.fails(next.Sorted()) {
		return false
	}
	k.now = next
	return true
}

// fewer leaves out entries: runs of them, each half as long as the one before, and single ones until none can go.
// (Zeller, Hildebrandt: Simplifying and isolating failure-inducing input, 2002, without the subsets: what is left of a
// schedule that fails is mostly more than one part of it.)
func (k *shrinking) fewer() {
	for run := (len(k.now) + 1) / 2; run > 0; {
		gone := false
		for i := 0; i < len(k.now); {
			if k.try(slices.Delete(slices.Clone(k.now), i, min(i+run, len(k.now)))) {
				gone = true
			} else {
				i += run
			}
		}
		if run > 1 || !gone {
			run /= 2
		}
	}
}

// reduce makes an entry smaller.
func (k *shrinking) reduce(i int) {
	for _, step := range smaller {
		for {
			e, ok := step(k.now[i])
			if !ok {
				break
			}
			next := slices.Clone(k.now)
			next[i] = e
			if !k.try(next) {
				break
			}
		}
	}
}
