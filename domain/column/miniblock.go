package column

import (
	"math/bits"

	"tidemark/domain/stored"
)

// A miniblock is up to 128 residuals with one code.
//
// Source: Rice and Plaunt, "Adaptive Variable-Length Coding" (1971); choosing the parameter from a histogram of
// lengths is ours.
const (
	miniblock = 128
	escape    = 24 // a quotient from here on is written as length and bits
	maxRice   = 32 // so that quotient, stop bit and remainder fit one peek
)

// The codes of a miniblock, one byte in front of it. The numbers are stored.
const (
	codeZero = 0  // nothing follows: all are zero
	codeRice = 1  // 1..33: Rice with parameter code-1
	codePack = 64 // 65..128: code-64 bits each
)

func (w *bitWriter) putMiniblock(r []uint64) {
	code := chooseCode(r)
	w.put(uint64(code), 8)
	switch {
	case code == codeZero:
	case code > codePack:
		for _, v := range r {
			w.put(v, uint(code-codePack))
		}
	default:
		k := uint(code - codeRice)
		mask := uint64(1)<<k - 1
		for _, v := range r {
			if q := v >> k; q < escape {
				w.put((v&mask<<1|1)<<q, uint(q)+1+k)
				continue
			}
			n := uint(bits.Len64(v))
			w.put(uint64(n-1)<<escape, escape+6)
			w.put(v, n)
		}
	}
}

func (b *bitReader) takeMiniblock(y []int64) error {
	code := b.take(8)
	switch {
	case code == codeZero:
		clear(y)
	case code > codePack && code <= codePack+64:
		for i := range y {
			y[i] = stored.Unzigzag(b.take(uint(code - codePack)))
		}
	case code >= codeRice && code <= codeRice+maxRice:
		b.takeRice(y, uint(code-codeRice))
	default:
		return stored.Corrupt("code %d of a miniblock is unknown", code)
	}
	if b.over() {
		return stored.Corrupt("integers are cut off")
	}
	return nil
}

func (b *bitReader) takeRice(y []int64, k uint) {
	mask := uint64(1)<<k - 1
	for i := range y {
		x := b.peek()
		q := uint(bits.TrailingZeros64(x))
		if q < escape {
			y[i] = stored.Unzigzag(uint64(q)<<k | x>>(q+1)&mask)
			b.pos += int(q + 1 + k)
			continue
		}
		n := uint(x>>escape)&63 + 1
		b.pos += escape + 6
		y[i] = stored.Unzigzag(b.take(n))
	}
}

// chooseCode estimates the cost of packing and of a few Rice parameters from the lengths of the residuals.
func chooseCode(r []uint64) byte {
	var of [65]int32
	var all uint64
	for _, v := range r {
		of[bits.Len64(v)]++
		all |= v
	}
	longest := bits.Len64(all)
	if longest == 0 {
		return codeZero
	}
	median, seen := 0, int(of[0])
	for 2*seen < len(r) {
		median++
		seen += int(of[median])
	}
	best, least := byte(codePack+longest), 2*len(r)*longest
	for k := max(0, median-3); k <= min(maxRice, median+1); k++ {
		cost := 0 // in half bits
		for n := 0; n <= longest; n++ {
			cost += int(of[n]) * riceCost(n, k)
		}
		if cost < least {
			best, least = byte(codeRice+k), cost
		}
	}
	return best
}

// riceCost is the mean cost, in half bits, of the values of n bits with parameter k: their quotients are spread
// around 1.5*2^(n-1-k).
func riceCost(n, k int) int {
	switch {
	case n <= k:
		return 2 * (k + 1)
	case n-k > 5:
		return 2 * (escape + 6 + n)
	}
	return 3<<(n-1-k) - 1 + 2*(k+1)
}
