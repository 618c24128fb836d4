package telemetry

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSealIsEncodeBlock(t *testing.T) {
	var s Sealer
	rapid.Check(t, func(t *rapid.T) {
		h := genHeader.Draw(t, "header")
		batches := rapid.SliceOfN(genBatch, 0, 4).Draw(t, "batches")
		want := slowBlock(h, batches...)
		plain, err := EncodeBlock([]byte("before"), want)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := s.Seal([]byte("before"), h, batches...)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain, sealed) {
			t.Fatalf("Seal wrote\n%x, EncodeBlock\n%x", sealed, plain)
		}
		got, err := DecodeBlock(sealed[6:])
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		bound := 0
		for _, b := range batches {
			bound += EstimateBytes(b)
		}
		if len(batches) > 0 && len(sealed)-6 > bound {
			t.Fatalf("%d bytes, estimated %d", len(sealed)-6, bound)
		}
	})
}
