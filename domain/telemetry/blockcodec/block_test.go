package blockcodec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/column"
	"tidemark/domain/column/columntest"
	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

func TestBuildIsEncode(t *testing.T) {
	var s Builder
	rapid.Check(t, func(t *rapid.T) {
		h := genHeader.Draw(t, "header")
		batches := rapid.SliceOfN(genBatch, 0, 4).Draw(t, "batches")
		n := agreeing(batches)
		if _, err := s.Build(nil, h, batches...); n < len(batches) {
			if units := (*UnitsError)(nil); !errors.As(err, &units) || units.Batch != n {
				t.Fatalf("batch %d says another unit: %v", n, err)
			}
			batches = batches[:n]
		}
		want := slowBlock(h, batches...)
		plain, err := Encode([]byte("before"), want)
		if err != nil {
			t.Fatal(err)
		}
		built, err := s.Build([]byte("before"), h, batches...)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain, built) {
			t.Fatalf("Build wrote\n%x, Encode\n%x", built, plain)
		}
		got, err := Decode(built[6:])
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
		if len(batches) > 0 && len(built)-6 > bound {
			t.Fatalf("%d bytes, estimated %d", len(built)-6, bound)
		}
	})
}

func TestView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := genHeader.Draw(t, "header")
		want := slowBlock(h, rapid.SliceOfN(genBatch, 0, 3).Draw(t, "batches")...)
		p, err := Encode(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Open(p)
		if err != nil {
			t.Fatal(err)
		}
		if v.Header() != h || v.Origin() != want.Origin() || v.Readings() != want.Len() ||
			v.Len() != len(want.Columns) || v.Size() != len(p) {
			t.Fatalf("header %+v, %d readings of %d series in %d bytes", v.Header(), v.Readings(), v.Len(), v.Size())
		}
		named := map[telemetry.Source]bool{}
		var c telemetry.Column // reused
		for i := len(want.Columns) - 1; i >= 0; i-- {
			w := want.Columns[i]
			named[w.Series.Source] = true
			if err := v.Column(i, &c); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(w, c); d != "" {
				t.Fatal(d)
			}
			if at, found := v.Find(w.Series); at != i || !found {
				t.Fatalf("%v found at %d: %v", w.Series, at, found)
			}
			if from, to, n := v.Span(i); from != w.Times[0] || to != w.Times[n-1] || n != len(w.Times) ||
				v.Unit(i) != w.Unit {
				t.Fatalf("span %d..%d of %d", from, to, n)
			}
		}
		if at, found := v.Find(telemetry.Series{Source: "\xff\xff", Metric: ""}); at != v.Len() || found {
			t.Fatalf("what is not there was found at %d: %v", at, found)
		}
		for _, d := range want.Sources {
			named[d.Source] = true
		}
		for _, d := range want.Deletions {
			named[d.Series.Source] = true
		}
		got := v.Named()
		if !slices.IsSorted(got) || len(got) != len(named) {
			t.Fatalf("names %q, expected %v", got, named)
		}
		for _, s := range got {
			if !named[s] {
				t.Fatalf("%q is named nowhere", s)
			}
		}
	})
}

func TestViewIsSafeForReaders(t *testing.T) {
	b := fleet(4, 300)
	v := mustOpen(t, Header{}, b)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			var c telemetry.Column
			for i := range v.Len() {
				if err := v.Column(i, &c); err != nil || len(c.Times) != 300 {
					t.Errorf("column %d: %d readings, %v", i, len(c.Times), err)
				}
			}
		})
	}
	readers.Wait()
}

func TestWhatCannotBeEncoded(t *testing.T) {
	column := func(s telemetry.Source, times ...int64) telemetry.Column {
		return telemetry.Column{Series: telemetry.Series{Source: s}, Times: times, Values: make([]float64, len(times))}
	}
	encoded := func(_ []byte, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"unsorted series", encoded(Encode(nil, &telemetry.Block{Columns: []telemetry.Column{column("b", 1),
			column("a", 1)}})),
			"not sorted by series"},
		{"a series twice", encoded(Encode(nil, &telemetry.Block{Columns: []telemetry.Column{column("a", 1),
			column("a", 2)}})),
			"not sorted by series"},
		{"empty column", encoded(Encode(nil, &telemetry.Block{Columns: []telemetry.Column{column("a")}})), "is empty"},
		{"equal times", encoded(Encode(nil, &telemetry.Block{Columns: []telemetry.Column{column("a", 1, 1)}})),
			"times do not rise"},
		{"too few values", encoded(Encode(nil, &telemetry.Block{Columns: []telemetry.Column{{Times: []int64{1}}}})),
			"1 times and 0 values"},
		{"unknown series", encoded(new(Builder).Build(nil, Header{},
			&telemetry.Batch{Of: []uint32{0}, Times: []int64{1}, Values: []float64{1}})), "series 0 in a batch of 0"},
		{"ragged batch", encoded(new(Builder).Build(nil, Header{}, &telemetry.Batch{Times: []int64{1}})),
			"a batch has 0 indexes, 1 times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !errors.Is(c.err, stored.ErrInvalid) || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("error %v, expected ErrInvalid with %q", c.err, c.want)
			}
		})
	}
}

// TestTooManyReadingsB holds that a count is checked before memory is made for it.
func TestTooManyReadings(t *testing.T) {
	const n = column.MaxReadings + 1
	times, values := columntest.Regular(0, 1, n), make([]float64, n)
	block := &telemetry.Block{Columns: []telemetry.Column{{Times: times[:9], Values: values[:9]},
		{Series: telemetry.Series{Metric: "m"}, Times: times[9:], Values: values[9:]}}}
	if _, err := Encode(nil, block); !errors.Is(err, stored.ErrInvalid) {
		t.Errorf("a block of %d readings: %v", n, err)
	}
	batch := &telemetry.Batch{Series: []telemetry.Series{{}}, Units: []string{""}, Of: make([]uint32, n),
		Times: times, Values: values}
	if _, err := new(Builder).Build(nil, Header{}, batch); !errors.Is(err, stored.ErrInvalid) {
		t.Errorf("a batch of %d readings: %v", n, err)
	}
	// A forged directory of two series: the first has the most readings, the secondB one more.
	p := binary.AppendUvarint([]byte{2, 0, 1, 0, 1, 'a', 0}, column.MaxReadings)
	p = append(p, 0, 1, 0)
	p = append(p, 0, 1, 'b', 0, 1, 0, 0)
	d := decoder{stored.NewDecoder(p)}
	if d.entries(make([]kind, 1)); d.Err() == nil || !strings.Contains(d.Err().Error(), "4194305 in all") {
		t.Errorf("a directory of %d readings: %v", n, d.Err())
	}
}

func mustOpen(t interface{ Fatal(...any) }, h Header, batches ...*telemetry.Batch) *View {
	p, err := new(Builder).Build(nil, h, batches...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
