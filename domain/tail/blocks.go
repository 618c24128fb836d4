package tail

import (
	"slices"

	"tidemark/domain/telemetry"
)

// above are the blocks above a number.
func above(blocks []Block, n telemetry.Number) []Block {
	i, ok := find(blocks, n)
	if ok {
		i++
	}
	return blocks[i:]
}

// find is the place of a number among blocks, and whether it is there.
func find(blocks []Block, n telemetry.Number) (int, bool) {
	return slices.BinarySearchFunc(blocks, n, func(b Block, n telemetry.Number) int {
		switch {
		case b.At.Number < n:
			return -1
		case b.At.Number > n:
			return 1
		}
		return 0
	})
}
