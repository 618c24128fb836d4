// Package storedtest is the proof of a stored form: golden bytes stay readable and are what is written, no damage goes
// unnoticed, and a decoder is total.
package storedtest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/stored"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew; bytes of a released version must never change")

// Sample is a stored value with its codec. Its golden bytes are testdata/NAME.hex.
type Sample struct {
	Name   string
	value  any
	encode func() ([]byte, error)
	decode func(p []byte) (any, error)
}

// Of is a sample of a value.
func Of[T any](name string, v *T, encode func([]byte, *T) ([]byte, error), decode func([]byte) (*T, error)) Sample {
	return Sample{name, v, func() ([]byte, error) { return encode(nil, v) },
		func(p []byte) (any, error) { return decode(p) }}
}

// Golden holds that every sample is written as its golden bytes and read back from them.
func Golden(t *testing.T, samples []Sample) {
	for _, s := range samples {
		t.Run(s.Name, func(t *testing.T) {
			p := s.bytes(t)
			file := filepath.Join("testdata", s.Name+".hex")
			if *rewrite {
				writeHex(t, file, p)
			}
			golden := readHex(t, file)
			if !bytes.Equal(p, golden) {
				t.Errorf("encoding changed:\n got %x\nwant %x", p, golden)
			}
			got, err := s.decode(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(s.value, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Damage holds that no changed bit, no cut and no other version goes unnoticed.
func Damage(t *testing.T, samples []Sample) {
	for _, s := range samples {
		p := s.bytes(t)
		for bit := range 8 * len(p) {
			bad := bytes.Clone(p)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := s.decode(bad); err == nil {
				t.Errorf("%s: a change of bit %d went unnoticed", s.Name, bit)
			}
		}
		for n := range p {
			if _, err := s.decode(p[:n]); err == nil {
				t.Errorf("%s: a cut after %d bytes went unnoticed", s.Name, n)
			}
		}
		p[3] = 9
		_, err := s.decode(resum(p))
		if !errors.Is(err, stored.ErrCorrupt) || !strings.Contains(err.Error(), "version 9 is unknown") {
			t.Errorf("%s of version 9: %v", s.Name, err)
		}
	}
}

// Fuzz holds that a decoder is total, and that what it accepts can be encoded and is then stable: the encoding of what
// the encoding decodes to is the same. It begins with the samples.
func Fuzz[T any](f *testing.F, samples []Sample, decode func([]byte) (*T, error),
	encode func([]byte, *T) ([]byte, error)) {
	seeded := false
	for _, s := range samples {
		if _, is := s.value.(*T); is {
			seeded = true
			p := s.bytes(f)
			f.Add(p)
			f.Add(p[:len(p)/2])
		}
	}
	if !seeded {
		f.Fatal("no sample of the fuzzed type")
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		v, err := decode(resum(p))
		if err != nil {
			if !errors.Is(err, stored.ErrCorrupt) {
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

func (s Sample) bytes(t testing.TB) []byte {
	t.Helper()
	p, err := s.encode()
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return p
}

// resum gives p a right checksum, so that a test reaches what lies behind it.
func resum(p []byte) []byte {
	if len(p) < 8 {
		return p
	}
	p = bytes.Clone(p)
	body := p[:len(p)-4]
	binary.LittleEndian.PutUint32(p[len(body):], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	return p
}

func writeHex(t *testing.T, file string, p []byte) {
	t.Helper()
	var b strings.Builder
	for len(p) > 0 {
		n := min(32, len(p))
		b.WriteString(hex.EncodeToString(p[:n]) + "\n")
		p = p[n:]
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readHex(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
