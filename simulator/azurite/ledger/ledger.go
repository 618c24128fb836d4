package ledger

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"tidemark/simulator/wire/queues"
)

// DefaultTexts bounds what a ledger keeps of the texts of messages, in bytes over both regions.
const DefaultTexts = 512 << 20

// Message is a message as clients see it, whichever region serves it: everything of it is what the region said to
// which it was put.
type Message struct {
	ID       string
	Inserted time.Time
	Expires  time.Time // in the year 9999 of one that never does
	Visible  time.Time // it is hidden until then
	Dequeues int
	Text     string // as it stands in XML
}

// kept is a message in a region's store.
type kept struct {
	Message
	local   string // its id there
	receipt string // the last that the store gave for it; "" is none
	native  int    // the store's own dequeue count
	rank    uint64 // order of arrival in the store
}

// shelf is a queue in a region's store.
type shelf struct {
	metadata map[string]string
	acl      string // a SignedIdentifiers document; "" is none was set
	byID     map[string]*kept
	byLocal  map[string]*kept
	unsure   bool // the store may have something else
	absent   bool // there is no such queue; only the doubt about it is
	swept    int  // messages after the last sweep
}

// Ledger is what the regions' stores have of an account's queues. Azurite gives a message another id, another time
// and another receipt when it is repeated in another region, counts its dequeues anew, and cannot list what is
// hidden; the ledger joins them. It is in memory: after a restart messages that a store still has are taken up when
// they are next received. It is safe for concurrent use.
type Ledger struct {
	mu    sync.Mutex
	books map[string]map[string]*shelf // by region and queue
	holds map[[2]string]*sync.RWMutex
	ranks uint64
	texts int
	most  int
}

// NewLedger makes an empty ledger that keeps at most so many bytes of texts.
func NewLedger(texts int) *Ledger {
	return &Ledger{books: map[string]map[string]*shelf{}, holds: map[[2]string]*sync.RWMutex{}, most: texts}
}

// Hold is the lock of a queue in a region: readers of a secondary share it, what repeats a write there has it alone,
// so that the messages of one Get change together.
func (l *Ledger) Hold(region, queue string) *sync.RWMutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	hold, ok := l.holds[[2]string{region, queue}]
	if !ok {
		hold = &sync.RWMutex{}
		l.holds[[2]string{region, queue}] = hold
	}
	return hold
}

// Full reports whether a text of so many bytes is too much, in a region and in its copy.
func (l *Ledger) Full(now time.Time, bytes int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.texts+2*bytes <= l.most {
		return false
	}
	for _, book := range l.books {
		for _, s := range book {
			l.sweep(s, now)
		}
	}
	return l.texts+2*bytes > l.most
}

// queues are the names of a region's queues.
func (l *Ledger) queues(region string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for name, s := range l.books[region] {
		if !s.absent {
			names = append(names, name)
		}
	}
	return names
}

// Has reports whether a region has a queue.
func (l *Ledger) Has(region, queue string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.books[region][queue]
	return s != nil && !s.absent
}

// Local is the id in a region's store of a message that a client names; itself when it is not known.
func (l *Ledger) Local(region, queue, id string) string {
	if m := l.find(region, queue, id); m != nil {
		return m.local
	}
	return id
}

// Latest reports whether a request names the receipt that a region's store gave last for its message.
func (l *Ledger) Latest(region string, q *queues.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.books[region][q.Queue]
	if s == nil || s.byID[q.Message] == nil {
		return false
	}
	last := s.byID[q.Message].receipt
	return last != "" && last == q.Receipt()
}

// Void says that a region's store may have given other receipts for the messages of a queue than the ledger has: the
// answer to a Get was lost.
func (l *Ledger) Void(region, queue string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.books[region][queue]; s != nil {
		for _, m := range s.byID {
			m.receipt = ""
		}
	}
}

func (l *Ledger) find(region, queue, id string) *kept {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.books[region][queue]; s != nil {
		return s.byID[id]
	}
	return nil
}

// Forget drops a region: its store was wiped.
func (l *Ledger) Forget(region string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for queue := range l.books[region] {
		l.drop(region, queue)
	}
}

// Doubt says that a store may have something else than the ledger.
func (l *Ledger) Doubt(region, queue string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.books[region][queue] != nil
	s := l.at(region, queue)
	s.unsure, s.absent = true, s.absent || !known
}

// at is a region's queue; it is there from now on. mu is held.
func (l *Ledger) at(region, queue string) *shelf {
	if l.books[region] == nil {
		l.books[region] = map[string]*shelf{}
	}
	s, ok := l.books[region][queue]
	if !ok {
		s = &shelf{metadata: map[string]string{}, byID: map[string]*kept{}, byLocal: map[string]*kept{}}
		l.books[region][queue] = s
	}
	return s
}

func (l *Ledger) drop(region, queue string) {
	if s := l.books[region][queue]; s != nil {
		l.empty(s)
		delete(l.books[region], queue)
	}
}

func (l *Ledger) empty(s *shelf) {
	for _, m := range s.byID {
		l.texts -= len(m.Text)
	}
	s.byID, s.byLocal, s.swept = map[string]*kept{}, map[string]*kept{}, 0
}

// keep takes a message in, in the place of what is kept of it. mu is held.
func (l *Ledger) keep(s *shelf, m *kept, now time.Time) {
	l.remove(s, m.ID)
	if m.rank == 0 {
		l.ranks++
		m.rank = l.ranks
	}
	s.byID[m.ID], s.byLocal[m.local] = m, m
	l.texts += len(m.Text)
	if len(s.byID) > 2*s.swept+64 {
		l.sweep(s, now)
	}
}

func (l *Ledger) remove(s *shelf, id string) {
	if m := s.byID[id]; m != nil {
		l.texts -= len(m.Text)
		delete(s.byID, id)
		delete(s.byLocal, m.local)
	}
}

// sweep drops what has expired: the stores drop it by themselves.
func (l *Ledger) sweep(s *shelf, now time.Time) {
	for id, m := range s.byID {
		if m.expired(now) {
			l.remove(s, id)
		}
	}
	s.swept = len(s.byID)
}

// Times of answers are to the second, rounded down: what they name is over only when the second is.
const coarse = time.Second

func (m Message) expired(now time.Time) bool { return !now.Before(m.Expires.Add(coarse)) }

// inOrder are the messages of a shelf as they came.
func (s *shelf) inOrder() []*kept {
	return slices.SortedFunc(maps.Values(s.byID), func(a, b *kept) int {
		if c := a.Inserted.Compare(b.Inserted); c != 0 {
			return c
		}
		return cmp.Compare(a.rank, b.rank)
	})
}
