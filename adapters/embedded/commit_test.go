package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/embedded"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal/journaltest"
)

// A disk that fails in the middle of a commit leaves the outcome open; afterwards nothing is written, and reads go
// on.
func TestABrokenDiskIsIndeterminateOnceThenUnavailable(t *testing.T) {
	var file *os.File
	folder := t.TempDir()
	s, err := embedded.Open(folder, time.Now, embedded.Through(func(path string, flag int, mode os.FileMode) (*os.File,
		error) {
		f, err := os.OpenFile(path, flag, mode)
		file = f
		return f, err
	}))
	ok(t, err)
	defer func() { _ = s.Close() }() // closing what the test closed is an error
	_, err = s.Journal().Append(bg, block(stream("w"), 1, "kept"))
	ok(t, err)
	ok(t, file.Close())
	_, err = s.Journal().Append(bg, block(stream("w"), 2, "who knows"))
	kind(t, err, fault.Indeterminate)
	_, err = s.Journal().Append(bg, block(stream("w"), 2, "who knows"))
	kind(t, err, fault.Unavailable)
	if !strings.Contains(fault.Message(err), "disk") {
		t.Errorf("the error does not say what to do: %v", err)
	}
	for e, err := range s.Journal().Read(bg, stream("w"), 0) {
		ok(t, err)
		if e.Number == 1 && string(e.Block) != "kept" {
			t.Errorf("read %q", e.Block)
		}
	}
}

// A write that breaks the transaction takes nobody with it. (bbolt refuses a queue without a name.)
func TestOneBadWriteDoesNotSpoilAGroup(t *testing.T) {
	s := openProof(t, time.Now)
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for n := telemetry.Number(1); n <= 20; n++ {
				if _, err := s.Journal().Append(bg, block(stream(fmt.Sprint("w", w)), n, "x")); err != nil {
					t.Errorf("append: %v", err)
				}
				if err := s.Queue("").Send(bg, nil, 0); fault.KindOf(err) != fault.Unavailable {
					t.Errorf("send to a queue without a name: %v", err)
				}
			}
		})
	}
	writers.Wait()
	for w := range 16 {
		want := telemetry.Number(1)
		for e, err := range s.Journal().Read(bg, stream(fmt.Sprint("w", w)), 0) {
			ok(t, err)
			if e.Number != want {
				t.Fatalf("writer %d: number %d, want %d", w, e.Number, want)
			}
			want++
		}
		if want != 21 {
			t.Errorf("writer %d has %d blocks", w, want-1)
		}
	}
}

// Whoever gives up gets its answer at once, and what it wrote is there as a whole or not at all.
func TestCallersThatGiveUp(t *testing.T) {
	s := open(t, t.TempDir(), time.Now)
	big := strings.Repeat("0123456789", 100_000)
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for n := telemetry.Number(1); n <= 10; n++ {
				ctx, cancel := context.WithTimeout(bg, time.Duration(w)*time.Millisecond)
				a := block(stream(fmt.Sprint("w", w)), n, big)
				_, err := s.Journal().Append(ctx, a)
				clear(a.Block) // the block is the caller's again, whatever came of it
				cancel()
				if err != nil && fault.KindOf(err) != fault.Canceled {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	writers.Wait()
	for w := range 8 {
		for e, err := range s.Journal().Read(bg, stream(fmt.Sprint("w", w)), 0) {
			ok(t, err)
			if string(e.Block) != big {
				t.Fatalf("writer %d, number %d: a torn block of %d bytes", w, e.Number, len(e.Block))
			}
		}
	}
}

// Pages that rot are an error of the call that meets them, not the end of the process.
func TestRottenPagesAreCorrupt(t *testing.T) {
	folder := t.TempDir()
	s, err := embedded.Open(folder, time.Now, embedded.Options{})
	ok(t, err)
	for n := telemetry.Number(1); n <= 100; n++ {
		_, err := s.Journal().Append(bg, block(stream("w"), n, strings.Repeat("x", 3000)))
		ok(t, err)
	}
	ok(t, s.Close())
	path := filepath.Join(folder, embedded.FileName)
	b, err := os.ReadFile(path)
	ok(t, err)
	rotten := 0
	for at := 4096 * 4; at < len(b); at += 4096 {
		if strings.Contains(string(b[at:at+4096]), "xxxxx") {
			copy(b[at:], strings.Repeat("\xee", 512))
			rotten++
		}
	}
	if rotten == 0 {
		t.Fatal("no page with blocks was found")
	}
	ok(t, os.WriteFile(path, b, 0o600))
	s, err = embedded.Open(folder, time.Now, embedded.Options{})
	if err != nil {
		kind(t, err, fault.Corrupt)
		return
	}
	defer s.Close()
	var failed error
	for _, err := range s.Journal().Read(bg, stream("w"), 0) {
		failed = errors.Join(failed, err)
	}
	kind(t, failed, fault.Corrupt)
}

// What was given up makes room: the file of a store that drops as much as it appends stays small.
func TestDroppedPagesAreUsedAgain(t *testing.T) {
	folder := t.TempDir()
	s, err := embedded.Open(folder, time.Now, embedded.NoSync())
	ok(t, err)
	defer s.Close()
	body := strings.Repeat("x", 500_000)
	for n := telemetry.Number(1); n <= 400; n++ {
		_, err := s.Journal().Append(bg, block(stream("w"), n, body))
		ok(t, err)
		ok(t, s.Journal().Drop(bg, stream("w"), n))
	}
	info, err := os.Stat(filepath.Join(folder, embedded.FileName))
	ok(t, err)
	if info.Size() > 40<<20 {
		t.Errorf("200 MB went through and the file has %d bytes", info.Size())
	}
}

// A drop of many blocks is several transactions: one that fails in the middle has happened in part, and is done
// again.
func TestADropThatStopsHalfway(t *testing.T) {
	s := openProof(t, time.Now)
	const blocks = 1100 // more than one transaction deletes
	for n := telemetry.Number(1); n <= blocks; n++ {
		_, err := s.Journal().Append(bg, block(stream("w"), n, "x"))
		ok(t, err)
	}
	disturb(s).arm(journaltest.Failed, 1)
	kind(t, s.Journal().Drop(bg, stream("w"), blocks), fault.Indeterminate)
	for e, err := range s.Journal().Read(bg, stream("w"), 0) {
		ok(t, err)
		t.Fatalf("number %d is read below the mark", e.Number)
	}
	ok(t, s.Journal().Drop(bg, stream("w"), blocks))
	x, err := s.Journal().Index(bg, stream("w").Shard, stream("w").Day)
	ok(t, err)
	if len(x.Streams) != 1 || x.Streams[0].Mark != blocks {
		t.Errorf("the mark is not at %d: %+v", blocks, x)
	}
}
