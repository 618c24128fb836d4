package column

import "math"

const (
	maxPlaces = 15
	maxExact  = 1 << 53
)

var pow10 = [maxPlaces + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// atPlaces gives the integer i with i/10^k identical to v, bit by bit. The conversions to float64 keep the compiler
// from fusing operations, which would round differently on other processors.
func atPlaces(v float64, k int) (int64, bool) {
	x := float64(v * pow10[k])
	if !(x > -maxExact && x < maxExact) {
		return 0, false
	}
	i := int64(float64(x + math.Copysign(0.5, x)))
	return i, math.Float64bits(float64(i)/pow10[k]) == math.Float64bits(v)
}

// placesOf is the least number of places that hold v exactly, or maxPlaces+1.
func placesOf(v float64) int {
	for k := range maxPlaces + 1 {
		if _, ok := atPlaces(v, k); ok {
			return k
		}
	}
	return maxPlaces + 1
}
