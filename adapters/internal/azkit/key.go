package azkit

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// MaxKey is the longest key in characters: Azurite's bound, and below the service's.
const MaxKey = 512

// keptOfLong is how much of an encoding that is too long stays readable, and ordered, in its key.
const keptOfLong = 440

// longMark follows the kept part. No encoding has two tildes side by side.
const longMark = "~~"

// Separator stands between the parts of a key. It sorts below every character of a part.
const Separator = ","

// Encode writes parts of any bytes with letters, digits and -=_~ only, joined by the separator. It is injective for a
// known number of parts, and keeps the order: bytewise for one part, part by part for several. Letters and digits
// stand for themselves; any other byte is two hexadecimal digits after a mark that sorts where the byte does among
// the digits, capitals and small letters.
func Encode(parts ...string) string {
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString(Separator)
		}
		for j := 0; j < len(part); j++ {
			writeByte(&b, part[j])
		}
	}
	return b.String()
}

const hexDigits = "0123456789abcdef"

func writeByte(b *strings.Builder, c byte) {
	mark := markOf(c)
	if mark == 0 {
		b.WriteByte(c)
		return
	}
	b.WriteByte(mark)
	b.WriteByte(hexDigits[c>>4])
	b.WriteByte(hexDigits[c&15])
}

// markOf is the mark that a byte needs, 0 for none.
func markOf(c byte) byte {
	switch {
	case c < '0':
		return '-'
	case c <= '9':
		return 0
	case c < 'A':
		return '='
	case c <= 'Z':
		return 0
	case c < 'a':
		return '_'
	case c <= 'z':
		return 0
	}
	return '~'
}

// Decode is the inverse of Encode for as many parts as there are separators and one. It is false for what Encode
// never writes, and so for a key that was shortened.
func Decode(encoded string) (parts []string, ok bool) {
	for part := range strings.SplitSeq(encoded, Separator) {
		var b strings.Builder
		for i := 0; i < len(part); i++ {
			c := part[i]
			if markOf(c) == 0 {
				b.WriteByte(c)
				continue
			}
			if i+2 >= len(part) {
				return nil, false
			}
			hi, lo := strings.IndexByte(hexDigits, part[i+1]), strings.IndexByte(hexDigits, part[i+2])
			if hi < 0 || lo < 0 {
				return nil, false
			}
			decoded := byte(hi<<4 | lo)
			if mark := markOf(decoded); mark == 0 || mark != c {
				return nil, false
			}
			b.WriteByte(decoded)
			i += 2
		}
		parts = append(parts, b.String())
	}
	return parts, true
}

// Key is Encode, shortened if it is too long: its beginning and the SHA-256 of the whole. Keys that were shortened
// are told apart by the hash; their order is that of the part that was kept.
func Key(parts ...string) string { return shorten(Encode(parts...)) }

func shorten(encoded string) string {
	if len(encoded) <= MaxKey {
		return encoded
	}
	sum := sha256.Sum256([]byte(encoded))
	return encoded[:keptOfLong] + longMark + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])
}

// Shortened reports whether a key does not hold the whole name: the row then has to.
func Shortened(key string) bool {
	return len(key) > keptOfLong+len(longMark) && key[keptOfLong:keptOfLong+len(longMark)] == longMark
}

// Group is the part of a key within which order is not kept: two keys of different groups are in the order of their
// names. ok is false for a key that has no group: it is in order among all.
func Group(key string) (prefix string, ok bool) {
	if len(key) < keptOfLong {
		return "", false
	}
	return key[:keptOfLong], true
}

// From is the least key that a name at or above this one can have.
func From(parts ...string) string {
	encoded := Encode(parts...)
	if len(encoded) <= keptOfLong {
		return encoded
	}
	return encoded[:keptOfLong]
}

// To is above every key of a name below this one.
func To(parts ...string) string {
	encoded := Encode(parts...)
	if len(encoded) <= keptOfLong {
		return encoded
	}
	return encoded[:keptOfLong] + "~~~" // above the mark of the shortened ones
}
