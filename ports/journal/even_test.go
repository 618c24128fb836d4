package journal_test

import (
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// TestEvenNeverFallsUnlessTheClockDoes: a time that the storage's clock has passed stays until a later one comes; one
// that lies ahead of it was written before the clock went back, and speaks of what nobody has seen.
func TestEvenNeverFallsUnlessTheClockDoes(t *testing.T) {
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	peer := journal.Peer{Region: "west", Generation: "W1"}
	for _, c := range []struct {
		what         string
		was, to, now time.Time
		want         time.Time
		fails        fault.Kind
	}{
		{"the first", time.Time{}, at(10), at(12), at(10), 0},
		{"a later one", at(10), at(11), at(12), at(11), 0},
		{"the same again", at(10), at(10), at(12), at(10), 0},
		{"an earlier one", at(10), at(9), at(12), at(10), 0},
		{"just now", at(10), at(12), at(12), at(12), 0},
		{"one of later than now", at(10), at(13), at(12), at(10), fault.Conflict},
		{"an earlier one, after the clock went back", at(100), at(11), at(12), at(11), 0},
		{"no time", at(10), time.Time{}, at(12), at(10), fault.Invalid},
	} {
		got, err := journal.RaisedEven("op", peer, c.was, c.to, c.now)
		if !got.Equal(c.want) || (err != nil || c.fails != 0) && fault.KindOf(err) != c.fails {
			t.Errorf("%s: %v, %v, want %v", c.what, got, err, c.want)
		}
	}
	for _, half := range []journal.Peer{{}, {Region: "west"}, {Generation: "W1"}} {
		if _, err := journal.RaisedEven("op", half, time.Time{}, at(1), at(2)); !fault.Is(err, fault.Invalid) {
			t.Errorf("with %+v: %v", half, err)
		}
	}
	for e, want := range map[journal.Even]bool{{}: false, {At: at(3)}: false, {Time: at(3), At: at(3)}: true,
		{Time: at(4), At: at(3)}: false} {
		if e.Sound() != want {
			t.Errorf("%+v is sound: %v", e, e.Sound())
		}
	}
}
