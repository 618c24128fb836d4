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
