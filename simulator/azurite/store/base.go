package store

import (
	"net/http"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/azurite/ledger"
	"tidemark/simulator/georep"
	"tidemark/simulator/wire/sharedkey"
)

// Address is the Azurite of one region: addresses without account, as http://127.0.0.1:10002.
type Address struct{ Table, Queue string }

// Options say whose storage it is, and where.
type Options struct {
	Account string
	Sign    *sharedkey.Key
	Where   func(georep.Region) Address
	Sched   sched.Scheduler
	// Do sends a request. Its error is account.ErrNotSent where no storage has got it.
	Do func(*http.Request) (*http.Response, error)
}

// Store is an account's, in all regions. It is safe for concurrent use.
type Store struct {
	o      Options
	Ledger *ledger.Ledger // what the queues of each region have

	mu    sync.Mutex
	names map[string]string // of tables, as they were made
}

// New makes one. Nothing is reached out to.
func New(o Options) *Store {
	return &Store{o: o, Ledger: ledger.NewLedger(ledger.DefaultTexts), names: make(map[string]string)}
}

// clock is the stores' own: messages live and are hidden by it, whatever the gateway's says.
func (s *Store) clock() time.Time { return s.o.Sched.Now() }
