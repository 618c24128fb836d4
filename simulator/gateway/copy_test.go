package gateway

import (
	"fmt"
	"testing"

	"tidemark/simulator/georep"
)

// TestCopyOfOddKeys: keys and values that are empty, quoted, beyond U+FFFF or what JavaScript takes for a line end, and
// partitions of several pages.
func TestCopyOfOddKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	odd := []string{"", "'", "😀", "！", "%2F", "a b+c&d", "a\u2028b", "\u2029"}
	for _, pk := range []string{"", "O'Hara", "😀", "100%", "a b+c&d", "\u2028", "a\u2029b"} {
		for _, rk := range odd {
			if _, err := p.AddEntity(t.Context(), entity(pk, rk, map[string]any{"text": pk + rk}), nil); err != nil {
				t.Fatalf("insert %q/%q: %v", pk, rk, err)
			}
		}
	}
	for _, pk := range []string{"", "many"} {
		for from := range 11 {
			keys := make([]string, 100)
			for i := range keys {
				keys[i] = fmt.Sprintf("k%02d%02d", from, i)
			}
			r.batch(p, pk, keys...)
		}
	}
	rows := 0 // a client's pages go on behind the empty partition too
	for pages := p.NewListEntitiesPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows += len(page.Entities)
	}
	total := 7*len(odd) + 2*1100
	if rows != total {
		t.Errorf("a client's query gives %d rows of %d", rows, total)
	}
	r.drain()
	r.failover(georep.Unplanned)
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.same(p, r.secondary().NewClient("Orders"))
	if n := len(r.rows(p)); n != total {
		t.Errorf("%d rows of %d were copied", n, total)
	}
}
