package embedded

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/ports/queue"
)

// A queue is two buckets: messages by id, and the same ids by the time at which they are visible.
var (
	bucketMessages = []byte("messages")
	bucketVisible  = []byte("visible")
	keyLength      = []byte("length")
)

// line is the store as a queue.Queue.
type line struct {
	*Store
	name []byte
}

// Queue is the store's queue of a name, which must not be empty; its first message makes it. Queues of the same name
// are the same.
func (s *Store) Queue(name string) queue.Queue { return line{s, []byte(name)} }

// message is a stored message: version, count, inserted, visible, receipt, body.
type message struct {
	id                uint64
	count             uint32
	inserted, visible int64
	receipt           uint64
	body              []byte
}

const messageHeader = 1 + 4 + 8 + 8 + 8

func (m message) encode() []byte {
	b := append(make([]byte, 0, messageHeader+len(m.body)), recordVersion)
	b = binary.BigEndian.AppendUint32(b, m.count)
	b = binary.BigEndian.AppendUint64(b, uint64(m.inserted))
	b = binary.BigEndian.AppendUint64(b, uint64(m.visible))
	b = binary.BigEndian.AppendUint64(b, m.receipt)
	return append(b, m.body...)
}

// decodeMessage reads a message; the body is a copy.
func decodeMessage(id uint64, b []byte) (message, error) {
	if len(b) < messageHeader || b[0] != recordVersion {
		return message{}, errRecord
	}
	return message{id: id, count: binary.BigEndian.Uint32(b[1:]), inserted: int64(binary.BigEndian.Uint64(b[5:])),
		visible: int64(binary.BigEndian.Uint64(b[13:])), receipt: binary.BigEndian.Uint64(b[21:]),
		body: append(make([]byte, 0, len(b)-messageHeader), b[messageHeader:]...)}, nil
}

func (m message) public() queue.Message {
	return queue.Message{ID: strconv.FormatUint(m.id, 36), Body: m.body, Inserted: moment(m.inserted),
		DequeueCount: int(m.count)}
}

func (m message) delivery() queue.Delivery {
	return queue.Delivery{Message: m.public(), Receipt: strconv.FormatUint(m.receipt, 36)}
}

// lane is a queue's buckets within a transaction.
type lane struct{ top, messages, visible *bolt.Bucket }

// lane finds the buckets, nil when there was never a message.
func (q line) lane(tx *bolt.Tx) *lane {
	b := tx.Bucket(bucketQueues).Bucket(q.name)
	if b == nil {
		return nil
	}
	return &lane{b, b.Bucket(bucketMessages), b.Bucket(bucketVisible)}
}

func (q line) makeLane(t *txn) (*lane, error) {
	if l := q.lane(t.Tx); l != nil {
		return l, nil
	}
	t.dirty = true
	b, err := t.Bucket(bucketQueues).CreateBucket(q.name)
	if err != nil {
		return nil, err
	}
	if _, err := b.CreateBucket(bucketMessages); err != nil {
		return nil, err
	}
	if _, err := b.CreateBucket(bucketVisible); err != nil {
		return nil, err
	}
	return q.lane(t.Tx), nil
}

func idKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

func visibleKey(at int64, id uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(at)^1<<63), id)
}

func (l *lane) put(t *txn, m message) error {
	t.dirty = true
	if err := l.visible.Put(visibleKey(m.visible, m.id), []byte{}); err != nil {
		return err
	}
	return l.messages.Put(idKey(m.id), m.encode())
}

func (l *lane) remove(t *txn, m message) error {
	t.dirty = true
	if err := l.visible.Delete(visibleKey(m.visible, m.id)); err != nil {
		return err
	}
	return l.messages.Delete(idKey(m.id))
}

func (l *lane) length() uint64 {
	if v := l.top.Get(keyLength); len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (l *lane) setLength(n uint64) error {
	return l.top.Put(keyLength, binary.BigEndian.AppendUint64(nil, n))
}

// due copies out up to limit messages visible at a time.
func (l *lane) due(now int64, limit int) (out []message, err error) {
	if l == nil {
		return nil, nil
	}
	c := l.visible.Cursor()
	for k, _ := c.First(); k != nil && len(out) < limit; k, _ = c.Next() {
		if len(k) != 16 {
			return nil, keys.Err
		}
		if int64(binary.BigEndian.Uint64(k)^1<<63) > now {
			break
		}
		id := binary.BigEndian.Uint64(k[8:])
		m, err := decodeMessage(id, l.messages.Get(idKey(id)))
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// held finds the message of a delivery that is still good.
func (q line) held(tx *bolt.Tx, op string, d queue.Delivery) (*lane, message, error) {
	gone := fault.New(fault.NotFound, op, "the message is gone or somebody else has it")
	l := q.lane(tx)
	id, err1 := strconv.ParseUint(d.ID, 36, 64)
	receipt, err2 := strconv.ParseUint(d.Receipt, 36, 64)
	if l == nil || err1 != nil || err2 != nil {
		return nil, message{}, gone
	}
	v := l.messages.Get(idKey(id))
	if v == nil {
		return nil, message{}, gone
	}
	m, err := decodeMessage(id, v)
	if err != nil {
		return nil, message{}, fault.Wrap(fault.Corrupt, op, err)
	}
	if m.receipt != receipt || receipt == 0 {
		return nil, message{}, gone
	}
	return l, m, nil
}

// lease hides a message until a time under a new receipt.
func (l *lane) lease(t *txn, m *message, visibility time.Duration) error {
	t.dirty = true
	if err := l.visible.Delete(visibleKey(m.visible, m.id)); err != nil {
		return err
	}
	receipt, err := l.visible.NextSequence()
	if err != nil {
		return err
	}
	m.receipt, m.visible = receipt, later(t.now, visibility)
	return l.put(t, *m)
}

// later adds a duration without passing the end of time.
func later(nanos int64, d time.Duration) int64 {
	if nanos > math.MaxInt64-int64(d) {
		return math.MaxInt64
	}
	return nanos + int64(d)
}
