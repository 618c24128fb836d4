package compose

import (
	"context"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/app/membership"
	"tidemark/domain/fault"
	"tidemark/domain/loss"
	"tidemark/domain/region"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Retirement gives up the journal of the other region, which is gone for good. No node may run meanwhile.
type Retirement struct {
	LastAck, Even   time.Time // as in loss.Survey
	EvenIfItAnswers bool      // what it holds is given up all the same
}

// Look says what is at stake, and changes nothing.
func (r Retirement) Look(ctx context.Context, cfg Config) (out membership.Retired, err error) {
	err = r.with(cfg, func(m membership.Retiring) error {
		out, err = m.Look(ctx)
		return err
	})
	return out, err
}

// Run retires it. Keep is given the certificate, and has kept it for good when it returns. Doing it again changes
// nothing, and goes on where it was cut short.
func (r Retirement) Run(ctx context.Context, cfg Config, keep func(loss.Certificate) error) (out membership.Retired,
	err error) {
	err = r.with(cfg, func(m membership.Retiring) error {
		out, err = m.Do(ctx, keep)
		return err
	})
	return out, err
}

// Signer is the public key of who signs certificates of a storage with two journals; empty if nobody does.
func Signer(of journal.Place) string { return loss.NewKey(of.CursorKey).Name() }

func (r Retirement) with(cfg Config, f func(membership.Retiring) error) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if !cfg.Storage.Azure() || !cfg.Storage.Paired() {
		return fault.New(fault.Invalid, "retire", "--peer-journal-account is not given: give the settings that the "+
			"nodes of this region had, with the journal that is gone as --peer-journal-account")
	}
	return withStorage(cfg, func(st *storage, s sched.Scheduler) error {
		sites := st.sites(cfg)
		return f(membership.Retiring{Survivor: sites[0], Peer: journal.Site{Region: region.Name(cfg.Storage.PeerRegion),
			Journal: st.front.Far.Journal, Directory: st.front.Far.Directory}, Rows: st.back.Rows, LastAck: r.LastAck,
			Even: r.Even, EvenIfItAnswers: r.EvenIfItAnswers, Sched: s,
			Answered: func(err error) bool { return aztable.Answered(err) != 0 }})
	})
}
