package membership

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/loss"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Retiring gives up the journal of a region that is gone for good: the one that survives names it as retired, and goes
// on alone. No node may run meanwhile. Cut short at any moment it is done again.
type Retiring struct {
	Survivor, Peer journal.Site
	Rows           chunks.Store // of the account
	LastAck, Even  time.Time    // as in loss.Survey
	// EvenIfItAnswers retires a journal that answers: what it holds is given up all the same.
	EvenIfItAnswers bool
	// Answered reports whether an error is an answer of the peer's storage: one that refuses a key is not gone. nil:
	// none is that is Unavailable.
	Answered func(error) bool
	Sched    sched.Scheduler
}

// Retired is what came of it.
type Retired struct {
	Place journal.Place // of the survivor
	// Certificate says what is lost; the zero value where the journal was retired before.
	Certificate loss.Certificate
	Before      bool
}

// Look says what would be lost, and changes nothing. A journal that cannot be retired is fault.Conflict.
func (r Retiring) Look(ctx context.Context) (out Retired, err error) {
	if out.Place, out.Before, err = r.place(ctx); err != nil || out.Before {
		return out, err
	}
	if err := r.gone(ctx, out.Place); err != nil {
		return out, err
	}
	c, _, err := r.survey(out.Place).Certify(ctx)
	out.Certificate = c.Sealed(loss.NewKey(out.Place.CursorKey))
	return out, err
}

// Do retires it. Keep is given the certificate, and has kept it for good when it returns: only then is the journal
// retired.
func (r Retiring) Do(ctx context.Context, keep func(loss.Certificate) error) (out Retired, err error) {
	if out.Place, out.Before, err = r.place(ctx); err != nil || out.Before {
		return out, err
	}
	if err := r.gone(ctx, out.Place); err != nil {
		return out, err
	}
	if err := r.end(ctx); err != nil {
		return out, err
	}
	c, newest, err := r.survey(out.Place).Certify(ctx)
	if err != nil {
		return out, err
	}
	out.Certificate = c.Sealed(loss.NewKey(out.Place.CursorKey))
	at, err := r.past(ctx, newest)
	if err != nil {
		return out, err
	}
	if err := keep(out.Certificate); err != nil {
		return out, err
	}
	to := out.Place.Whole()
	to.Retired = append(to.Retired, journal.Retired{Peer: to.Peer, At: at})
	to.Peer = journal.Peer{}
	if err := unlessRaced(r.Survivor.Directory.Change(ctx, out.Place, to)); err != nil {
		return out, err
	}
	out.Place = to
	return out, nil
}

func (r Retiring) survey(place journal.Place) loss.Survey {
	return loss.Survey{Survivor: journal.Peer{Region: place.Region, Generation: place.Generation}, Gone: place.Peer,
		Journal: r.Survivor.Journal, Directory: r.Survivor.Directory, Rows: r.Rows, LastAck: r.LastAck, Even: r.Even}
}

// place is the survivor's identity, and whether its peer was retired before.
func (r Retiring) place(ctx context.Context) (p journal.Place, before bool, err error) {
	const op = "retire"
	if p, err = r.Survivor.Journal.Identity(ctx); err != nil {
		return p, false, err
	}
	switch n := len(p.Retired); {
	case continuity.CheckRegion(r.Survivor.Region, p) != nil:
		return p, false, continuity.CheckRegion(r.Survivor.Region, p)
	case p.Peer == journal.Peer{} && n > 0 && p.Retired[n-1].Region == string(r.Peer.Region):
		return p, true, nil
	case p.Peer == journal.Peer{}:
		return p, false, fault.New(fault.Conflict, op, "the journal of region %q has none beside it: there is "+
			"nothing to retire", p.Region)
	case continuity.CheckPeer(p, r.Peer.Region) != nil:
		return p, false, continuity.CheckPeer(p, r.Peer.Region)
	case p.Unfilled:
		return p, false, fault.New(fault.Conflict, op, "the journal of region %q joined that of region %q and has "+
			"not had everything of it: without that its certificate could not say what is lost, and nobody could "+
			"read what is. Bring the journal of region %[2]q back", p.Region, p.Peer.Region)
	}
	return p, false, nil
}

// gone refuses to retire a journal that answers.
func (r Retiring) gone(ctx context.Context, place journal.Place) error {
	if r.EvenIfItAnswers {
		return nil
	}
	bounded, cancel := r.Sched.WithTimeout(ctx, bounds.AnswersWithin)
	defer cancel()
	there, err := r.Peer.Journal.Identity(bounded)
	switch answered := r.Answered != nil && r.Answered(err); {
	case fault.Is(err, fault.NotFound): // it was emptied
		return nil
	case !answered && (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Canceled)) && ctx.Err() == nil:
		return nil
	case err != nil:
		return &fault.Error{Kind: fault.Conflict, Op: "retire", Cause: err, Message: "the storage of the journal to " +
			"retire answers, with an error: mend that. If the journal is to be given up all the same, say " +
			"--even-if-it-answers"}
	case place.Peer != journal.Peer{Region: there.Region, Generation: there.Generation}:
		return fault.New(fault.Conflict, "retire", "the journal that is named for region %q is generation %s of "+
			"region %q, and the one to retire is generation %s of region %q: name the account that has that",
			r.Peer.Region,
			there.Generation, there.Region, place.Peer.Generation, place.Peer.Region)
	}
	return fault.New(fault.Conflict, "retire", "the journal of region %s answers: start the nodes with both "+
		"journals, and what it alone has is copied. If it is to be given up all the same, with what it alone has, say "+
		"--even-if-it-answers", place.Peer.Region)
}

// quiet is for how long nothing was written if no node runs. A node to which nobody writes is not noticed by it.
const quiet = 10 * time.Second

// end ends every stream of the survivor that takes appends, so that nothing is stored behind the certificate. If one
// took an append just now, its writer runs.
func (r Retiring) end(ctx context.Context) error {
	j, dir := r.Survivor.Journal, r.Survivor.Directory
	now, err := dir.Now(ctx)
	if err != nil {
		return err
	}
	registered, err := bounds.Registered(ctx, dir)
	if err != nil {
		return err
	}
	var open []telemetry.Stream
	for _, reg := range registered {
		for day := reg.First; day <= telemetry.DayOf(now)+1; day++ {
			idx, err := j.Index(ctx, reg.Shard, day)
			if err != nil {
				return err
			}
			for _, st := range idx.Streams {
				if st.HasEnded() {
					continue
				}
				if ago := idx.At.Sub(st.Touched); ago < quiet {
					return fault.New(fault.Conflict, "retire", "something was written %s ago: stop every node, and "+
						"run this again %s later", ago.Round(time.Second), quiet)
				}
				open = append(open, st.Stream)
			}
		}
	}
	for _, s := range open {
		if _, err := j.End(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// ahead is how far stamps may be ahead of the storage's clock, which has a resolution of a second, after nodes stopped.
const ahead = 10 * time.Second

// past waits until the clock of the survivor's storage has passed a stamp, and gives it: a stream is known to be of
// before the retirement by that (sweep.Holes).
func (r Retiring) past(ctx context.Context, newest telemetry.Stamp) (time.Time, error) {
	for waited := time.Duration(0); ; waited += time.Second {
		now, err := r.Survivor.Directory.Now(ctx)
		if err != nil || now.After(newest.Time()) {
			return now, err
		}
		if waited >= ahead {
			return now, fault.New(fault.Conflict, "retire", "a block is stamped %s, and the storage's clock says "+
				"%s: run this again after that time", newest.Time().Format(time.RFC3339), now.Format(time.RFC3339))
		}
		if err := r.Sched.Sleep(ctx, time.Second); err != nil {
			return now, err
		}
	}
}
