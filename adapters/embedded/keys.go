package embedded

import (
	"encoding/binary"
	"errors"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// Keys are made of texts and big-endian integers. A text is its bytes with 0x00 written as 0x00 0xff, then 0x00 0x01:
// any characters are allowed, no two lists of texts share an encoding, and texts sort bytewise. A last text stands
// raw.

var errKey = errors.New("a key does not decode")

func appendText(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, s[i])
		if s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

// cutText reads a text off the front of b.
func cutText(b []byte) (text string, rest []byte, err error) {
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
			return "", nil, errKey
		}
	}
	return "", nil, errKey
}

// appendSigned writes an int32 so that bytes sort as the numbers do.
func appendSigned(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(v)^1<<31)
}

func signed(b []byte) int32 { return int32(binary.BigEndian.Uint32(b) ^ 1<<31) }

func dayKey(d telemetry.Day) []byte { return appendSigned(nil, int32(d)) }

func shardKey(s telemetry.Shard) []byte {
	return binary.BigEndian.AppendUint16(appendText(make([]byte, 0, len(s.Tenant)+32), string(s.Tenant)), s.Index)
}

// streamKey is a stream's key within its day: its shard's, then the writer.
func streamKey(s telemetry.Stream) []byte { return append(shardKey(s.Shard), s.Writer...) }

// blocksKey begins the keys of a stream's blocks within its day; a number and a part follow.
func blocksKey(s telemetry.Stream) []byte { return appendText(shardKey(s.Shard), string(s.Writer)) }

func appendNumber(prefix []byte, n telemetry.Number, part int) []byte {
	out := make([]byte, 0, len(prefix)+10)
	out = append(out, prefix...)
	out = binary.BigEndian.AppendUint64(out, uint64(n))
	return binary.BigEndian.AppendUint16(out, uint16(part))
}

// stampKey is the key of a stamp, beside the one of its block's first part.
func stampKey(firstPart []byte) []byte { return firstPart[:len(firstPart)-2] }

// numberOf reads number and part behind a stream's prefix.
func numberOf(prefix, key []byte) (telemetry.Number, int, error) {
	if len(key) != len(prefix)+10 {
		return 0, 0, errKey
	}
	k := key[len(prefix):]
	return telemetry.Number(binary.BigEndian.Uint64(k)), int(binary.BigEndian.Uint16(k[8:])), nil
}

// tableKey names the bucket of a table: chunks have one a year.
func tableKey(p chunks.Partition) []byte { return appendSigned([]byte{byte(p.Table)}, p.Year) }

// partitionKey begins the keys of a partition's rows within its table; the row follows as it is.
func partitionKey(p chunks.Partition) []byte {
	k := appendText(nil, string(p.Tenant))
	return appendText(appendText(k, string(p.Of.Source)), string(p.Of.Metric))
}
