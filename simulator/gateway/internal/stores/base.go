package stores

import (
	"net/http"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/gateway/internal/queues"
	"tidemark/simulator/gateway/internal/sharedkey"
	"tidemark/simulator/georep"
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

// Stores are an account's. They are safe for concurrent use.
type Stores struct {
	o      Options
	Ledger *queues.Ledger // what the queues of each region have

	mu    sync.Mutex
	names map[string]string // of tables, as they were made
}

// New makes them. Nothing is reached out to.
func New(o Options) *Stores {
	return &Stores{o: o, Ledger: queues.NewLedger(queues.DefaultTexts), names: make(map[string]string)}
}

// clock is the stores' own: messages live and are hidden by it, whatever the gateway's says.
func (s *Stores) clock() time.Time { return s.o.Sched.Now() }
