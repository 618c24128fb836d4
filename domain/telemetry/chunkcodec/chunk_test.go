package chunkcodec

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tidemark/domain/column"
	"tidemark/domain/column/columntest"
	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// TestChunksComeBack draws chunks as compaction makes them: blocks folded, some of them below the floor.
func TestChunksComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := benchChunk(nil, minute)
		c.Window, c.Origins, c.Floor = telemetry.WindowOf(telemetry.WindowMinutes, testStart), nil, 2
		var pieces []telemetry.Piece
		for i := range rapid.IntRange(0, 6).Draw(t, "pieces") {
			values := columntest.Values.Draw(t, "values")
			times := columntest.Times(t, len(values), c.Window.Start(), c.Window.End())
			pieces = append(pieces, telemetry.Piece{Times: times, Values: values[:len(times)], Origin: telemetry.Origin{
				Stamp: telemetry.Stamp(rapid.IntRange(1, 8).Draw(t,
					"stamp")), Writer: "w", Number: telemetry.Number(i + 1)}})
		}
		floor := telemetry.Stamp(rapid.IntRange(0, 9).Draw(t, "floor"))
		c = telemetry.Fold(c, pieces, nil, floor, telemetry.MinTime)
		p, err := Encode(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := columntest.SameBits(back.Values, c.Values); err != nil {
			t.Fatal(err)
		}
		back.Values = c.Values // a NaN is not equal to itself
		if d := cmp.Diff(c, back, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestWhatCannotBeEncoded(t *testing.T) {
	chunk := func(change func(c *telemetry.Chunk)) *telemetry.Chunk {
		c := benchChunk([]float64{1, 2, 3}, minute)
		change(c)
		return c
	}
	encoded := func(_ []byte, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"chunk outside its window", encoded(Encode(nil,
			chunk(func(c *telemetry.Chunk) { c.Times[0] = c.Window.Start() - 1 }))), "outside the window"},
		{"chunk with times that fall",
			encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Times[1] = c.Times[2] }))),
			"times do not rise"},
		{"chunk of no window", encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Window.Size = 19 }))),
			"window size 19"},
		{"split with readings", encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Split = true }))),
			"a split chunk"},
		{"too short runs", encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Origins[0].Count = 2 }))),
			"do not add up"},
		{"too long runs", encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Origins[0].Count = 4 }))),
			"do not add up"},
		{"coverage of others", encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Tenant = "other" }))),
			"another tenant"},
		{"coverage backwards", encoded(Encode(nil, chunk(func(c *telemetry.Chunk) { c.Coverage[0].To = 0 }))),
			"numbers 1..0"},
		{
			"coverage twice", encoded(Encode(nil,
				chunk(func(c *telemetry.Chunk) {
					c.Coverage = append(c.Coverage,
						c.Coverage[0])
				}))), "coverage is not sorted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !errors.Is(c.err, stored.ErrInvalid) || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("error %v, expected ErrInvalid with %q", c.err, c.want)
			}
		})
	}
}

// TestTooManyReadingsC holds that a count is checked before memory is made for it.
func TestTooManyReadings(t *testing.T) {
	const n = column.MaxReadings + 1
	times, values := columntest.Regular(0, 1, n), make([]float64, n)
	c := benchChunk(nil, minute)
	c.Window = telemetry.WindowOf(telemetry.WindowMinutes, 0)
	c.Times, c.Values, c.Origins = times, values, []telemetry.OriginRun{{Count: n, Origin: telemetry.Origin{}}}
	if _, err := Encode(nil, c); !errors.Is(err, stored.ErrInvalid) {
		t.Errorf("a chunk of %d readings: %v", n, err)
	}
}

// TestChunkSize holds the aim: a random walk of normal steps of 0.10 at two decimals has an entropy of 0.67 bytes a
// value.
func TestChunkSize(t *testing.T) {
	const seed, n = 1, 4096
	p, err := Encode(nil, benchChunk(columntest.Walk(seed, n), minute))
	if err != nil {
		t.Fatal(err)
	}
	if each := float64(len(p)) / n; each > 0.75 {
		t.Errorf("%.3f bytes a reading (seed %d), at most 0.75", each, seed)
	}
}
