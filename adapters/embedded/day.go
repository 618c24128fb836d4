package embedded

import (
	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// The buckets of a day. A finished stream moves from open to finished, so that Index walks only what is left.
var (
	bucketOpen     = []byte("open")
	bucketFinished = []byte("finished")
	bucketBlocks   = []byte("blocks")
	bucketVersions = []byte("versions") // moves of marks and ends, counted by shard
	bucketStamps   = []byte("stamps")   // of blocks, where they are known; made by the first
)

// day is the buckets of one day; stamps is nil as long as there are none.
type day struct{ all, open, finished, blocks, versions, stamps *bolt.Bucket }

// dayOf finds a day's buckets, nil when there are none.
func dayOf(tx *bolt.Tx, d telemetry.Day) *day {
	b := tx.Bucket(bucketJournal).Bucket(keys.Day(d))
	if b == nil {
		return nil
	}
	return &day{b, b.Bucket(bucketOpen), b.Bucket(bucketFinished), b.Bucket(bucketBlocks), b.Bucket(bucketVersions),
		b.Bucket(bucketStamps)}
}

// makeDay finds or makes a day's buckets; fault.Conflict for one that was expired.
func makeDay(t *txn, op string, d telemetry.Day) (*day, error) {
	if found := dayOf(t.Tx, d); found != nil {
		return found, nil
	}
	if e := t.Bucket(bucketMeta).Get(keyDayExpired); e != nil && int32(d) < keys.Signed(e) {
		return nil, fault.New(fault.Conflict, op, "the day %s was given up", d)
	}
	t.dirty = true
	b, err := t.Bucket(bucketJournal).CreateBucket(keys.Day(d))
	if err != nil {
		return nil, err
	}
	for _, name := range [][]byte{bucketOpen, bucketFinished, bucketBlocks, bucketVersions} {
		if _, err := b.CreateBucket(name); err != nil {
			return nil, err
		}
	}
	return dayOf(t.Tx, d), nil
}
