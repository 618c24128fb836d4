package analytics

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// golden adds the golden bytes of a format to a corpus.
func golden(f *testing.F, name string) []byte {
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		f.Fatal(err)
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// Decoders are total, accept one encoding a value, and what they accept can be asked everything.

func FuzzSketch(f *testing.F) {
	f.Add(golden(f, "sketch.v1"))
	f.Add([]byte{1, 0})
	f.Add([]byte{1, 0x80, 0x00})
	f.Fuzz(func(t *testing.T, p []byte) {
		var s Sketch
		if err := s.UnmarshalBinary(p); err != nil {
			if !errors.Is(err, ErrCorrupt) || s.Count() != 0 {
				t.Fatalf("%v, %d values", err, s.Count())
			}
			return
		}
		if again := sketchBytes(t, &s); !bytes.Equal(again, p) {
			t.Fatalf("%x was read, %x written", p, again)
		}
		if v, ok := s.Quantile(0.5); ok && !finite(v) {
			t.Fatalf("median %g", v)
		}
	})
}

func FuzzMoments(f *testing.F) {
	f.Add(golden(f, "moments.v1"))
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, p []byte) {
		var m Moments
		if err := m.UnmarshalBinary(p); err != nil {
			if !errors.Is(err, ErrCorrupt) || m.Count != 0 {
				t.Fatalf("%v, %d readings", err, m.Count)
			}
			return
		}
		if again := momentBytes(&m); !bytes.Equal(again, p) {
			t.Fatalf("%x was read, %x written", p, again)
		}
		if math.IsNaN(m.Sum()) || math.IsNaN(m.Mean()) || !(m.Variance() >= 0) || !(m.Stddev() >= 0) {
			t.Fatalf("sum %g, mean %g, variance %g", m.Sum(), m.Mean(), m.Variance())
		}
		m.Merge(&m)
		m.Add(0, 1)
	})
}

func FuzzRollup(f *testing.F) {
	b := golden(f, "rollup.v1")
	f.Add(b[:len(b)-4])
	f.Fuzz(func(t *testing.T, p []byte) {
		p = sealed(p) // the fuzzer does not find checksums
		r, err := DecodeRollup(p)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) || r != nil {
				t.Fatalf("%v, %v", err, r)
			}
			return
		}
		again, err := EncodeRollup(nil, r)
		if err != nil || !bytes.Equal(again, p) {
			t.Fatalf("%x was read, %x written, %v", p, again, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"mean,p95", "p99.9999", "1h30m", "3mo", "linear", "p0.0001", ",", "1µs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseStep(text, nil); err == nil {
			if again, err := ParseStep(s.String(), nil); err != nil || again != s {
				t.Fatalf("step %q: %s, then %v, %v", text, s, again, err)
			}
			if start, end := s.Floor(0), s.Next(0); start > 0 || end <= 0 || end-start > 11*366*24*int64(time.Hour) {
				t.Fatalf("step %q: [%d, %d)", text, start, end)
			}
		}
		if funcs, err := ParseFuncs(text); err == nil {
			for _, g := range funcs {
				if again, err := ParseFunc(g.String()); err != nil || again != g {
					t.Fatalf("function %q: %s, then %v, %v", text, g, again, err)
				}
			}
		}
	})
}
