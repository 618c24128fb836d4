package telemetry

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// resum gives p a right checksum, so that fuzzing reaches what lies behind it.
func resum(p []byte) []byte {
	if len(p) < 8 {
		return p
	}
	p = bytes.Clone(p)
	body := p[:len(p)-4]
	binary.LittleEndian.PutUint32(p[len(body):], crc32.Checksum(body, castagnoli))
	return p
}

// fuzzDecoder holds that a decoder is total, and that what it accepts can be encoded and is then stable: the encoding
// of what the encoding decodes to is the same.
func fuzzDecoder[T any](f *testing.F, prefix string, decode func([]byte) (*T, error),
	encode func([]byte, *T) ([]byte, error)) {
	for _, s := range samples() {
		if p, err := s.encode(); err == nil && strings.HasPrefix(s.name, prefix) {
			f.Add(p)
			f.Add(p[:len(p)/2])
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		v, err := decode(resum(p))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("an error that is not ErrCorrupt: %v", err)
			}
			return
		}
		first, err := encode(nil, v)
		if err != nil {
			t.Fatalf("decoded, but cannot be encoded: %v", err)
		}
		again, err := decode(first)
		if err != nil {
			t.Fatalf("encoded, but cannot be decoded: %v", err)
		}
		if second, err := encode(nil, again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("the encoding is not stable: %v\n%x\n%x", err, first, second)
		}
	})
}

func FuzzDecodeBlock(f *testing.F)  { fuzzDecoder(f, "block", DecodeBlock, EncodeBlock) }
func FuzzDecodeChunk(f *testing.F)  { fuzzDecoder(f, "chunk", DecodeChunk, EncodeChunk) }
func FuzzDecodeSource(f *testing.F) { fuzzDecoder(f, "source", DecodeSource, EncodeSource) }
func FuzzDecodeShardState(f *testing.F) {
	fuzzDecoder(f, "shardstate", DecodeShardState, EncodeShardState)
}
func FuzzDecodeHorizon(f *testing.F) { fuzzDecoder(f, "horizon", DecodeHorizon, EncodeHorizon) }

// FuzzDecodeColumn reaches the codecs of times and values directly.
func FuzzDecodeColumn(f *testing.F) {
	var e columnEncoder
	for _, values := range [][]float64{walkValues(1, 300), {1.0 / 3, 0.1, 7}, make([]float64, 9)} {
		times := regularTimes(testStart, second, len(values))
		f.Add(uint16(len(values)), times[len(times)-1], e.appendColumn(nil, times, values))
		times[len(times)-1]++
		f.Add(uint16(len(values)), times[len(times)-1], e.appendColumn(nil, times, values))
	}
	f.Fuzz(func(t *testing.T, n uint16, last int64, p []byte) {
		var c Column
		if n == 0 || (columnSpan{n: int(n), min: testStart, max: last}).decodeInto(p, &c) != nil {
			return
		}
		if err := checkColumn(c.Times, c.Values); err != nil {
			t.Fatal(err)
		}
		if _, err := roundTripColumn(new(columnEncoder), c.Times, c.Values); err != nil {
			t.Fatal(err)
		}
	})
}
