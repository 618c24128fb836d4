package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"tidemark/domain/fault"
)

// Open opens the data file of a folder, and makes both if they do not exist. The clock is the machine's; the store
// makes it monotonic.
//
// A folder that another process holds is fault.Conflict; a file that is broken, or not one of ours, fault.Corrupt; a
// newer format, a clock far behind the last write, or a MaxBytes that is too small, fault.Invalid; a folder that
// cannot be made or read fault.Unavailable. Each says the path and what to do.
func Open(folder string, clock func() time.Time, opts Options) (*Store, error) {
	const op = "embedded.open"
	if opts.LockTimeout <= 0 {
		opts.LockTimeout = time.Second
	}
	if opts.MaxClockAhead <= 0 {
		opts.MaxClockAhead = time.Minute
	}
	if opts.MaxBytes != 0 && opts.MaxBytes < LeastMaxBytes {
		return nil, fault.New(fault.Invalid, op, "%d bytes are too few for a data file: allow it at least %d, or "+
			"any number", opts.MaxBytes, LeastMaxBytes)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Op: op, Message: "the data folder " + folder +
			" cannot be made", Cause: err}
	}
	path := filepath.Join(folder, FileName)
	db, err := openFile(path, opts)
	if err != nil {
		return nil, openFailed(op, path, err)
	}
	kept, fresh, err := prepare(db, folder, clock)
	if err == nil && kept > clock().Add(opts.MaxClockAhead).UnixNano() {
		err = fault.New(fault.Invalid, op, "the last write of %s is dated %s, ahead of this machine's clock: set "+
			"the clock right",
			path, moment(kept).Format(time.RFC3339))
	}
	if err != nil {
		_ = db.Close()
		if isFault(err) {
			return nil, err
		}
		return nil, openFailed(op, path, err)
	}
	s := &Store{db: db, clock: newClock(clock, kept, fresh), stopped: make(chan struct{})}
	s.wake = sync.NewCond(&s.mu)
	go s.commits()
	return s, nil
}

// openFile opens the tree. A file that was cut short makes reads of the memory map fault: such faults become errors
// here.
func openFile(path string, opts Options) (db *bolt.DB, err error) {
	// The free list is kept in the file: opening is then quick however large the file is, and a broken page is found
	// when it is read. Without it bbolt walks the whole tree at every start, on a goroutine of its own whose panic
	// nobody can catch.
	o := &bolt.Options{Timeout: opts.LockTimeout, FreelistType: bolt.FreelistMapType, MaxSize: int(opts.MaxBytes),
		NoSync: opts.noSync, OpenFile: opts.openFile}
	err = guard(func() error {
		db, err = bolt.Open(path, 0o600, o)
		return err
	})
	return db, err
}

func openFailed(op, path string, err error) error {
	e := &fault.Error{Kind: fault.Corrupt, Op: op, Cause: err,
		Message: fmt.Sprintf("%s is broken or not a data file of tidemark: restore it, or name another folder", path)}
	var file *os.PathError
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		e.Kind, e.Message = fault.Conflict, fmt.Sprintf(
			"%s is in use by another process: stop it, or name another folder", path)
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		e.Kind, e.Message = fault.Invalid, fmt.Sprintf("%s is larger than it may be: allow it more bytes", path)
	case errors.As(err, &file):
		e.Kind, e.Message = fault.Unavailable, fmt.Sprintf("%s cannot be opened", path)
	}
	return e
}

// prepare makes the buckets of a new file or checks those of an old one, and returns the last time in it.
func prepare(db *bolt.DB, folder string, clock func() time.Time) (kept int64, fresh bool, err error) {
	err = guard(func() error {
		return db.View(func(tx *bolt.Tx) error {
			if fresh = tx.Bucket(bucketMeta) == nil; fresh {
				if k, _ := tx.Cursor().First(); k != nil {
					return errors.New("it holds something else")
				}
				return nil
			}
			kept, err = check(tx)
			return err
		})
	})
	if err != nil || !fresh {
		return kept, fresh, err
	}
	kept = clock().UnixNano()
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketJournal, bucketShards, bucketRows, bucketQueues} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketMeta).Put(keyClock, binary.BigEndian.AppendUint64(nil, uint64(kept))); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keyFormat, []byte{format})
	})
	if err != nil {
		return 0, fresh, err
	}
	return kept, fresh, syncFolder(folder)
}

// Options of a store; the zero value is good.
type Options struct {
	// LockTimeout is how long Open waits for another process to let go of the folder; 1 s unless set.
	LockTimeout time.Duration
	// MaxBytes is the size over which the file does not grow; 0 is without bound, else it is at least LeastMaxBytes.
	// A write that finds no room in the file then is fault.Unavailable. A file that is larger already stays so, and
	// takes what finds room in it.
	MaxBytes int64
	// MaxClockAhead is how far the last write may lie in this machine's future before Open refuses: the store's clock
	// stands until the machine's has caught up. 1 min unless set.
	MaxClockAhead time.Duration

	noSync   bool                                             // for tests that try no crash
	openFile func(string, int, os.FileMode) (*os.File, error) // for tests that break the disk; nil is os.OpenFile
}
