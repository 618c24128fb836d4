package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/domain/telemetry/readings"
)

// errAtomic is an import of which not all was acceptable, where all or nothing was asked for.
var errAtomic = errors.New("nothing was sent: --atomic asks for all or nothing")

// rehearsal reads all files of an import as the node will, before the first is sent.
type rehearsal struct {
	*repeats
	to     *uploader
	asked  bool // with which tags the node names sources
	wrong  bool
	oldest oldest
}

// oldest is the reading with the earliest time of all.
type oldest struct {
	time  int64
	place readings.Place
}

// rehearse refuses an import of which the node would not take all, or of which not all would stand.
func (c *importCommand) rehearse(e *environment, u *uploader, looked map[string]*input) error {
	r := rehearsal{repeats: newRepeats(readings.MaxRemembered), to: u, oldest: oldest{time: math.MaxInt64}}
	for _, name := range c.Files {
		in, err := c.again(name, looked)
		if err == nil && in.once {
			err = errors.New("--atomic reads all before it sends anything, and this can be read only once: " +
				"write it to a file first")
		}
		if err == nil {
			err = r.read(e, in)
			in.close()
		}
		if err != nil {
			return fmt.Errorf("%s: %w; nothing was sent", shown(name), err)
		}
	}
	r.sayOverwritten(e)
	if !r.wrong {
		if err := r.tooOld(e); err != nil {
			return fmt.Errorf("%w; nothing was sent", err)
		}
	}
	if r.wrong {
		return errAtomic
	}
	return nil
}

// read reads a file, and says what of it is not acceptable.
func (r *rehearsal) read(e *environment, in *input) error {
	if in.form == formLine && !r.asked {
		if _, err := r.to.send(e.ctx, in, piece{form: formLine}); err != nil { // a write of nothing
			return err
		}
		r.asked = true
	}
	bar, sum := in.progress(e, "looking at "+in.name), newSummary(in)
	defer bar.done()
	for {
		p, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.piece(in, in.settle(p, sum), sum)
		}
		if err != nil {
			return err
		}
		bar.look(in.taken.n)
	}
	if sum.short() || sum.remark() {
		r.wrong = true
		e.say("%s: not all is acceptable", in.name)
		sum.sayRest(e)
	}
	return nil
}

// piece takes a piece as if the node had answered.
func (r *rehearsal) piece(in *input, p piece, sum *summary) error {
	o, err := r.to.decoding(in, p)
	if err != nil {
		return err
	}
	result, err := r.decode(p, o)
	if err != nil {
		return err
	}
	w := httpapi.Written{Accepted: result.Accepted, RejectedTotal: result.RejectedTotal}
	for _, x := range result.Rejected {
		w.Rejected = append(w.Rejected, httpapi.Rejection{Index: x.Index, Line: x.Line, Reason: x.Reason})
	}
	sum.add(p, &w)
	for _, s := range result.Skipped {
		sum.skipped[skipped{s.Column, s.Why.String()}] += s.Cells
	}
	r.locate(in, p, &w, &result, math.MinInt64)
	r.units.add(&r.batch, r.places)
	r.compare()
	for i, at := range r.batch.Times {
		if at < r.oldest.time {
			r.oldest = oldest{at, r.places[i]}
		}
	}
	return nil
}

// sayOverwritten says what would not stand, or may not.
func (r *rehearsal) sayOverwritten(e *environment) {
	unchecked, first := r.history.Unchecked()
	r.wrong = r.wrong || r.remark()
	r.units.say(e)
	if r.total > 0 {
		e.say("%s would not stand, because a later row gives another value for the same series and time:",
			counted(r.total, "reading"))
		r.sayFirst(e)
	}
	if unchecked > 0 {
		e.say("%s, the first in %s, cannot be compared with all rows before: there are too many to remember; "+
			"import them in parts", counted(unchecked, "reading"), r.place(first))
	}
}

// tooOld asks the node whether it keeps readings as old as the oldest. The question is a write of it beside a reading
// that no node accepts, so that nothing is stored.
func (r *rehearsal) tooOld(e *environment) error {
	if r.oldest.time == math.MaxInt64 {
		return nil
	}
	at := time.Unix(0, r.oldest.time).UTC().Format(time.RFC3339Nano)
	body, err := json.Marshal([]map[string]any{{"source": "tidemark", "metric": "import", "time": at, "value": 0}, {}})
	if err != nil {
		return err
	}
	ask := *r.to
	ask.atomic, ask.trial = true, true
	in := &input{name: "the oldest reading", form: formJSON}
	w, err := ask.send(e.ctx, in, piece{form: formJSON, body: body, records: 2})
	if err != nil {
		return err
	}
	for _, x := range w.Rejected {
		if x.Index == 0 {
			r.wrong = true
			e.say("%s is not acceptable, and maybe others: %s", r.place(r.oldest.place), x.Reason)
		}
	}
	return nil
}
