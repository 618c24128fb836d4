package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"unicode/utf16"

	"tidemark/adapters/goruntime"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/wire/sharedkey"
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
	writes atomic.Int32
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		s.writes.Add(1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_, _ = fmt.Fprintf(w, `{"value":[%s]}`, s.rows)
}

const plainRow = `{"odata.etag":"W/\"datetime'2026-01-02T03%3A04%3A05.0000000Z'\"","PartitionKey":"a","RowKey":"1",` +
	`"Timestamp":"2026-01-02T03:04:05.0000000Z","n":1}`

// between makes the stores of two handlers.
func between(t *testing.T, east, west http.Handler) *Store {
	t.Helper()
	where := map[georep.Region]Address{}
	for region, h := range map[georep.Region]http.Handler{"east": east, "west": west} {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		where[region] = Address{Table: s.URL, Queue: s.URL}
	}
	key, err := sharedkey.New("copies", "Y29waWVz")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Account: "copies", Sign: key, Sched: goruntime.New(), Do: http.DefaultTransport.RoundTrip,
		Where: func(r georep.Region) Address { return where[r] }})
	s.named("orders", "Orders")
	return s
}

var orders = georep.Partition{Service: georep.Table, Container: "orders", Key: "a"}

// TestCopyLeavesThePrimaryAlone: a row without a stamp gets one at the primary only while its partition is held. Else
// a write, or the deletion, of that row could come between the reading of it and its stamp.
func TestCopyLeavesThePrimaryAlone(t *testing.T) {
	shared := account.Pace{Enter: func(context.Context) (func(), error) { return func() {}, nil }}
	for pace, want := range map[*account.Pace]int32{&shared: 0, {}: 1} {
		east, west := &shelf{rows: plainRow}, &shelf{}
		if _, err := between(t, east, west).Copy(t.Context(), orders, "east", "west", *pace); err != nil {
			t.Fatal(err)
		}
		if got := east.writes.Load(); got != want || west.writes.Load() != 1 {
			t.Errorf("held %t: %d writes at the primary, want %d, and %d at the secondary, want 1", pace.Held(), got,
				want, west.writes.Load())
		}
	}
}

// TestCopyThatIsNotNeeded: a table is deleted after its rows were read. What the log has of the table that comes after
// it is on its way; the old rows must not come after it.
func TestCopyThatIsNotNeeded(t *testing.T) {
	east, west := &shelf{rows: plainRow}, &shelf{}
	pace := account.Pace{Enter: func(context.Context) (func(), error) { return nil, account.ErrNotNeeded }}
	if _, err := between(t, east, west).Copy(t.Context(), orders, "east", "west", pace); !errors.Is(err,
		account.ErrNotNeeded) {
		t.Errorf("the copy ended with %v", err)
	}
	if n := west.writes.Load(); n != 0 {
		t.Errorf("%d writes at the secondary", n)
	}
}
