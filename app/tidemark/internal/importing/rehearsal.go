package importing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
	"tidemark/app/tidemark/internal/upload"
	"tidemark/domain/telemetry/readings"
)

// errAtomic is an import of which not all was acceptable, where all or nothing was asked for.
var errAtomic = errors.New("nothing was sent: --atomic asks for all or nothing")

// rehearsal reads all files of an import as the node will, before the first is sent.
type rehearsal struct {
	*repeats
	to     *upload.Client
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
func rehearse(e *console.Environment, node *upload.Client, l *list) error {
	r := rehearsal{repeats: newRepeats(readings.MaxRemembered), to: node, oldest: oldest{time: math.MaxInt64}}
	for _, name := range l.names {
		in, err := l.again(name)
		if err == nil && in.Once {
			err = errors.New("--atomic reads all before it sends anything, and this can be read only once: " +
				"write it to a file first")
		}
		if err == nil {
			err = r.look(e, in)
			in.Close()
		}
		if err != nil {
			return fmt.Errorf("%s: %w; nothing was sent", files.Shown(name), err)
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

// look reads a file, and says what of it is not acceptable.
func (r *rehearsal) look(e *console.Environment, in *files.File) error {
	if in.Form == files.Line && !r.asked {
		if _, err := r.to.Send(e.Context, in, files.Piece{Form: files.Line}); err != nil { // a write of nothing
			return err
		}
		r.asked = true
	}
	bar, sum := beginProgress(e, "looking at "+in.Name, in.Size), newSummary(in)
	defer bar.done()
	for {
		p, err := sum.next(in)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.piece(in, p, sum)
		}
		if err != nil {
			return err
		}
		bar.look(in.Taken())
	}
	if sum.short() || sum.remark() {
		r.wrong = true
		e.Say("%s: not all is acceptable", in.Name)
		sum.sayRest(e)
	}
	return nil
}

// piece takes a piece as if the node had answered.
func (r *rehearsal) piece(in *files.File, p files.Piece, sum *summary) error {
	o, err := r.to.Decoding(in, p)
	if err != nil {
		return err
	}
	result, err := r.decode(p, o)
	if err != nil {
		return err
	}
	w := schema.Written{Accepted: result.Accepted, RejectedTotal: result.RejectedTotal}
	for _, x := range result.Rejected {
		w.Rejected = append(w.Rejected, schema.Rejection{Index: x.Index, Line: x.Line, Reason: x.Reason})
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
func (r *rehearsal) sayOverwritten(e *console.Environment) {
	unchecked, first := r.history.Unchecked()
	r.wrong = r.wrong || r.remark()
	r.units.say(e)
	if r.total > 0 {
		e.Say("%s would not stand, because a later row gives another value for the same series and time:",
			console.Counted(r.total, "reading"))
		r.sayFirst(e)
	}
	if unchecked > 0 {
		e.Say("%s, the first in %s, cannot be compared with all rows before: there are too many to remember; "+
			"import them in parts", console.Counted(unchecked, "reading"), r.place(first))
	}
}

// tooOld asks the node whether it keeps readings as old as the oldest. The question is a write of it beside a reading
// that no node accepts, so that nothing is stored.
func (r *rehearsal) tooOld(e *console.Environment) error {
	if r.oldest.time == math.MaxInt64 {
		return nil
	}
	at := time.Unix(0, r.oldest.time).UTC().Format(time.RFC3339Nano)
	body, err := json.Marshal([]map[string]any{{"source": "tidemark", "metric": "import", "time": at, "value": 0}, {}})
	if err != nil {
		return err
	}
	in := &files.File{Name: "the oldest reading", Form: files.JSON}
	w, err := r.to.Refused(e.Context, in, files.Piece{Form: files.JSON, Body: body, Records: 2})
	if err != nil {
		return err
	}
	for _, x := range w.Rejected {
		if x.Index == 0 {
			r.wrong = true
			e.Say("%s is not acceptable, and maybe others: %s", r.place(r.oldest.place), x.Reason)
		}
	}
	return nil
}
