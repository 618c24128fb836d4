package tables

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestPagesEndBetweenRows cuts pages of rows of every text: what is left is JSON, its rows are the first of those that
// there were, without the keys that nobody asked for, and the next row is the one that is named.
func TestPagesEndBetweenRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", `"`, `\`, `","RowKey":"x`, "p"}))
		kind := Pages(rapid.IntRange(0, int(PagesDrawn)-1).Draw(t, "kind"))
		p := page{kind: kind, most: rapid.IntRange(1, 4).Draw(t, "most")}
		if rapid.Bool().Draw(t, "values alone") {
			p.added = []string{"PartitionKey", "RowKey"}
		}
		rows := []map[string]string{}
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			rows = append(rows, map[string]string{"PartitionKey": rapid.SampledFrom([]string{"p", `q"`}).
				Draw(t, "partition"),
				"RowKey": text.Draw(t, "row"), "A": text.Draw(t, "value"), "Z": "z"})
		}
		answer := new(bytes.Buffer)
		e := json.NewEncoder(answer)
		e.SetEscapeHTML(false)
		if err := e.Encode(map[string]any{"value": rows}); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		s := newStream(answer, &out)
		s.ends, s.plain = func(row []byte) bool { return p.ends(row, out.Len()) }, p.plain
		if err := s.run(); err != nil {
			t.Fatal(err)
		}
		var got struct{ Value []map[string]string }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", out.Bytes(), err)
		}
		kept := wantedRows(&p, rows)
		if (p.next != nil) != (kept < len(rows)) ||
			p.next != nil && *p.next != [2]string{rows[kept]["PartitionKey"], rows[kept]["RowKey"]} {
			t.Fatalf("it goes on at %q after %d rows", p.next, kept)
		}
		want := []map[string]string{}
		for _, row := range rows[:kept] {
			row = maps.Clone(row)
			for _, name := range p.added {
				delete(row, name)
			}
			want = append(want, row)
		}
		if diff := cmp.Diff(want, got.Value); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// wantedRows is how many rows a page is to have.
func wantedRows(p *page, rows []map[string]string) int {
	n := 0
	for ; n < len(rows); n++ {
		switch {
		case p.kind == PagesEmpty, p.kind == PagesShort && n == p.most,
			p.kind == PagesBorders && rows[n]["PartitionKey"] != rows[0]["PartitionKey"]:
			return n
		}
	}
	return n
}

// TestPagesHaveNames that are read again.
func TestPagesHaveNames(t *testing.T) {
	for p := PagesWhole; p <= PagesDrawn; p++ {
		if got, err := ParsePages(p.String()); got != p || err != nil {
			t.Errorf("%v is read as %v, %v", p, got, err)
		}
	}
	if _, err := ParsePages("holes"); err == nil {
		t.Error("holes are taken")
	}
}
