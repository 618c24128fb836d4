package column

// Values are measured data: mostly decimals with few places, sometimes single precision, seldom anything else. A
// column is written as decimal integers, as the bit patterns of its floats, or raw, whichever is shorter by a rule
// that depends on the values alone. Every form is exact to the bit.
//
// Source: Afroozeh, Kuffo and Boncz, "ALP: Adaptive Lossless floating-Point Compression" (2023) for decimals with
// exceptions.
const (
	valuesRaw     = 0 // eight bytes each
	valuesSame    = 1 // all have the same bits: one value
	valuesDecimal = 2 // integers over a power of ten, exceptions apart
	valuesBits    = 3 // bit patterns without their common trailing zeros
)
