package telemetry

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

// maxReadings is how many readings a block or a chunk may hold; decoders check it before they allocate. Regular times
// of a constant cost no bytes, so the length of the input does not bound them. 4 Mi are more than an hour at a
// kilohertz.
const maxReadings = 1 << 22

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// format opens every stored value: three letters that say what it is, and the version.
type format [4]byte

var (
	blockV1      = format{'T', 'M', 'B', 1}
	chunkV1      = format{'T', 'M', 'C', 1}
	sourceV1     = format{'T', 'M', 'S', 1}
	sourceV2     = format{'T', 'M', 'S', 2}
	sourceV3     = format{'T', 'M', 'S', 3}
	shardStateV1 = format{'T', 'M', 'F', 1}
	horizonV1    = format{'T', 'M', 'H', 1}
)

// seal appends the checksum of dst[from:].
func seal(dst []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

// unseal checks format and checksum and gives what lies between them.
func unseal(p []byte, f format) (*decoder, error) {
	if len(p) < len(f)+4 {
		return nil, corrupt("%d bytes are too few", len(p))
	}
	if [3]byte(p) != [3]byte(f[:3]) {
		return nil, corrupt("it does not begin with %q", f[:3])
	}
	if p[3] != f[3] {
		return nil, corrupt("version %d is unknown to this program", p[3])
	}
	body, sum := p[:len(p)-4], binary.LittleEndian.Uint32(p[len(p)-4:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return nil, corrupt("checksum %08x, expected %08x", got, sum)
	}
	return &decoder{p: body[len(f):]}, nil
}

func appendText[T ~string](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// decoder takes fields from the front of p. After the first error every field is zero.
type decoder struct {
	p   []byte
	err error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = corrupt(format, args...)
	}
	d.p = nil
}

// end is the first error, or one for bytes that are left.
func (d *decoder) end() error {
	if d.err == nil && len(d.p) > 0 {
		d.fail("%d bytes too many", len(d.p))
	}
	return d.err
}

func (d *decoder) uvarint() uint64 {
	if len(d.p) > 0 && d.p[0] < 0x80 {
		v := d.p[0]
		d.p = d.p[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(d.p)
	if n <= 0 {
		d.fail("a number is cut off")
		return 0
	}
	d.p = d.p[n:]
	return v
}

func (d *decoder) varint() int64 { return unzigzag(d.uvarint()) }

// atMost is a number that may not exceed max.
func (d *decoder) atMost(max uint64) uint64 {
	v := d.uvarint()
	if v > max {
		d.fail("%d is over %d", v, max)
		return 0
	}
	return v
}

// count is how many items of at least size bytes (> 0) each follow.
func (d *decoder) count(size int) int { return int(d.atMost(uint64(len(d.p) / size))) }

func (d *decoder) byte() byte {
	if len(d.p) == 0 {
		d.fail("a byte is missing")
		return 0
	}
	b := d.p[0]
	d.p = d.p[1:]
	return b
}

func (d *decoder) flag() bool {
	b := d.byte()
	if b > 1 {
		d.fail("%d is not a flag", b)
	}
	return b == 1
}

func (d *decoder) fixed64() uint64 {
	if p := d.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.p) {
		d.fail("%d bytes are missing", n-len(d.p))
		return nil
	}
	p := d.p[:n:n]
	d.p = d.p[n:]
	return p
}

func (d *decoder) text() string { return string(d.take(d.count(1))) }

func (d *decoder) int32() int32 {
	v := d.varint()
	if int64(int32(v)) != v {
		d.fail("%d does not fit 32 bits", v)
		return 0
	}
	return int32(v)
}
