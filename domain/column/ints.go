package column

import (
	"encoding/binary"
	"math/bits"

	"tidemark/domain/stored"
)

// predictor says what a residual is the difference to. Integers are written as residuals, zigzagged, in miniblocks
// that each choose their code: Golomb-Rice fits the geometric-like residuals of measured data, packing uniform ones.
// The numbers are stored.
type predictor uint8

const (
	predLevel  predictor = 0 // a constant
	predDelta  predictor = 1 // the integer before
	predDrift  predictor = 2 // the integer before plus a constant
	predDelta2 predictor = 3 // the line through the two before
)

func (p predictor) hasConstant() bool { return p == predLevel || p == predDrift }

// plan chooses predictor and constant for y[1:], given y[0], by the sum of the lengths of the residuals. All
// arithmetic wraps, so that any integers are exact.
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
		cost[0] += bits.Len64(stored.Zigzag(d))
		cost[1] += bits.Len64(stored.Zigzag(d - frequent))
		cost[2] += bits.Len64(stored.Zigzag(d - drift))
		cost[3] += bits.Len64(stored.Zigzag(d - before))
		cost[4] += bits.Len64(stored.Zigzag(y[i] - level))
		before = d
	}
	cost[1] += 8 + bits.Len64(stored.Zigzag(frequent))
	cost[2] += 8 + bits.Len64(stored.Zigzag(drift))
	cost[4] += 8 + bits.Len64(stored.Zigzag(level))
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
			r[j] = stored.Zigzag(d)
		}
		w.putMiniblock(r[:n])
		i += n
	}
	return w.flush()
}

// decoder reads the parts of a column.
type decoder struct{ stored.Decoder }

// ints reads y[1:], given y[0].
func (d *decoder) ints(y []int64, pred predictor) {
	var c int64
	if pred.hasConstant() {
		c = d.Varint()
	}
	if d.Err() != nil {
		return
	}
	r := bitReader{p: d.Rest()}
	for i := 1; i < len(y); i += miniblock {
		if err := r.takeMiniblock(y[i:min(i+miniblock, len(y))]); err != nil {
			d.Continue(nil, err)
			return
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
	d.Continue(d.Rest()[r.bytes():], nil)
}
