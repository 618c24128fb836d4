package analytics

import (
	"math"
	"math/bits"
)

// A bin of a sketch holds the values between two neighbouring powers of 2^(1/35): 35 bins an octave, each 2.0002 %
// wide, so that the harmonic middle of a bin is within 0.9902 % of everything in it. DDSketch (Masson, Rim, Lee,
// "DDSketch: A fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019) takes any growth
// factor and finds the bin by a logarithm; a whole number of bins an octave, as in the native histograms of
// Prometheus, makes it a look-up of mantissa bits. It costs 1 % more bins and gives the same bin on every processor:
// a logarithm's last bit depends on whether the compiler may fuse multiplications and additions.
const (
	binsPerOctave = 35
	minExponent   = -1074 // of the least subnormal
	maxExponent   = 1023
	maxKey        = (maxExponent - minExponent + 1) * binsPerOctave

	mantissaBits = 52
	mantissaMask = 1<<mantissaBits - 1
	exponentMask = 0x7ff
	slotBits     = 6 // slots of the look-up are narrower than any bin, so that at most one border lies in a slot
)

// binStarts are the mantissas (without the leading one) of 2^(j/35), rounded down: where bin j of an octave starts.
var binStarts = [binsPerOctave]uint64{
	0x0000000000000, 0x051ed35254d7a, 0x0a57de9c16bc7, 0x0faba81d4e5df, 0x151ab8c56eea2, 0x1aa59c4115e7d,
	0x204ce10811781,
	0x2611186bae674, 0x2bf2d6a54f7da, 0x31f2b2e54f85c, 0x381147622f886, 0x3e4f316812c2f, 0x44ad116889e7b,
	0x4b2b8b0aaf3c7,
	0x51cb453b9536c, 0x588cea3f093bd, 0x5f7127c0ac329, 0x6678aee5629f7, 0x6da4345d1e0ad, 0x74f470750179f,
	0x7c6a1f29e2ce6,
	0x8406003b2ae5c, 0x8bc8d73e1660f, 0x93b36bb158ffe, 0x9bc68911258bf, 0xa402feeb9c532, 0xac69a0f5a241c,
	0xb4fb472022b1a,
	0xbdb8cdadbe120, 0xc6a31548e794d, 0xcfbb031a741a4, 0xd90180e09c9e3, 0xe2777d0676770, 0xec1deabbe3c14,
	0xf5f5c20dfe5f2,
}

// binOfSlot is the bin in which a slot of mantissas starts; binMiddles are the harmonic middles of the bins of [1,
// 2).
var (
	binOfSlot  = slots()
	binMiddles = middles()
)

func slots() (s [1 << slotBits]uint8) {
	j := 0
	for i := range s {
		start := uint64(i) << (mantissaBits - slotBits)
		for j+1 < binsPerOctave && binStarts[j+1] <= start {
			j++
		}
		s[i] = uint8(j)
	}
	return s
}

func middles() (m [binsPerOctave]float64) {
	for j := range m {
		low, high := mantissa(binStarts[j]), 2.0
		if j+1 < binsPerOctave {
			high = mantissa(binStarts[j+1])
		}
		m[j] = 2 * low * high / (low + high)
	}
	return m
}

// mantissa is the float64 in [1, 2) with those bits.
func mantissa(b uint64) float64 { return math.Float64frombits(1023<<mantissaBits | b) }

// keyOf is the key of the bin of a finite value. Keys are ordered as the values are: negative, 0 for zero, positive.
func keyOf(v float64) int32 {
	b := math.Float64bits(v)
	e, m := int(b>>mantissaBits)&exponentMask, b&mantissaMask
	if e == 0 {
		if m == 0 {
			return 0
		}
		shift := bits.LeadingZeros64(m) - (63 - mantissaBits)
		e, m = 1-shift, m<<shift&mantissaMask
	}
	j := int(binOfSlot[m>>(mantissaBits-slotBits)])
	if j+1 < binsPerOctave && m >= binStarts[j+1] {
		j++
	}
	k := int32((e-1023-minExponent)*binsPerOctave + j + 1)
	if int64(b) < 0 {
		return -k
	}
	return k
}

// valueOf is the value that stands for a bin.
func valueOf(key int32) float64 {
	if key == 0 {
		return 0
	}
	k := int(max(key, -key)) - 1
	v := math.Ldexp(binMiddles[k%binsPerOctave], k/binsPerOctave+minExponent)
	if key < 0 {
		return -v
	}
	return v
}
