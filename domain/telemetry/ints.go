package telemetry

import (
	"encoding/binary"
	"math/bits"
)

// Integers are coded as residuals of a prediction, zigzagged, in miniblocks that each choose their code. A Golomb-Rice code fits the
// geometric-like residuals of measured data within some 0.03 bits of its best parameter; packing fits uniform ones.
//
// Source: Rice and Plaunt, "Adaptive Variable-Length Coding" (1971); the choice of the parameter from a histogram of lengths is ours.
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

func zigzag(x int64) uint64   { return uint64(x<<1) ^ uint64(x>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// predictor says what a residual is the difference to. The numbers are stored.
type predictor uint8

const (
	predLevel  predictor = 0 // a constant
	predDelta  predictor = 1 // the integer before
	predDrift  predictor = 2 // the integer before plus a constant
	predDelta2 predictor = 3 // the line through the two before
)

func (p predictor) hasConstant() bool { return p == predLevel || p == predDrift }

// plan chooses predictor and constant for y[1:], given y[0], by the sum of the lengths of the residuals. All arithmetic wraps, so that
// any integers are exact.
func plan(y []int64) (predictor, int64) {
	n := int64(len(y) - 1)
	var sum, frequent, lead int64
	for i := 1; i < len(y); i++ {
		sum += y[i]
		switch d := y[i] - y[i-1]; { // Boyer and Moore's majority vote
		case lead == 0:
			frequent, lead = d, 1
		case d == frequent:
			lead++
		default:
			lead--
		}
	}
	level, drift := sum/n, (y[n]-y[0])/n
	var cost [5]int
	var before int64
	for i := 1; i < len(y); i++ {
		d := y[i] - y[i-1]
		cost[0] += bits.Len64(zigzag(d))
		cost[1] += bits.Len64(zigzag(d - frequent))
		cost[2] += bits.Len64(zigzag(d - drift))
		cost[3] += bits.Len64(zigzag(d - before))
		cost[4] += bits.Len64(zigzag(y[i] - level))
		before = d
	}
	cost[1] += 8 + bits.Len64(zigzag(frequent))
	cost[2] += 8 + bits.Len64(zigzag(drift))
	cost[4] += 8 + bits.Len64(zigzag(level))
	best := 0
	for i, c := range cost {
		if c < cost[best] {
			best = i
		}
	}
	switch best {
	case 1:
		return predDrift, frequent
	case 2:
		return predDrift, drift
	case 3:
		return predDelta2, 0
	case 4:
		return predLevel, level
	}
	return predDelta, 0
}

// appendInts appends y[1:]; its reader knows len(y), y[0] and the predictor.
func appendInts(dst []byte, y []int64, p predictor, c int64) []byte {
	if p.hasConstant() {
		dst = binary.AppendVarint(dst, c)
	}
	w := bitWriter{p: dst}
	var r [miniblock]uint64
	var before int64
	for i := 1; i < len(y); {
		n := min(miniblock, len(y)-i)
		for j := range n {
			d := y[i+j]
			if p != predLevel {
				d -= y[i+j-1]
			}
			switch p {
			case predDelta2:
				d, before = d-before, d
			default:
				d -= c
			}
			r[j] = zigzag(d)
		}
		w.putMiniblock(r[:n])
		i += n
	}
	return w.flush()
}

// decodeInts reads y[1:] and gives the bytes that follow.
func decodeInts(p []byte, y []int64, pred predictor) ([]byte, error) {
	d := decoder{p: p}
	var c int64
	if pred.hasConstant() {
		c = d.varint()
	}
	if d.err != nil {
		return nil, d.err
	}
	r := bitReader{p: d.p}
	for i := 1; i < len(y); i += miniblock {
		if err := r.takeMiniblock(y[i:min(i+miniblock, len(y))]); err != nil {
			return nil, err
		}
	}
	var slope int64
	for i := 1; i < len(y); i++ {
		switch pred {
		case predLevel:
			y[i] += c
		case predDelta2:
			slope += y[i]
			y[i] = y[i-1] + slope
		default:
			y[i] += y[i-1] + c
		}
	}
	return d.p[r.bytes():], nil
}

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
			y[i] = unzigzag(b.take(uint(code - codePack)))
		}
	case code >= codeRice && code <= codeRice+maxRice:
		b.takeRice(y, uint(code-codeRice))
	default:
		return corrupt("code %d of a miniblock is unknown", code)
	}
	if b.over() {
		return corrupt("integers are cut off")
	}
	return nil
}

func (b *bitReader) takeRice(y []int64, k uint) {
	mask := uint64(1)<<k - 1
	for i := range y {
		x := b.peek()
		q := uint(bits.TrailingZeros64(x))
		if q < escape {
			y[i] = unzigzag(uint64(q)<<k | x>>(q+1)&mask)
			b.pos += int(q + 1 + k)
			continue
		}
		n := uint(x>>escape)&63 + 1
		b.pos += escape + 6
		y[i] = unzigzag(b.take(n))
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

// riceCost is the mean cost, in half bits, of the values of n bits with parameter k: their quotients are spread around 1.5*2^(n-1-k).
func riceCost(n, k int) int {
	switch {
	case n <= k:
		return 2 * (k + 1)
	case n-k > 5:
		return 2 * (escape + 6 + n)
	}
	return 3<<(n-1-k) - 1 + 2*(k+1)
}
