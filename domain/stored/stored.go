// Package stored has what all stored forms share: three letters and a version in front, a checksum behind, numbers,
// texts and flags between them, and the two kinds of error of a codec.
//
// It is pure: only the standard library. What it writes is kept for years, so none of it changes; another form is
// another version.
package stored

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrCorrupt is in the chain of every error of a decoder: the bytes are not what an encoder of a known version wrote.
var ErrCorrupt = errors.New("stored bytes do not decode")

// ErrInvalid is in the chain of every error of an encoder: the value breaks a rule of its type.
var ErrInvalid = errors.New("value cannot be encoded")

// Corrupt is an ErrCorrupt that says what is wrong.
func Corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// Invalid is an ErrInvalid that says what is wrong.
func Invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Format opens every stored value: three letters that say what it is, and the version.
type Format [4]byte

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Seal appends the checksum (CRC-32C, 4 bytes, the least first) of dst[from:].
func Seal(dst []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

// Unseal checks format and checksum and gives a decoder of what lies between them. It keeps p.
func Unseal(p []byte, f Format) (Decoder, error) {
	if len(p) < len(f)+4 {
		return Decoder{}, Corrupt("%d bytes are too few", len(p))
	}
	if [3]byte(p) != [3]byte(f[:3]) {
		return Decoder{}, Corrupt("it does not begin with %q", f[:3])
	}
	if p[3] != f[3] {
		return Decoder{}, Corrupt("version %d is unknown to this program", p[3])
	}
	body, sum := p[:len(p)-4], binary.LittleEndian.Uint32(p[len(p)-4:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return Decoder{}, Corrupt("checksum %08x, expected %08x", got, sum)
	}
	return NewDecoder(body[len(f):]), nil
}

// AppendText appends a text as its length and its bytes.
func AppendText[T ~string](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// AppendFlag appends a byte that is 1 or 0.
func AppendFlag(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// Zigzag maps small integers of either sign to small ones without.
func Zigzag(x int64) uint64 { return uint64(x<<1) ^ uint64(x>>63) }

// Unzigzag is the inverse of Zigzag.
func Unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
