package telemetry

import (
	"cmp"
	"slices"

	"tidemark/domain/stored"
)

// Coverage is a set of blocks above a floor, as ranges of numbers by stream, all of one tenant. It is sorted by
// stream (shard, day, writer), and in a stream by number; ranges of a stream neither overlap nor, when their Until
// are equal, touch. The zero value is empty. A Coverage is immutable: methods return new ones.
type Coverage []Covered

// Covered is the numbers From..To of a stream. Until is the greatest stamp among the blocks: once a floor reaches it
// the range says nothing any more.
type Covered struct {
	Stream   Stream
	From, To Number
	Until    Stamp
}

// Contains reports whether the block at a position is in the set.
func (c Coverage) Contains(at Position) bool {
	_, found := slices.BinarySearchFunc(c, at, func(r Covered, at Position) int {
		if o := r.Stream.Compare(at.Stream); o != 0 {
			return o
		}
		switch {
		case r.To < at.Number:
			return -1
		case r.From > at.Number:
			return 1
		}
		return 0
	})
	return found
}

// With is the set and one more range, minus what lies at or below the floor.
func (c Coverage) With(floor Stamp, more ...Covered) Coverage {
	all := make([]Covered, 0, len(c)+len(more))
	for _, r := range c {
		if r.Until > floor {
			all = append(all, r)
		}
	}
	for _, r := range more {
		if r.Until > floor && r.From <= r.To && r.From > 0 {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Covered) int {
		if o := a.Stream.Compare(b.Stream); o != 0 {
			return o
		}
		return cmp.Compare(a.From, b.From)
	})
	return merge(all)
}

// merge joins ranges of a sorted list that overlap; ranges that only touch stay apart unless they end at the same
// stamp, so that each can be forgotten as soon as the floor passes it.
func merge(all []Covered) Coverage {
	out := all[:0]
	for _, r := range all {
		if n := len(out); n > 0 && out[n-1].Stream == r.Stream {
			last := &out[n-1]
			if r.From <= last.To || (r.From == last.To+1 && r.Until == last.Until) {
				last.To = max(last.To, r.To)
				last.Until = max(last.Until, r.Until)
				continue
			}
		}
		out = append(out, r)
	}
	return Coverage(out)
}

// check reports what keeps c from being the coverage of a chunk of a tenant.
func (c Coverage) check(of Tenant) error {
	for i := range c {
		r := &c[i]
		if r.Stream.Shard.Tenant != of {
			return stored.Invalid("coverage of another tenant in a chunk of %q", of)
		}
		if r.From == 0 || r.From > r.To {
			return stored.Invalid("coverage of the numbers %d..%d", r.From, r.To)
		}
		if i == 0 {
			continue
		}
		before := &c[i-1]
		if o := before.Stream.Compare(r.Stream); o > 0 || (o == 0 && before.To >= r.From) {
			return stored.Invalid("coverage is not sorted at %d", i)
		}
	}
	return nil
}
