package compose

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tidemark/adapters/azqueue"
	"tidemark/adapters/aztable"
	"tidemark/adapters/embedded"
	"tidemark/adapters/memory"
	"tidemark/adapters/metered"
	"tidemark/app/membership"
	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// storage is a region's storage, opened: once for requests, which try once and briefly, and once for background work,
// which waits.
type storage struct {
	front, back node.Stores
	gates       []*membership.Gate    // of the accounts, by place
	inside      []membership.Contents // of the accounts, by place; none where there is only one and cannot be another
	own         bool                  // nobody else uses it: it is initialised without being asked
	prepare     func(context.Context) error
	know        func(near journal.Place) // has journals be those of a generation and its peer, and no others
	close       func() error
}

// openStorage opens what the configuration names. Azure clients do no I/O; the embedded store opens its file.
func openStorage(cfg Storage, s sched.Scheduler, sig *signals) (*storage, error) {
	var st *storage
	var err error
	switch {
	case cfg.Azure():
		st, err = openAzure(cfg, sig)
	case cfg.Data == Memory:
		st = openMemory(s)
	default:
		st, err = openEmbedded(cfg, s)
	}
	if err != nil {
		return nil, err
	}
	st.front = meteredStores(st.front, sig.metrics.Meter("request", s.Now))
	st.back = meteredStores(st.back, sig.metrics.Meter("background", s.Now))
	return st, nil
}

// meteredStores counts the calls of the ports.
func meteredStores(s node.Stores, m metered.Meter) node.Stores {
	s.Journal, s.Directory = metered.Journal(s.Journal, m), metered.Directory(s.Directory, m)
	if s.Far.Journal != nil {
		s.Far.Journal, s.Far.Directory = metered.Journal(s.Far.Journal, m), metered.Directory(s.Far.Directory, m)
	}
	s.Rows = s.Rows.Over(func(of bounds.Account) bounds.Account {
		of.Rows = metered.Rows(of.Rows, m)
		if of.Secondary != nil {
			of.Secondary = metered.Secondary(of.Secondary, m)
		}
		return of
	})
	s.Queue, s.Poison = metered.Queue(s.Queue, m), metered.Queue(s.Poison, m)
	return s
}

func openMemory(s sched.Scheduler) *storage {
	j := memory.NewJournal(s)
	one := node.Stores{Journal: j, Directory: j, Rows: bounds.One(memory.NewRows(s), memory.NewAccount(s)),
		Queue: memory.NewQueue(s), Poison: memory.NewQueue(s)}
	return &storage{front: one, back: one, own: true, prepare: nothingToPrepare, know: nobodyElse,
		close: func() error { return nil }}
}

func openEmbedded(cfg Storage, s sched.Scheduler) (*storage, error) {
	store, err := embedded.Open(cfg.Data, s.Now, embedded.Options{MaxBytes: cfg.MaxBytes})
	if err != nil {
		return nil, err
	}
	front := node.Stores{Journal: store.Journal(), Directory: store.Directory(),
		Rows:  bounds.One(store.Rows(), store.Account()),
		Queue: store.Queue(cfg.Queue), Poison: store.Queue(cfg.Queue + "-poison")}
	back, quiet := front, store.Background()
	back.Journal, back.Directory = quiet.Journal(), quiet.Directory()
	back.Rows = bounds.One(store.Rows(), quiet.Account())
	return &storage{front: front, back: back, own: true, prepare: nothingToPrepare, know: nobodyElse,
		close: store.Close}, nil
}

func nothingToPrepare(context.Context) error { return nil }

// nobodyElse is of a storage that another process cannot empty.
func nobodyElse(journal.Place) {}

// members are the accounts of a configuration as those of this storage.
func (st *storage) members(cfg Storage) membership.Storage {
	var none problems
	m := membership.Storage{Accounts: st.back.Rows}
	for i, g := range cfg.generations(&none) {
		one := membership.Member{Name: g.name, Since: g.since, From: g.from, Replication: string(g.replication)}
		if i < len(st.inside) {
			one.Contents = st.inside[i]
		}
		m.Members = append(m.Members, one)
	}
	return m
}

// backgroundPatience is how much longer background work waits for a call than a request does.
const backgroundPatience = 10

// openAzure makes clients of the two accounts, each once for requests and once for background work.
func openAzure(cfg Storage, sig *signals) (*storage, error) {
	cfg, accounts := cfg.withEndpoints()
	gates := make([]*membership.Gate, len(accounts))
	for i := range gates {
		gates[i] = &membership.Gate{}
	}
	brief, err := openJournals(cfg, cfg.TryTimeout, 0, sig)
	if err != nil {
		return nil, err
	}
	patient, err := openJournals(cfg, backgroundPatience*cfg.TryTimeout, 3, sig)
	if err != nil {
		return nil, err
	}
	front, _, err := azureStores(cfg, brief, accounts, gates, cfg.TryTimeout, 0, sig)
	if err != nil {
		return nil, err
	}
	back, inside, err := azureStores(cfg, patient, accounts, gates, backgroundPatience*cfg.TryTimeout, 3, sig)
	if err != nil {
		return nil, err
	}
	work, poison := back.Queue.(*azqueue.Queue), back.Poison.(*azqueue.Queue)
	prepare := func(ctx context.Context) error {
		if err := work.Prepare(ctx); err != nil {
			return err
		}
		return poison.Prepare(ctx)
	}
	know := func(place journal.Place) {
		brief.know(place)
		patient.know(place)
	}
	return &storage{front: front, back: back, gates: gates, inside: inside, prepare: prepare, know: know,
		close: func() error { return nil }}, nil
}

// withEndpoints fills in what follows from the accounts' names.
func (s Storage) withEndpoints() (Storage, []generation) {
	var none problems
	accounts := s.generations(&none)
	for i := range accounts {
		g := &accounts[i]
		g.url = cmp.Or(g.url, tableURL(g.name))
		if g.replication == ReplicationRAGRS {
			g.secondaryURL = cmp.Or(g.secondaryURL, tableURL(g.name+"-secondary"))
		}
	}
	if s.Journal == SameAccount {
		s.JournalAccount, s.JournalKey, s.JournalURL = accounts[0].name, accounts[0].key, accounts[0].url
	}
	s.JournalURL = cmp.Or(s.JournalURL, tableURL(s.JournalAccount))
	s.PeerURL = cmp.Or(s.PeerURL, tableURL(s.PeerAccount))
	s.QueueURL = cmp.Or(s.QueueURL, fmt.Sprintf("https://%s.queue.core.windows.net", s.JournalAccount))
	return s, accounts
}

// Warning is what somebody who runs a node on the storage has to know; "" for nothing.
func (s Storage) Warning() string {
	if s.Azure() && s.Journal == SameAccount && s.Replication[0] == ReplicationRAGRS {
		return "the journal lies in the account that replicates: a failover of it loses acknowledged readings. " +
			"Give the journal a locally redundant account (--journal-account) to keep them"
	}
	return ""
}

// declared is the adapter's word for it.
func (r Replication) declared() aztable.Replication {
	switch r {
	case ReplicationNone:
		return aztable.Local
	case ReplicationRAGRS:
		return aztable.ReadAccessGeo
	}
	return aztable.Undeclared
}

func azureStores(cfg Storage, journals journals, accounts []generation, gates []*membership.Gate, try time.Duration,
	retries int, sig *signals) (node.Stores, []membership.Contents, error) {
	var all []bounds.Generation
	var inside []membership.Contents
	for i, g := range accounts {
		account, err := aztable.Open(aztable.Config{URL: g.url, Account: g.name, Key: string(g.key),
			Replication: g.replication.declared(), SecondaryURL: g.secondaryURL,
			TryTimeout: try, Retries: retries, OnCall: sig.metrics.Sent, Wrap: sig.traced})
		if err != nil {
			return node.Stores{}, nil, fmt.Errorf("the account: %w", err)
		}
		inside = append(inside, account.Rows())
		one := bounds.Account{Name: g.name, Rows: gates[i].Rows(account.Rows())}
		if second := account.Secondary(); second != nil {
			one.Secondary = second // without a gate: it is asked only after the tidemark, which has one
		}
		one.Tide = gates[i].Tide(account.Account(), account.Rows(), one.Secondary)
		all = append(all, bounds.Generation{From: g.from, Account: one})
	}
	rows, err := bounds.NewAccounts(all[0].Account, all[1:]...)
	if err != nil {
		return node.Stores{}, nil, err
	}
	queues := azqueue.Config{URL: cfg.QueueURL, Account: cfg.JournalAccount, Key: string(cfg.JournalKey),
		Name:       cfg.Queue,
		TryTimeout: try, Retries: retries, OnCall: sig.metrics.Sent, Wrap: sig.traced}
	work, err := azqueue.Open(queues)
	if err != nil {
		return node.Stores{}, nil, fmt.Errorf("the queue: %w", err)
	}
	queues.Name += "-poison"
	poison, err := azqueue.Open(queues)
	if err != nil {
		return node.Stores{}, nil, fmt.Errorf("the poison queue: %w", err)
	}
	return node.Stores{Journal: journals.near.Journal(), Directory: journals.near.Directory(),
		Far: journals.site(cfg), Rows: rows, Queue: work, Poison: poison}, inside, nil
}

// journalRegion is the region that the journal has to be in.
func (c Config) journalRegion() string { return cmp.Or(c.Storage.JournalRegion, c.Node.Region) }
