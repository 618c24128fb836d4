package embedded_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

func TestAFolderHasOneHolder(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, time.Now)
	_, err := embedded.Open(folder, time.Now, embedded.Options{LockTimeout: 50 * time.Millisecond})
	kind(t, err, fault.Conflict)
	if !strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("the error does not name the folder and the reason: %v", err)
	}
	ok(t, first.Close())
	ok(t, first.Close())
	open(t, folder, time.Now)
}

func TestOpenMakesTheFolder(t *testing.T) {
	open(t, filepath.Join(t.TempDir(), "a", "b"), time.Now)
	file := filepath.Join(t.TempDir(), "file")
	ok(t, os.WriteFile(file, nil, 0o600))
	_, err := embedded.Open(file, time.Now, embedded.Options{})
	kind(t, err, fault.Unavailable)
}

func TestBrokenFilesAreNamed(t *testing.T) {
	whole := t.TempDir()
	s, err := embedded.Open(whole, time.Now, embedded.Options{})
	ok(t, err)
	for i := range 20 {
		_, err := s.Journal().Append(bg, block(stream("w"), telemetry.Number(1+i), strings.Repeat("x", 50_000)))
		ok(t, err)
	}
	ok(t, s.Close())
	good, err := os.ReadFile(filepath.Join(whole, embedded.FileName))
	ok(t, err)
	for name, change := range map[string]func([]byte) []byte{
		"cut to a page":   func(b []byte) []byte { return b[:4096] },
		"cut in two":      func(b []byte) []byte { return b[:len(b)/3/4096*4096] },
		"overwritten":     func(b []byte) []byte { return bytes.Repeat([]byte("no"), len(b)/2) },
		"both meta pages": func(b []byte) []byte { clear(b[:8192]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			ok(t, os.WriteFile(filepath.Join(folder, embedded.FileName), change(bytes.Clone(good)), 0o600))
			s, err := embedded.Open(folder, time.Now, embedded.Options{})
			if err == nil {
				ok(t, s.Close())
			}
			kind(t, err, fault.Corrupt)
			if !strings.Contains(fault.Message(err), filepath.Join(folder, embedded.FileName)) {
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
}

func TestForeignAndNewerFilesAreRefused(t *testing.T) {
	foreign := t.TempDir()
	edit(t, foreign, func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("somebody else's"))
		return err
	})
	_, err := embedded.Open(foreign, time.Now, embedded.Options{})
	kind(t, err, fault.Corrupt)

	newer := t.TempDir()
	ok(t, open(t, newer, time.Now).Close())
	edit(t, newer, func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{2}) })
	_, err = embedded.Open(newer, time.Now, embedded.Options{})
	kind(t, err, fault.Invalid)
	if !strings.Contains(err.Error(), "format 2") {
		t.Errorf("the error does not name the format: %v", err)
	}
}

func edit(t *testing.T, folder string, f func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(folder, embedded.FileName), 0o600, nil)
	ok(t, err)
	ok(t, db.Update(f))
	ok(t, db.Close())
}

func TestAfterCloseNothingHappens(t *testing.T) {
	s := open(t, t.TempDir(), time.Now)
	ok(t, s.Close())
	_, err := s.Journal().Append(bg, block(stream("w"), 1, "x"))
	kind(t, err, fault.Unavailable)
	_, err = s.Journal().Identity(bg)
	kind(t, err, fault.Unavailable)
	_, err = s.Account().Tidemark(bg)
	if err == nil {
		return // the clock may be told as long as it does not have to be written
	}
	kind(t, err, fault.Unavailable)
}

// TestAJournalFromBeforeTheBound has the default, and no other.
func TestAJournalFromBeforeTheBound(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, time.Now)
	place := journal.Place{Region: "east", Generation: "1", Bound: time.Hour}
	ok(t, s.Directory().Init(bg, place))
	ok(t, s.Close())
	edit(t, folder, func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("bound")) })
	s = open(t, folder, time.Now)
	place.Bound = 2 * time.Minute
	if p, err := s.Journal().Identity(bg); err != nil || !p.Equal(place) {
		t.Errorf("identity %v %v, want %v", p, err, place)
	}
	ok(t, s.Directory().Init(bg, place))
	place.Bound = time.Hour
	kind(t, s.Directory().Init(bg, place), fault.Conflict)
	ok(t, s.Close())
}

func TestEverythingIsThereAgain(t *testing.T) {
	folder, clock := t.TempDir(), &hand{t: start}
	s := open(t, folder, clock.now)
	place := journal.Place{Region: "east", Generation: "1", Bound: time.Minute}
	ok(t, s.Directory().Init(bg, place))
	ok(t, s.Directory().Register(bg, stream("w").Shard, stream("w").Day))
	big := strings.Repeat("0123456789", 150_000)
	_, err := s.Journal().Append(bg, block(stream("w"), 1, big))
	ok(t, err)
	key := chunks.HorizonKey("t")
	ok(t, s.Rows().Apply(bg, chunks.Change{Key: key, Value: []byte("v")}))
	before, err := s.Rows().Get(bg, key)
	ok(t, err)
	ok(t, s.Queue("q").Send(bg, []byte("m"), 0))
	ok(t, s.Close())

	s = open(t, folder, clock.now)
	if p, err := s.Journal().Identity(bg); err != nil || !p.Equal(place) {
		t.Errorf("identity %v %v", p, err)
	}
	if d, err := s.Directory().First(bg, stream("w").Shard); err != nil || d != stream("w").Day-1 {
		t.Errorf("first day %v %v", d, err)
	}
	for e, err := range s.Journal().Read(bg, stream("w"), 0) {
		ok(t, err)
		if e.Number != 1 || string(e.Block) != big {
			t.Errorf("read number %d with %d bytes", e.Number, len(e.Block))
		}
	}
	after, err := s.Rows().Get(bg, key)
	ok(t, err)
	if string(after.Value) != "v" || after.Version != before.Version || !after.Committed.Equal(before.Committed) {
		t.Errorf("row %v, was %v", after, before)
	}
	if n, err := s.Queue("q").Length(bg); err != nil || n != 1 {
		t.Errorf("queue length %d %v", n, err)
	}
}

func TestCanceledBeforeItBegan(t *testing.T) {
	s := open(t, t.TempDir(), time.Now)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	_, err := s.Journal().Append(ctx, block(stream("w"), 1, "x"))
	kind(t, err, fault.Canceled)
	for range s.Journal().Read(bg, stream("w"), 0) {
		t.Error("a canceled append was stored")
	}
	x, err := s.Journal().Index(bg, stream("w").Shard, stream("w").Day)
	ok(t, err)
	if len(x.Streams) != 0 {
		t.Errorf("a canceled append made a stream: %v", x)
	}
}

func TestAFullStoreRefusesAndGoesOn(t *testing.T) {
	s, err := embedded.Open(t.TempDir(), time.Now, embedded.Options{MaxBytes: 24 << 20})
	ok(t, err)
	defer s.Close()
	j, n := s.Journal(), telemetry.Number(0)
	body := strings.Repeat("x", 500_000)
	for {
		_, err := j.Append(bg, block(stream("w"), n+1, body))
		if err != nil {
			kind(t, err, fault.Unavailable)
			break
		}
		if n++; n > 1000 {
			t.Fatal("the bound is not kept")
		}
	}
	seen := telemetry.Number(0)
	for e, err := range j.Read(bg, stream("w"), 0) {
		ok(t, err)
		seen = e.Number
	}
	if seen != n {
		t.Fatalf("%d blocks acknowledged, %d there", n, seen)
	}
	ok(t, j.Drop(bg, stream("w"), n))
	_, err = j.Append(bg, block(stream("w"), n+1, body))
	ok(t, err)
}

func TestABoundThatIsTooSmall(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a")
	for _, n := range []int64{-1, 100, embedded.LeastMaxBytes - 1} {
		_, err := embedded.Open(folder, time.Now, embedded.Options{MaxBytes: n})
		kind(t, err, fault.Invalid)
		if !strings.Contains(fault.Message(err), "1048576") {
			t.Errorf("%v", err)
		}
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder was made")
	}
	s, err := embedded.Open(folder, time.Now, embedded.Options{MaxBytes: embedded.LeastMaxBytes})
	ok(t, err)
	ok(t, s.Close())
}

// TestALargerFileStays: a bound below the size of the file refuses what finds no room in it, and nothing else.
func TestALargerFileStays(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, time.Now)
	big := strings.Repeat("x", 500_000)
	for n := range telemetry.Number(8) {
		_, err := s.Journal().Append(bg, block(stream("w"), 1+n, big))
		ok(t, err)
	}
	ok(t, s.Close())
	size := func() int64 {
		info, err := os.Stat(filepath.Join(folder, embedded.FileName))
		ok(t, err)
		return info.Size()
	}
	before := size()
	s, err := embedded.Open(folder, time.Now, embedded.Options{MaxBytes: embedded.LeastMaxBytes})
	ok(t, err)
	defer s.Close()
	ok(t, s.Journal().Drop(bg, stream("w"), 8))
	_, err = s.Journal().Append(bg, block(stream("w"), 9, big))
	ok(t, err)
	for n := telemetry.Number(10); err == nil && n < 1000; n++ {
		_, err = s.Journal().Append(bg, block(stream("w"), n, big))
	}
	kind(t, err, fault.Unavailable)
	if !strings.Contains(fault.Message(err), "may not grow") {
		t.Errorf("%v", err)
	}
	if after := size(); after > before {
		t.Errorf("the file grew from %d to %d bytes", before, after)
	}
}
