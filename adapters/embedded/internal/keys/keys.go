// Package keys has the keys of the embedded store's file. They are made of texts and big-endian integers. A text is its
// bytes with 0x00 written as 0x00 0xff, then 0x00 0x01: any characters are allowed, no two lists of texts share an
// encoding, and texts sort bytewise. A last text stands raw.
package keys

import (
	"encoding/binary"
	"errors"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// Err is of a key that is not one of ours.
var Err = errors.New("a key does not decode")

// AppendText writes a text that something follows.
func AppendText(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, s[i])
		if s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

// CutText reads a text off the front of b.
func CutText(b []byte) (text string, rest []byte, err error) {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != 0 {
			out = append(out, b[i])
			continue
		}
		if i++; i == len(b) {
			break
		}
		switch b[i] {
		case 0xff:
			out = append(out, 0)
		case 1:
			return string(out), b[i+1:], nil
		default:
			return "", nil, Err
		}
	}
	return "", nil, Err
}

// AppendSigned writes an int32 so that bytes sort as the numbers do.
func AppendSigned(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(v)^1<<31)
}

// Signed reads what AppendSigned wrote.
func Signed(b []byte) int32 { return int32(binary.BigEndian.Uint32(b) ^ 1<<31) }

// Day is the key of a day.
func Day(d telemetry.Day) []byte { return AppendSigned(nil, int32(d)) }

// Shard is the key of a shard.
func Shard(s telemetry.Shard) []byte {
	return binary.BigEndian.AppendUint16(AppendText(make([]byte, 0, len(s.Tenant)+32), string(s.Tenant)), s.Index)
}

// Stream is a stream's key within its day: its shard's, then the writer.
func Stream(s telemetry.Stream) []byte { return append(Shard(s.Shard), s.Writer...) }

// Blocks begins the keys of a stream's blocks within its day; a number and a part follow.
func Blocks(s telemetry.Stream) []byte { return AppendText(Shard(s.Shard), string(s.Writer)) }

// AppendNumber is the key of a part of a number, behind a stream's prefix.
func AppendNumber(prefix []byte, n telemetry.Number, part int) []byte {
	out := make([]byte, 0, len(prefix)+10)
	out = append(out, prefix...)
	out = binary.BigEndian.AppendUint64(out, uint64(n))
	return binary.BigEndian.AppendUint16(out, uint16(part))
}

// Stamp is the key of a stamp, beside the one of its block's first part.
func Stamp(firstPart []byte) []byte { return firstPart[:len(firstPart)-2] }

// NumberOf reads number and part behind a stream's prefix.
func NumberOf(prefix, key []byte) (telemetry.Number, int, error) {
	if len(key) != len(prefix)+10 {
		return 0, 0, Err
	}
	k := key[len(prefix):]
	return telemetry.Number(binary.BigEndian.Uint64(k)), int(binary.BigEndian.Uint16(k[8:])), nil
}

// Table names the bucket of a table: chunks have one a year.
func Table(p chunks.Partition) []byte { return AppendSigned([]byte{byte(p.Table)}, p.Year) }

// Partition begins the keys of a partition's rows within its table; the row follows as it is.
func Partition(p chunks.Partition) []byte {
	k := AppendText(nil, string(p.Tenant))
	return AppendText(AppendText(k, string(p.Of.Source)), string(p.Of.Metric))
}
