package history

import (
	"errors"
	"io"
	"os"
	"slices"
)

// Records gives all of it in order, as a file has it.
func (h *History) Records() []Record {
	type placed struct {
		place int
		Record
	}
	var all []placed
	for _, op := range h.Ops {
		all = append(all, placed{op.Begin, op.invoke()})
		if op.End > 0 {
			all = append(all, placed{op.End, op.end()})
		}
	}
	for _, t := range h.Truth {
		all = append(all, placed{t.Place, Record{Type: Truth, At: t.At, Event: &t.Event}})
	}
	for _, m := range h.Phases {
		all = append(all, placed{m.Place, Record{Type: Phase, At: m.At, Phase: m.Phase}})
	}
	for _, b := range h.Backlog {
		all = append(all, placed{b.Place, Record{Type: Backlog, At: b.At, Left: &b.Left}})
	}
	slices.SortFunc(all, func(a, b placed) int { return a.place - b.place })
	out := make([]Record, len(all))
	for i, p := range all {
		out[i] = p.Record
	}
	return out
}

func (o *Op) invoke() Record {
	return Record{Type: Invoke, Op: o.ID, At: o.Began, Process: o.Process, Session: o.Session, Node: o.Node,
		Call: &o.Call}
}

func (o *Op) end() Record {
	r := Record{Type: Info, Op: o.ID, At: o.Ended, Why: o.Why}
	switch o.Outcome {
	case Done:
		r.Type, r.Answer = OK, &o.Answer
	case Refused:
		r.Type = Fail
	}
	return r
}

// Save writes all of it.
func (h *History) Save(out io.Writer) error {
	w, err := NewWriter(out, h.Header, nil)
	if err != nil {
		return err
	}
	for _, r := range h.Records() {
		if err := w.Write(r); err != nil {
			return err
		}
	}
	return nil
}

// Load reads a history to its end. With ErrTorn the history is what stands before the torn line.
func Load(name string, in io.Reader) (*History, error) {
	r, err := NewReader(name, in)
	if err != nil {
		return &History{}, err
	}
	h := &History{Header: r.Header()}
	for {
		rec, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return h, nil
		case err != nil:
			return h, err
		}
		if err := h.Add(rec); err != nil {
			return h, r.wrong(err)
		}
	}
}

// LoadFile is Load of a file.
func LoadFile(name string) (*History, error) {
	file, err := os.Open(name)
	if err != nil {
		return &History{}, err
	}
	defer file.Close()
	return Load(name, file)
}
