package phases

import (
	"context"
	"slices"
	"strings"

	"tidemark/simulator/inject"
)

// Record notes which kinds of faults met which phases. What rules and the ways do to a call meets the phase that the
// call is of; what happens to a process, all phases that are under way in it; faults of the account and of clocks, each
// phase that is under way when they begin or that begins while they hold. Whatever befalls anything while the account
// fails over meets that, too. One actor runs at a time: it needs no lock.
type Record struct {
	Hits      map[Hit]bool
	holding   []string // the kinds of those faults of the account and of clocks that hold
	failing   int      // failovers and copies under way
	processes []*Process
	faults    map[inject.Fault][]func() // what ends those that hold
	// Heard is told of each call that begins, and its phases; nil: nobody is.
	Heard func(*Process, inject.Call, []Phase)
	// Over: everything is healed, and nothing is noted any more.
	Over bool
}

// New makes an empty one.
func New() *Record {
	return &Record{Hits: map[Hit]bool{}, faults: map[inject.Fault][]func(){}}
}

// Note notes that a kind met phases.
func (r *Record) Note(kind string, of ...Phase) {
	if r.Over {
		return
	}
	for _, phase := range of {
		r.Hits[Hit{kind, phase}] = true
	}
	if r.failing > 0 && kind != Failover && kind != Reenable {
		r.Hits[Hit{kind, Failing}] = true
	}
}

// Under has a fault of the account or of a clock hold until the returned function is called.
func (r *Record) Under(kind string) (ended func()) {
	r.holding = append(r.holding, kind)
	fails := kind == Failover || kind == Reenable
	if fails {
		r.failing++
	}
	for _, p := range r.processes {
		r.Note(kind, p.Phases()...)
	}
	for _, held := range r.holding {
		if fails {
			r.Note(held)
		}
	}
	return func() {
		i := slices.Index(r.holding, kind)
		r.holding = slices.Delete(r.holding, i, i+1)
		if fails {
			r.failing--
		}
	}
}

// Starts notes that a fault begins to hold, or happens. named finds a process.
func (r *Record) Starts(f inject.Fault, named func(string) *Process) {
	kind := ""
	switch f := f.(type) {
	case inject.Process:
		if p := named(f.Name); p != nil {
			r.Note(string(f.Order), p.Phases()...)
		}
		return
	case inject.Lag:
		kind = Lag
	case inject.Pause:
		kind = Pause
	case inject.LastSync:
		kind = LastSync
	case inject.Clock:
		kind = Clock
	default:
		return
	}
	r.faults[f] = append(r.faults[f], r.Under(kind))
}

// Ends notes that one has ended.
func (r *Record) Ends(f inject.Fault) {
	if all := r.faults[f]; len(all) > 0 {
		all[0]()
		r.faults[f] = all[1:]
	}
}

// Process is what a process is at work on.
type Process struct {
	*Record
	now [number]int // how often each phase is under way
}

// Begin adds a process.
func (r *Record) Begin() *Process {
	p := &Process{Record: r}
	r.processes = append(r.processes, p)
	return p
}

// Phases are those that are under way.
func (p *Process) Phases() (out []Phase) {
	for _, phase := range All() {
		if p.now[phase] > 0 {
			out = append(out, phase)
		}
	}
	return out
}

// At has phases be under way until the returned function is called.
func (p *Process) At(of ...Phase) (ended func()) {
	if len(of) == 0 && len(p.holding) == 0 {
		return func() {}
	}
	for _, phase := range of {
		p.now[phase]++
	}
	for _, kind := range p.holding {
		p.Note(kind, of...)
	}
	return func() {
		for _, phase := range of {
			p.now[phase]--
		}
	}
}

// Begins is told of a call (path.Path).
func (p *Process) Begins(ctx context.Context, c inject.Call) (ended func()) {
	of := p.of(ctx, c)
	ended = p.At(of...)
	if p.Heard != nil && !p.Over {
		if p.failing > 0 {
			of = append(slices.Clone(of), Failing)
		}
		p.Heard(p, c, of)
	}
	return ended
}

// Suffers is told of what befalls one (path.Path).
func (p *Process) Suffers(ctx context.Context, c inject.Call, what string) {
	switch {
	case strings.HasPrefix(what, "region "):
		what = RegionOut
	case strings.HasPrefix(what, "network cut"):
		what = Cut
	}
	p.Note(what, p.of(ctx, c)...)
}

// of are the phases that a call is of.
func (p *Process) of(ctx context.Context, c inject.Call) []Phase {
	is, _ := ctx.Value(whoseKey{}).(whose)
	switch c.Operation {
	case "journal.append":
		switch is {
		case newborn:
			return bearing
		case works:
			return copying
		}
		return writing
	case "journal.fill", "journal.lower":
		return copying
	case "journal.prepare", "journal.register":
		return bearing[1:]
	case "journal.end", "journal.seal":
		return ending
	case "journal.drop":
		return folding
	case "chunks.get", "chunks.scan", "chunks.apply", "chunks.prepare":
		if is == works {
			return folding
		}
		return asking
	case "secondary.get", "secondary.scan":
		return asking
	case "journal.first", "journal.index", "journal.read", "cache.get", "cache.set":
		if p.now[Asking] > 0 {
			return asking
		}
	}
	return nil
}

// What calls are of; nobody changes them.
var (
	writing, bearing, ending = []Phase{Writing}, []Phase{Writing, Birth}, []Phase{Ending}
	copying, folding, asking = []Phase{Copying}, []Phase{Folding}, []Phase{Asking}
)
