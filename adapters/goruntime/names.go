package goruntime

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// crockford is Douglas Crockford's base 32, in the order of its bytes.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewULID is a name that never repeats and sorts by its time: 48 bits of Unix milliseconds and 80 random bits in 26
// characters (https://github.com/ulid/spec). Writers, tasks and generations are named so.
func NewULID(now time.Time) string {
	var raw [16]byte
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		raw[i] = byte(ms >> (40 - 8*i))
	}
	_, _ = rand.Read(raw[6:]) // never fails since Go 1.24
	var text [26]byte
	// 26 characters hold 130 bits: the first has the upper 3 of the 128.
	bits, have, at := uint64(0), 2, 0
	for _, b := range raw {
		bits, have = bits<<8|uint64(b), have+8
		for have >= 5 {
			have -= 5
			text[at] = crockford[bits>>have&31]
			at++
		}
	}
	return string(text[:])
}

// NewRequestID is a name that never repeats, for a request: 24 characters.
func NewRequestID() string {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	return hex.EncodeToString(raw[:])
}
