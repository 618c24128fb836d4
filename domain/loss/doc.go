// Package loss says what is lost with the journal of a region that is gone for good: Certify computes a Certificate
// from the journal that survives, and from the floors of the account where that answers. It changes nothing.
//
// What a number of a stream is goes by the surviving journal alone. It is there, as a block, a void, or at or below the
// dropped mark. Or it is a hole at or below what the highest surviving block says was acknowledged: it was
// acknowledged, by the lost journal alone, and is lost. Or it is another hole, or lies above everything that survives
// of a stream whose last number is not known: then it may have been acknowledged, and nobody can say. Streams that were
// born in the lost journal alone are not listed at all; the certificate says since when there may be such.
//
// Nothing acknowledged as both is among what is lost or unknown: the surviving journal has it, or dropped it because
// rows of the account have it.
package loss
