package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"tidemark/simulator/gateway/internal/sharedkey"
	"tidemark/simulator/georep"
)

// TestCompareKeys: keys have the order of JavaScript's strings, in which the stores give their pages.
func TestCompareKeys(t *testing.T) {
	letters := []string{"", "a", "b", "é", "\ud7ff", "\ue000", "！", "\uffff", "\U00010000", "😀", "\U0010ffff"}
	for _, a := range letters {
		for _, b := range letters {
			for _, pair := range [][2]string{{a, b}, {"x" + a, "x" + b}, {a + "y", b + "y"}, {a + b, b + a}} {
				want := slices.Compare(utf16.Encode([]rune(pair[0])), utf16.Encode([]rune(pair[1])))
				if got := compareKeys(pair[0], pair[1]); cmp.Compare(got, 0) != want {
					t.Errorf("%q and %q: %d, want %d", pair[0], pair[1], got, want)
				}
			}
		}
	}
}

// shelf is a store that has one row without a carrier, and counts the writes to it.
type shelf struct {
	rows   string
	asked  func() // before it gives its rows
	writes atomic.Int32
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		s.writes.Add(1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if s.asked != nil {
		s.asked()
	}
	_, _ = fmt.Fprintf(w, `{"value":[%s]}`, s.rows)
}

// undriven is an account whose stores are handlers, and which nothing drives but the test.
func undriven(t *testing.T, east, west http.Handler, geo georep.Options) *Account {
	t.Helper()
	stores := map[georep.Region]Store{}
	for region, h := range map[georep.Region]http.Handler{"east": east, "west": west} {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		stores[region] = Store{Table: s.URL, Queue: s.URL}
	}
	g, err := New(Options{Stores: stores})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	geo.Primary, geo.Secondary = "east", "west"
	o := AccountOptions{Name: "copies", Key: "Y29waWVz", Geo: geo}
	key, err := sharedkey.New(o.Name, o.Key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAccount(g, o, key)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// copies is an account in bootstrap whose one partition waits for its copy.
func copies(t *testing.T, east, west http.Handler) (*Account, georep.Partition) {
	t.Helper()
	a := undriven(t, east, west, georep.Options{Bootstrap: true})
	p := georep.Partition{Service: georep.Table, Container: "orders", Key: "a"}
	a.named("orders", "Orders")
	a.geo.List(a.tick(), []georep.Partition{p})
	return a, p
}

const plainRow = `{"odata.etag":"W/\"datetime'2026-01-02T03%3A04%3A05.0000000Z'\"","PartitionKey":"a","RowKey":"1",` +
	`"Timestamp":"2026-01-02T03:04:05.0000000Z","n":1}`

// TestCopyLeavesThePrimaryAlone: a row without a stamp gets one at the primary only while its partition is held. Else
// a write, or the deletion, of that row could come between the reading of it and its stamp.
func TestCopyLeavesThePrimaryAlone(t *testing.T) {
	for held, want := range map[bool]int32{false: 0, true: 1} {
		east, west := &shelf{rows: plainRow}, &shelf{}
		a, p := copies(t, east, west)
		if _, err := a.copyRows(t.Context(), p, a.now, 0, held); err != nil {
			t.Fatal(err)
		}
		if got := east.writes.Load(); got != want || west.writes.Load() != 1 {
			t.Errorf("held %t: %d writes at the primary, want %d, and %d at the secondary, want 1", held, got, want,
				west.writes.Load())
		}
	}
}

// TestCopyOfADeletedTable: the table is deleted after its rows were read. What the log has of the table that comes
// after it is on its way; the old rows must not come after it.
func TestCopyOfADeletedTable(t *testing.T) {
	east, west := &shelf{rows: plainRow}, &shelf{}
	a, p := copies(t, east, west)
	east.asked = func() {
		whole := georep.Partition{Service: p.Service, Container: p.Container, Whole: true}
		h, err := a.locks.hold(t.Context(), whole)
		if err != nil {
			t.Error(err)
			return
		}
		defer h.release()
		ticket, err := a.arrive("east", georep.Table)
		if err != nil {
			t.Error(err)
			return
		}
		a.commit(ticket, &write{partition: whole, rows: 1, empties: true}, nil)
	}
	if _, err := a.copyRows(t.Context(), p, a.now, 0, false); !errors.Is(err, errNotNeeded) {
		t.Errorf("the copy ended with %v", err)
	}
	if n := west.writes.Load(); n != 0 {
		t.Errorf("%d writes at the secondary", n)
	}
}

// TestCopyWaitsForTheTable: no old row is on its way to the secondary when a table's deletion begins.
func TestCopyWaitsForTheTable(t *testing.T) {
	east, west := &shelf{rows: plainRow}, &shelf{}
	a, p := copies(t, east, west)
	h := hold(t, a.locks, georep.Partition{Service: p.Service, Container: p.Container, Whole: true})
	done := make(chan error, 1)
	go func() {
		_, err := a.copyRows(t.Context(), p, a.now, 0, false)
		done <- err
	}()
	time.Sleep(20 * time.Millisecond)
	if n := west.writes.Load(); n != 0 {
		t.Errorf("%d writes at the secondary while the table is held", n)
	}
	h.release()
	if err := <-done; err != nil || west.writes.Load() != 1 {
		t.Errorf("afterwards: %d writes, error %v", west.writes.Load(), err)
	}
}

// TestCopyOfOddKeys: keys and values that are empty, quoted, beyond U+FFFF or what JavaScript takes for a line end, and
// partitions of several pages.
func TestCopyOfOddKeys(t *testing.T) {
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
	copied, want := stored(t, r, "east"), stored(t, r, "west")
	if len(want) != total || !maps.Equal(copied, want) {
		t.Errorf("the copy has %d rows, and what was copied %d of %d; or they differ", len(copied), len(want), total)
	}
}

// stored are the stamps of all rows of Orders at a region's store, by keys.
func stored(t *testing.T, r *rig, region georep.Region) map[[2]string]time.Time {
	t.Helper()
	all := map[[2]string]time.Time{}
	for pages := r.a.rowPages(region, "Orders", "", ""); !pages.done; {
		var page struct{ Value []row }
		if err := pages.next(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Value {
			all[[2]string{string(row.fields["PartitionKey"]), row.key}] = row.stamp
		}
	}
	return all
}
