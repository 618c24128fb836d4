package stored

import (
	"encoding/binary"
	"hash/crc32"
)

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
