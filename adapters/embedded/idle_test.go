package embedded_test

import (
	"testing"
	"time"

	"tidemark/ports/chunks"
)

// TestAnIdleStoreIsNotWrittenTo asks for an hour what the background of a node without work asks: the file stays as
// it is, and every time told is the clock's all the same.
func TestAnIdleStoreIsNotWrittenTo(t *testing.T) {
	clock := &hand{t: start}
	s := open(t, t.TempDir(), clock.now)
	work, own := s.Queue("work"), s.Background()
	ok(t, work.Send(bg, []byte("one that is done"), 0))
	got, err := work.Receive(bg, 1, time.Minute)
	ok(t, err)
	ok(t, work.Delete(bg, got[0]))
	ok(t, work.Send(bg, []byte("one that hides"), 2*time.Hour))
	before := s.Commits()
	for range 7200 {
		clock.add(500 * time.Millisecond)
		if got, err := work.Receive(bg, 32, 30*time.Second); err != nil || len(got) > 0 {
			t.Fatalf("received %v, %v", got, err)
		}
		now, err := own.Directory().Now(bg)
		ok(t, err)
		tide, err := own.Account().Tidemark(bg)
		ok(t, err)
		idx, err := own.Journal().Index(bg, stream("w").Shard, stream("w").Day)
		ok(t, err)
		if at := clock.now(); !now.Equal(at) || !tide.At.Equal(at) || !idx.At.Equal(at) {
			t.Fatalf("at %s now is %s, the tidemark %s, the index of %s", at, now, tide.At, idx.At)
		}
	}
	if after := s.Commits(); after != before {
		t.Errorf("an idle store was written to %d times in an hour", after-before)
	}
}

// TestAWriteKeepsTheTimeThatItsWorkWasTold sets the clock back while a store is closed, behind what only background
// work had been told: what that work wrote is not behind it, and nothing that is written later.
func TestAWriteKeepsTheTimeThatItsWorkWasTold(t *testing.T) {
	folder, clock := t.TempDir(), &hand{t: start}
	s := open(t, folder, clock.now)
	clock.add(40 * time.Second)
	tide, err := s.Background().Account().Tidemark(bg)
	ok(t, err)
	clock.add(-30 * time.Second)
	key := chunks.TaskKey("t", "x")
	ok(t, s.Rows().Apply(bg, chunks.Change{Key: key, Value: []byte("v")}))
	row, err := s.Rows().Get(bg, key)
	ok(t, err)
	if row.Committed.Before(tide.At) {
		t.Errorf("a row was committed at %s, after %s was told", row.Committed, tide.At)
	}
	ok(t, s.Close())
	s = open(t, folder, clock.now)
	if again := tidemark(t, s); again.Before(tide.At) {
		t.Errorf("opened again the tidemark fell from %s to %s", tide.At, again)
	}
}
