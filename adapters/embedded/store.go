package embedded

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	bolt "go.etcd.io/bbolt"

	"tidemark/domain/fault"
)

// FileName is the data file within the folder.
const FileName = "tidemark.db"

// format is the version of the file's layout.
const format = 1

var (
	bucketMeta    = []byte("meta")    // what follows here
	bucketJournal = []byte("journal") // a bucket a day: open, finished, blocks, versions
	bucketShards  = []byte("shards")  // first days
	bucketRows    = []byte("rows")    // a bucket a table
	bucketQueues  = []byte("queues")  // a bucket a queue

	keyFormat      = []byte("format")
	keyClock       = []byte("clock")
	keyPlace       = []byte("place")
	keyBound       = []byte("bound")        // of the place, in nanoseconds; a journal from before it has the default
	keyLowered     = []byte("lowered")      // how often a first day was lowered, of all shards together
	keyDayExpired  = []byte("expired-day")  // days before it are given up
	keyYearExpired = []byte("expired-year") // so are years
)

// LeastMaxBytes is the least that Options.MaxBytes may be: an empty file has 32 KiB, and one that holds something
// soon needs several times that.
const LeastMaxBytes = 1 << 20

// Store is an open data file. It is safe for concurrent use.
type Store struct {
	db    *bolt.DB
	clock *clock

	mu      sync.Mutex
	wake    *sync.Cond
	queued  []*write
	closing bool
	refusal string // why no write is taken any more
	stopped chan struct{}

	disturb func(op string, call func() error) error // a test's faults; nil in a program
}

func check(tx *bolt.Tx) (kept int64, err error) {
	if info, err := os.Stat(tx.DB().Path()); err == nil && info.Size() < tx.Size() {
		return 0, fmt.Errorf("it has %d bytes and needs %d: it was cut short", info.Size(), tx.Size())
	}
	meta := tx.Bucket(bucketMeta)
	v, c := meta.Get(keyFormat), meta.Get(keyClock)
	if len(v) != 1 || len(c) != 8 {
		return 0, errRecord
	}
	if v[0] != format {
		return 0, fault.New(fault.Invalid, "embedded.open",
			"%s has format %d and this program reads format %d: use the program that wrote it",
			tx.DB().Path(), v[0], format)
	}
	return int64(binary.BigEndian.Uint64(c)), nil
}

// syncFolder makes the name of a new file as durable as the file.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = f.Sync() // not every file system can
	return f.Close()
}

// Close writes what waits and lets go of the folder. It waits for reads and writes under way. Everything afterwards
// is fault.Unavailable. Closing again is harmless.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closing = true
	if s.refusal == "" {
		s.refusal = "the data file is closed"
	}
	s.wake.Signal()
	s.mu.Unlock()
	<-s.stopped
	return fault.Wrap(fault.Unavailable, "embedded.close", s.db.Close())
}
