package files

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// cut gives the bodies of all pieces.
func cut(t *testing.T, text string, f Form, size int) (out []Piece) {
	t.Helper()
	ps := newPieces(strings.NewReader(text), f, size)
	for {
		p, err := ps.next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

func TestAFileIsCutBetweenRecords(t *testing.T) {
	for _, c := range []struct {
		name, text string
		form       Form
		size       int
		want       []string
		first      []int
	}{
		{"each piece has the header", "h\n1\n2\n3\n", CSV, 2, []string{"h\n1\n2\n", "h\n3\n"}, []int{2, 4}},
		{"no break at the end", "h\n1\n2", CSV, 1, []string{"h\n1\n", "h\n2"}, []int{2, 3}},
		{"empty lines are no records", "\n\nh\n\n1\n\n2\n\n", CSV, 1, []string{"h\n\n1\n", "h\n\n2\n"},
			[]int{4, 6}},
		{"a quoted break", "h,x\n1,\"a\nb\"\n2,c\n", CSV, 1, []string{"h,x\n1,\"a\nb\"\n", "h,x\n2,c\n"},
			[]int{2, 4}},
		{"a quoted header", "\"h\n\",x\n1,a\n", CSV, 9, []string{"\"h\n\",x\n1,a\n"}, []int{3}},
		{"quotes mean nothing in NDJSON", "{\"a\n{b}\n", NDJSON, 1, []string{"{\"a\n", "{b}\n"}, []int{1, 2}},
		{"a quoted break in line protocol", "m s=\"a\nb\",x=1\nm x=2\n", Line, 1,
			[]string{"m s=\"a\nb\",x=1\n", "m x=2\n"}, []int{1, 3}},
		{"a quote that is escaped in line protocol", "m s=\"a\\\"\nb\"\nm x=2\n", Line, 1,
			[]string{"m s=\"a\\\"\nb\"\n", "m x=2\n"}, []int{1, 3}},
		{"JSON is not cut", "[\n1,\n2]\n", JSON, 1, []string{"[\n1,\n2]\n"}, []int{1}},
		{"only a header", "h\n", CSV, 1, nil, nil},
	} {
		got := cut(t, c.text, c.form, c.size)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d pieces, want %d: %+v", c.name, len(got), len(c.want), got)
			continue
		}
		for i, p := range got {
			if string(p.Body) != c.want[i] || p.First != c.first[i] {
				t.Errorf("%s: piece %d is %q from line %d, want %q from line %d", c.name, i, p.Body, p.First, c.want[i],
					c.first[i])
			}
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	if _, err := newPieces(strings.NewReader("\n\n"), CSV, 1).next(); err == nil ||
		!strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file: %v", err)
	}
	endless := io.MultiReader(strings.NewReader("h\n\""), bytes.NewReader(bytes.Repeat([]byte("x\n"), MaxRecordBytes)))
	if _, err := newPieces(endless, CSV, 1).next(); err == nil || !strings.Contains(err.Error(), "line 2") ||
		!strings.Contains(err.Error(), "quote") {
		t.Errorf("a quote that does not close: %v", err)
	}
}

func TestLargePiecesAreBounded(t *testing.T) {
	line := strings.Repeat("1", 1000) + "\n"
	for _, p := range cut(t, "h\n"+strings.Repeat(line, 20_000), CSV, 1_000_000) {
		if len(p.Body) > maxPieceBytes+len(line)+2 {
			t.Errorf("a piece of %d bytes", len(p.Body))
		}
	}
}
