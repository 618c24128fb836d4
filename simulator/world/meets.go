package world

import (
	"context"
	"iter"
	"slices"
	"strings"

	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/simulator/inject"
)

// Phase is something that the program, or the account, is at work on.
type Phase string

// The phases. All but the last two are calls under way.
const (
	Writing Phase = "write"    // an append of a writer
	Birth   Phase = "birth"    // the first append of a stream, and what is prepared for it
	Ending  Phase = "end"      // the end or the seal of a stream
	Copying Phase = "copy"     // by a sweep, of what one journal lacks
	Folding Phase = "fold"     // of a compaction: rows, and the drops that follow
	Asking  Phase = "question" // of a client, from its beginning to the answer
	Failing Phase = "failover" // of the account, or the copy that makes it redundant again
)

// Phases are all of them.
func Phases() []Phase { return []Phase{Writing, Birth, Ending, Copying, Folding, Asking, Failing} }

// Hit is a kind of fault that met a phase.
type Hit struct {
	Fault string
	Phase Phase
}

// Kinds of faults beside what rules do to calls.
const (
	regionOut = "region out"
	cut       = "cut"
	distance  = "distance"
	lag       = "lag"
	pause     = "pause"
	failover  = "failover"
	reenable  = "reenable"
	lastSync  = "last sync time"
	clock     = "clock"
)

// FaultKinds are the kinds of faults that a world has: what rules do to calls, and the others.
func FaultKinds() []string {
	return []string{"reset", "reset after", "hold", "delay", "delay after", "status", "status after", "hang",
		"hang after", "throttle", regionOut, cut, distance, string(inject.Kill), string(inject.Restart),
		string(inject.Freeze), lag, pause, failover, reenable, lastSync, clock}
}

// meets notes which kinds of faults met which phases. What rules and the ways do to a call meets the phase that the
// call is of; what happens to a process, all phases that are under way in it; faults of the account and of clocks, each
// phase that is under way when they begin or that begins while they hold. Whatever befalls anything while the account
// fails over meets that, too.
type meets struct {
	hits    map[Hit]bool
	holding map[string]int // faults of the account and of clocks, by kind
	failing int            // failovers and copies under way
	doings  []*doing
	faults  map[inject.Fault][]func()          // what ends those that hold
	strikes func(*doing, inject.Call, []Phase) // is told of each call that begins, and its phases; nil: nobody is
	over    bool                               // everything is healed, and nothing is noted any more
}

func newMeets() *meets {
	return &meets{hits: map[Hit]bool{}, holding: map[string]int{}, faults: map[inject.Fault][]func(){}}
}

// note notes that a kind met phases.
func (m *meets) note(kind string, of ...Phase) {
	if m.over {
		return
	}
	for _, p := range of {
		m.hits[Hit{kind, p}] = true
	}
	if m.failing > 0 && kind != failover && kind != reenable {
		m.hits[Hit{kind, Failing}] = true
	}
}

// under has a fault of the account or of a clock hold until the returned function is called.
func (m *meets) under(kind string) (ended func()) {
	m.holding[kind]++
	fails := kind == failover || kind == reenable
	if fails {
		m.failing++
	}
	for _, d := range m.doings {
		m.note(kind, d.phases()...)
	}
	for kind, n := range m.holding {
		if n > 0 && fails {
			m.note(kind)
		}
	}
	return func() {
		m.holding[kind]--
		if fails {
			m.failing--
		}
	}
}

// starts notes that a fault begins to hold, or happens. named finds a process.
func (m *meets) starts(f inject.Fault, named func(string) *Node) {
	kind := ""
	switch f := f.(type) {
	case inject.Process:
		if n := named(f.Name); n != nil {
			m.note(string(f.Order), n.doing.phases()...)
		}
		return
	case inject.Lag:
		kind = lag
	case inject.Pause:
		kind = pause
	case inject.LastSync:
		kind = lastSync
	case inject.Clock:
		kind = clock
	default:
		return
	}
	m.faults[f] = append(m.faults[f], m.under(kind))
}

// ends notes that one has ended.
func (m *meets) ends(f inject.Fault) {
	if all := m.faults[f]; len(all) > 0 {
		all[0]()
		m.faults[f] = all[1:]
	}
}

// doing is what a process is at work on.
type doing struct {
	*meets
	now map[Phase]int
}

// begin adds a process.
func (m *meets) begin() *doing {
	d := &doing{m, map[Phase]int{}}
	m.doings = append(m.doings, d)
	return d
}

// phases are those that are under way.
func (d *doing) phases() (out []Phase) {
	for _, p := range Phases() {
		if d.now[p] > 0 {
			out = append(out, p)
		}
	}
	return out
}

// at has phases be under way until the returned function is called.
func (d *doing) at(of ...Phase) (ended func()) {
	for _, p := range of {
		d.now[p]++
	}
	for kind, n := range d.holding {
		if n > 0 {
			d.note(kind, of...)
		}
	}
	return func() {
		for _, p := range of {
			d.now[p]--
		}
	}
}

// begins is told of a call (path.Path).
func (d *doing) begins(ctx context.Context, c inject.Call) (ended func()) {
	of := d.of(ctx, c)
	ended = d.at(of...)
	if d.strikes != nil && !d.over {
		if d.failing > 0 {
			of = append(slices.Clone(of), Failing)
		}
		d.strikes(d, c, of)
	}
	return ended
}

// suffers is told of what befalls one (path.Path).
func (d *doing) suffers(ctx context.Context, c inject.Call, what string) {
	switch {
	case strings.HasPrefix(what, "region "):
		what = regionOut
	case strings.HasPrefix(what, "network cut"):
		what = cut
	}
	d.note(what, d.of(ctx, c)...)
}

// whose a call is, where the operation does not say it.
type whose int

const (
	works   whose = iota + 1 // work's, and what it copies
	newborn                  // a writer's that gives birth
)

type whoseKey struct{}

// of are the phases that a call is of.
func (d *doing) of(ctx context.Context, c inject.Call) []Phase {
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
		if d.now[Asking] > 0 {
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

// marked are the stores of a node, of which calls say whose they are: as requests use them, and as the background does.
func marked(s node.Stores) (front, back node.Stores) {
	front, back = s, s
	front.Journal, back.Journal = births{s.Journal}, copies{s.Journal}
	if s.Far.Journal != nil {
		front.Far.Journal, back.Far.Journal = births{s.Far.Journal}, copies{s.Far.Journal}
	}
	back.Rows = s.Rows.Over(func(a bounds.Account) bounds.Account {
		a.Rows = folds{a.Rows}
		return a
	})
	return front, back
}

// by is a context of whose calls it is known whose they are.
func by(ctx context.Context, w whose) context.Context { return context.WithValue(ctx, whoseKey{}, w) }

type births struct{ journal.Journal }

// Append implements journal.Journal.
func (b births) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if a.At.Number == 1 {
		ctx = by(ctx, newborn)
	}
	return b.Journal.Append(ctx, a)
}

type copies struct{ journal.Journal }

// Append implements journal.Journal.
func (c copies) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	return c.Journal.Append(by(ctx, works), a)
}

type folds struct{ chunks.Store }

// Get implements chunks.Store.
func (f folds) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return f.Store.Get(by(ctx, works), k)
}

// Scan implements chunks.Store.
func (f folds) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return f.Store.Scan(by(ctx, works), r)
}

// Apply implements chunks.Store.
func (f folds) Apply(ctx context.Context, changes ...chunks.Change) error {
	return f.Store.Apply(by(ctx, works), changes...)
}

// Prepare implements chunks.Store.
func (f folds) Prepare(ctx context.Context, years ...int32) error {
	return f.Store.Prepare(by(ctx, works), years...)
}
