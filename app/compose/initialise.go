package compose

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/app/membership"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// foundation is what a node stands on: found before anything is wired.
type foundation struct {
	storage   *storage
	place     journal.Place
	cursorKey []byte
	silent    map[region.Name]error    // journals of two that did not answer, with what came of it
	unseen    map[int]membership.Check // of accounts that did not answer: what they are asked first
}

// Initialisation is how a storage is initialised. The zero value of a field means its default.
type Initialisation struct {
	Wait       time.Duration                    // for what has to be replicated before it goes on; default DefaultWait
	NewJournal bool                             // the storage goes on with another journal than it had
	Say        func(format string, args ...any) // says what is waited for; nil: nobody hears
}

// DefaultWait is longer than a Last Sync Time is usually behind, which is less than 15 minutes.
const DefaultWait = time.Hour

func (i Initialisation) withDefaults() Initialisation {
	i.Wait = cmp.Or(i.Wait, DefaultWait)
	if i.Say == nil {
		i.Say = func(string, ...any) {}
	}
	return i
}

func (i Initialisation) taking(cfg Config, place journal.Place) membership.Taking {
	return membership.Taking{Journal: place, NewJournal: i.NewJournal, Wait: i.Wait,
		Settling: bounds.Settling{Margin: cfg.Work.Margin},
		Say:      i.Say}
}

// Initialise initialises a storage, by default.
func Initialise(ctx context.Context, cfg Config) (journal.Place, error) {
	return Initialisation{}.Run(ctx, cfg)
}

// Run makes the identity of the journal, the first tables, the queues and the key that signs cursors, where they do not
// exist yet, and takes accounts into use that were added. Doing it again changes nothing, and goes on where it was cut
// short. A journal of another region is refused, or another than the storage has, and an account of another storage or
// replication.
func (i Initialisation) Run(ctx context.Context, cfg Config) (place journal.Place, err error) {
	if err := cfg.Validate(); err != nil {
		return place, err
	}
	err = withStorage(cfg, func(st *storage, s sched.Scheduler) error {
		f, err := st.initialiseAs(ctx, cfg, s, i)
		if err == nil {
			place = f.place
		}
		return err
	})
	return place, err
}

// Convert writes down that accounts were converted to what the configuration says, so that nodes with it start, and
// others do not any more. No node may run meanwhile. An account of another storage is refused.
func Convert(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	return withStorage(cfg, func(st *storage, s sched.Scheduler) error {
		members := st.members(cfg.Storage)
		if err := members.NotOfAnother(ctx); err != nil { // before anything is made there
			return err
		}
		if err := bounds.PrepareAhead(ctx, st.back.Directory, st.back.Rows, s.Now()); err != nil {
			return err
		}
		return members.Convert(ctx)
	})
}

// withStorage opens a storage for as long as f runs.
func withStorage(cfg Config, f func(*storage, sched.Scheduler) error) error {
	s := goruntime.New()
	st, err := openStorage(cfg.Storage, s, silent())
	if err != nil {
		return err
	}
	if err := f(st, s); err != nil {
		_ = st.close()
		return err
	}
	return st.close()
}

// lay opens the storage and finds the foundation. A storage of our own is initialised; another has to have been. A
// node that serves has to have as many shards as the storage was begun with.
func lay(ctx context.Context, cfg Config, s sched.Scheduler, sig *signals) (*foundation, error) {
	st, err := openStorage(cfg.Storage, s, sig)
	if err != nil {
		return nil, err
	}
	find := st.find
	if st.own {
		find = st.initialise
	}
	var f *foundation
	err = patiently(ctx, s, cfg.Storage.Patience, func(ctx context.Context) error {
		if f, err = find(ctx, cfg, s); err == nil && cfg.Node.Role.Serves() {
			err = agreeOnShards(ctx, st.back, f.place, cfg.Writing.Shards)
		}
		return err
	})
	if err != nil {
		_ = st.close()
		return nil, err
	}
	if cfg.Storage.Azure() {
		st.hold(cfg, f.place)
	}
	if cfg.Storage.Paired() && cfg.Node.Role.Serves() {
		st.tellShards(ctx, cfg, s)
	}
	for region, err := range f.silent {
		sig.log.Warn("a journal does not answer: what is written is in the other region alone until it does", "region",
			region, "error", err)
	}
	st.await(f.unseen, sig.log)
	return f, nil
}

// await keeps accounts that did not answer from the node until they have said whose they are.
func (st *storage) await(unseen map[int]membership.Check, log *slog.Logger) {
	for place, check := range unseen {
		at := st.back.Rows.At(place)
		log.Warn("an account does not answer: readings of its times are not answered, and not compacted, until it does",
			"account", at.Name, "times", st.back.Rows.Times(place))
		st.gates[place].Close(check, func(err error) {
			log.Error("an account is not the storage's: it stays out of use until the node starts with the right one",
				"account", at.Name, "error", err)
		})
	}
}

// patiently repeats what fails because the storage does not answer.
func patiently(ctx context.Context, s sched.Scheduler, patience time.Duration, f func(context.Context) error) error {
	bounded, cancel := s.WithTimeout(ctx, patience)
	defer cancel()
	var last error // of a try that was not cut off: it says more
	for {
		err := f(bounded)
		switch fault.KindOf(err) {
		case fault.Unavailable, fault.Indeterminate:
			last = err
			if s.Sleep(bounded, 250*time.Millisecond) == nil {
				continue
			}
		case fault.Canceled:
			err = cmp.Or(last, err)
		default:
			return err
		}
		if ctx.Err() != nil || bounded.Err() == nil { // who stops it wants no advice
			return err
		}
		return fmt.Errorf("the storage did not answer for %s: check its endpoints, its keys and the network: %w",
			patience, err)
	}
}

// initialise makes what is missing, by default.
func (st *storage) initialise(ctx context.Context, cfg Config, s sched.Scheduler) (*foundation, error) {
	return st.initialiseAs(ctx, cfg, s, Initialisation{})
}

// initialiseAs makes what is missing.
func (st *storage) initialiseAs(ctx context.Context, cfg Config, s sched.Scheduler, how Initialisation) (*foundation,
	error) {
	f := &foundation{storage: st}
	var err error
	if cfg.Storage.Azure() {
		if err = st.members(cfg.Storage).NotOfAnother(ctx); err != nil { // before anything is made there
			return nil, err
		}
	}
	if cfg.Storage.Paired() {
		if err = st.bothAnswer(ctx, cfg); err != nil {
			return nil, err
		}
	}
	first := 0
	if cfg.Storage.Paired() {
		first, f.place, err = st.joining(cfg, s).First(ctx)
	} else {
		f.place, err = st.settle(ctx, cfg, s)
	}
	if err != nil {
		return nil, err
	}
	// The tables of a journal have the names of its generation, so its identity comes first.
	if err = bounds.PrepareAhead(ctx, st.directories()[first], st.back.Rows, s.Now()); err != nil {
		return nil, err
	}
	if err = st.prepare(ctx); err != nil {
		return nil, err
	}
	if cfg.Storage.Azure() {
		members, how := st.members(cfg.Storage), how.withDefaults()
		if err = members.Take(ctx, s, how.taking(cfg, f.place)); err == nil {
			err = members.Seen(ctx, s, f.place)
		}
		if err != nil {
			return nil, err
		}
	}
	if f.cursorKey, err = makeCursorKey(ctx, st.back.Rows); err != nil || !cfg.Storage.Paired() {
		return f, err
	}
	return f, st.join(ctx, cfg, s, first, f, how.withDefaults())
}

// directories are those of one journal or two.
func (st *storage) directories() []journal.Directory {
	if st.back.Far.Journal == nil {
		return []journal.Directory{st.back.Directory}
	}
	return []journal.Directory{st.back.Directory, st.back.Far.Directory}
}

// join has the other journal join the first, and fills it if that is soon done.
func (st *storage) join(ctx context.Context, cfg Config, s sched.Scheduler, first int, f *foundation,
	how Initialisation) error {
	j := st.joining(cfg, s)
	places, err := j.Join(ctx, first, f.cursorKey)
	if err != nil {
		return err
	}
	f.place = places[0]
	if err := bounds.PrepareAhead(ctx, st.directories()[1-first], st.back.Rows, s.Now()); err != nil {
		return err
	}
	filled, err := j.Fill(ctx, s)
	if err == nil && !filled {
		how.Say("The journal of region %s has not yet everything that the one of region %s holds: the workers copy "+
			"it. "+
			"Until then questions are answered from the latter.", places[1-first].Region, places[first].Region)
	}
	return err
}

// settle makes the journal's identity or finds the one it has.
func (st *storage) settle(ctx context.Context, cfg Config, s sched.Scheduler) (journal.Place, error) {
	place, err := st.back.Journal.Identity(ctx)
	if fault.Is(err, fault.NotFound) {
		place = journal.Place{Region: cfg.journalRegion(), Generation: goruntime.NewULID(s.Now()),
			Bound: cfg.Writing.Bound}
		err = st.back.Directory.Init(ctx, place)
		if fault.Is(err, fault.Conflict) { // somebody else was first
			place, err = st.back.Journal.Identity(ctx)
		}
	}
	if err != nil {
		return place, err
	}
	return place, cfg.fits(place)
}

// find reads what init made.
func (st *storage) find(ctx context.Context, cfg Config, s sched.Scheduler) (*foundation, error) {
	f := &foundation{storage: st}
	places, silent, err := st.places(ctx, cfg, s)
	if f.silent = silent; err == nil {
		f.place, err = cfg.fitting(places)
	}
	if err == nil && cfg.Storage.Azure() {
		f.unseen, err = st.members(cfg.Storage).Agree(ctx, s, f.place)
	}
	if f.cursorKey = []byte(f.place.CursorKey); err == nil && len(f.cursorKey) == 0 {
		f.cursorKey, err = readCursorKey(ctx, st.back.Rows)
	}
	if err == nil {
		st.know(f.place)
	}
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "serve",
			"the storage was never initialised: run `tidemark init` once with the same settings")
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// cursorKeyRow is where the key that signs cursors lies: a row of the state table that belongs to no tenant. Its
// value is the version, 1, and the key.
var cursorKeyRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "cursor key"}

const (
	cursorKeyVersion = 1
	cursorKeyBytes   = 32
)

func readCursorKey(ctx context.Context, rows chunks.Store) ([]byte, error) {
	row, err := rows.Get(ctx, cursorKeyRow)
	if err != nil {
		return nil, err
	}
	if len(row.Value) != 1+cursorKeyBytes || row.Value[0] != cursorKeyVersion {
		return nil, fault.New(fault.Corrupt, "cursor key",
			"the key that signs cursors has %d bytes: this program is older than the storage, or the row is broken",
			len(row.Value))
	}
	return row.Value[1:], nil
}

// makeCursorKey reads the key, or makes it. Of several who make it at once one wins.
func makeCursorKey(ctx context.Context, rows chunks.Store) ([]byte, error) {
	key, err := readCursorKey(ctx, rows)
	if !fault.Is(err, fault.NotFound) {
		return key, err
	}
	value := make([]byte, 1+cursorKeyBytes)
	value[0] = cursorKeyVersion
	_, _ = rand.Read(value[1:]) // never fails since Go 1.24
	err = rows.Apply(ctx, chunks.Change{Key: cursorKeyRow, Value: value})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return nil, err
	}
	return readCursorKey(ctx, rows)
}
