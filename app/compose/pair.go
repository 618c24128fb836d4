package compose

import (
	"context"
	"net/http"
	"sync"

	"tidemark/adapters/aztable"
	"tidemark/adapters/goruntime"
	"tidemark/app/membership"
	"tidemark/domain/bounds"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// sites are the journals of two regions, near first.
func (st *storage) sites(cfg Config) [2]journal.Site {
	return [2]journal.Site{{Region: region.Name(cfg.journalRegion()), Journal: st.back.Journal,
		Directory: st.back.Directory}, st.back.Far}
}

// joining makes them a pair.
func (st *storage) joining(cfg Config, s sched.Scheduler) membership.Joining {
	return membership.Joining{Sites: st.sites(cfg), Bound: cfg.Writing.Bound,
		Names: func() string { return goruntime.NewULID(s.Now()) }}
}

// places reads what the journals say of themselves; of two, one that does not answer soon may be missing (nil): what
// came of it is told by its region.
func (st *storage) places(ctx context.Context, cfg Config, s sched.Scheduler) (places [2]*journal.Place,
	silent map[region.Name]error, err error) {
	if !cfg.Storage.Paired() {
		place, err := st.back.Journal.Identity(ctx)
		return [2]*journal.Place{&place, nil}, nil, err
	}
	var errs [2]error
	silent = map[region.Name]error{}
	_ = sched.Each(ctx, s, 2, 2, func(ctx context.Context, i int) error {
		ctx, cancel := s.WithTimeout(ctx, bounds.AnswersWithin)
		defer cancel()
		place, err := st.sites(cfg)[i].Journal.Identity(ctx)
		if errs[i] = err; err == nil {
			places[i] = &place
		}
		return nil
	})
	for i, err := range errs {
		switch {
		case err == nil:
			continue
		case !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Canceled):
			return places, nil, err
		}
		silent[st.sites(cfg)[i].Region] = unheard(err)
	}
	if len(silent) == len(errs) {
		return places, nil, fault.Wrap(fault.Unavailable, "journal", errs[0])
	}
	return places, silent, nil
}

// unheard says of a journal that gave no identity what to look at.
func unheard(err error) error {
	switch aztable.Answered(err) {
	case http.StatusUnauthorized, http.StatusForbidden:
	default:
		return err
	}
	return fault.New(fault.Unavailable, "journal", "its account refuses the key: check that --journal-key and "+
		"--peer-journal-key are those of --journal-account and --peer-journal-account, the account's network rules, "+
		"and this machine's clock")
}

// bothAnswer refuses to begin with two journals one of which does not answer. That it was never initialised is an
// answer.
func (st *storage) bothAnswer(ctx context.Context, cfg Config) error {
	for _, site := range st.sites(cfg) {
		_, err := site.Journal.Identity(ctx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fault.New(fault.Unavailable, "init", "the journal of region %q cannot be reached, and init needs "+
				"both: nothing was changed, run it again. %s", site.Region, unheard(err))
		}
	}
	return nil
}

// fitting is the identity of the near journal, as it says itself or as its peer says it, if it and its peer are what
// the node is configured for.
func (c Config) fitting(places [2]*journal.Place) (journal.Place, error) {
	if !c.Storage.Paired() {
		return *places[0], c.fits(*places[0])
	}
	err := continuity.CheckPair([2]region.Name{region.Name(c.journalRegion()), region.Name(c.Storage.PeerRegion)},
		places)
	near, far := places[0], places[1]
	if near == nil && err == nil {
		told := far.Whole()
		told.Region, told.Generation = far.Peer.Region, far.Peer.Generation
		told.Peer = journal.Peer{Region: far.Region, Generation: far.Generation}
		near = &told
	}
	if err != nil {
		return journal.Place{}, err
	}
	if far != nil && near.Shards == 0 {
		near.Shards = far.Shards
	}
	return *near, rightBound(*near, c.Writing.Bound)
}

// hold has a node that runs see to it that its storage is still what it began with: before each sweep the journals, and
// before each pass the accounts too.
func (st *storage) hold(cfg Config, began journal.Place) {
	belongs, home := st.belongs(cfg, began), st.members(cfg.Storage).AgreeAtHome
	st.back.Belongs = belongs
	st.back.Agreed = func(ctx context.Context) error {
		if err := belongs(ctx); err != nil {
			return err
		}
		return home(ctx)
	}
}

// belongs holds a node that runs to the journals that it began with: they may have been given a peer, or another one,
// and its own may have been retired, of which only the other knows. That it was stays so: one that is silent afterwards
// takes nothing back.
func (st *storage) belongs(cfg Config, began journal.Place) func(context.Context) error {
	var mu sync.Mutex // guards retired
	var retired error
	return func(ctx context.Context) error {
		now, err := st.back.Journal.Identity(ctx)
		known := journal.Known{Region: began.Region, Generation: began.Generation}
		switch {
		case fault.Is(err, fault.NotFound):
			return known.Meet("journal", nil)
		case err != nil:
			return err
		}
		if err := known.Meet("journal", &now); err != nil {
			return err
		}
		if now.Peer == began.Peer {
			if !cfg.Storage.Paired() {
				return nil
			}
			far, err := st.back.Far.Journal.Identity(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err == nil { // else what needs both ends by itself
				retired = continuity.CheckRetired(&far, &now)
			}
			return retired
		}
		return fault.New(fault.Conflict, "journal", "the journal of region %q has another peer than when this node "+
			"started: stop the node, and start it with --peer-journal-account and the journals that `tidemark init` "+
			"was run with last", began.Region)
	}
}

// tellShards writes the number of shards into the identities of both journals, so that nodes start where no account
// answers. One that does not answer is told by whoever starts next.
func (st *storage) tellShards(ctx context.Context, cfg Config, s sched.Scheduler) {
	_ = sched.Each(ctx, s, 2, 2, func(ctx context.Context, i int) error {
		ctx, cancel := s.WithTimeout(ctx, bounds.AnswersWithin)
		defer cancel()
		site := st.sites(cfg)[i]
		place, err := site.Journal.Identity(ctx)
		if err != nil || place.Shards != 0 || place.Alone() {
			return nil
		}
		to := place.Whole()
		to.Shards = cfg.Writing.Shards
		_ = site.Directory.Change(ctx, place, to)
		return nil
	})
}
