package inject

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Decision is what happens to one call: first its Delay, then its Action. The zero value lets it pass.
type Decision struct {
	Rule   string        // name of the rule, or its text
	After  bool          // after the storage has committed: the answer is late or lost
	Action Action        // "" passes, and so does Delay when it has delayed
	Delay  time.Duration // never negative; of Hold how long it is held
	Status int           // of Status and Throttle
	Code   string        // of Status and Throttle
}

// Engine decides what happens to calls: the first rule that fires wins. It is safe for concurrent use.
//
// A rule fires if it matches the call, it is the call's turn (Nth, Every), its Times are not used up, its draw is
// within its probability, and if it is a throttle its bucket has too little. What a rule draws for the k-th call that
// it matches depends on the engine's seed, the rule's text and k alone, whether or not another rule fires before it:
// to add or remove a rule does not change what the others draw. Only Times and buckets, which count what really came
// to the rule, can feel the rules before it.
type Engine struct {
	seed  uint64
	rules atomic.Pointer[[]*armed] // nil: none

	mu sync.Mutex // of Set
}

// armed is a rule at work. It outlives a Set that keeps it.
type armed struct {
	rule    Rule
	id      identity
	label   string
	matcher *matcher
	buckets *Buckets // of a throttle

	mu      sync.Mutex
	draws   rand.PCG
	matched int // calls that the rule is for
	fired   int
}

// identity tells rules apart: their text, and for several of the same text which of them.
type identity struct {
	text    string
	ordinal int
}

// New makes an engine without rules.
func New(seed uint64) *Engine { return &Engine{seed: seed} }

// Set replaces the rules, in the order in which they are tried. A rule that was there with the same text goes on: its
// draws, its count and its bucket. Take it out with one Set and put it in with the next to begin it anew. A rule that
// is not valid, or two of one name, are errors, and nothing changes.
func (e *Engine) Set(rules []Rule) error {
	names := map[string]bool{}
	for _, r := range rules {
		if err := r.Validate(); err != nil {
			return err
		}
		if names[r.Name] && r.Name != "" {
			return fmt.Errorf("inject: rule %q: another rule has the name %s; give each its own", r.String(), r.Name)
		}
		names[r.Name] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	old := map[identity]*armed{}
	for _, a := range e.armed() {
		old[a.id] = a
	}
	next := make([]*armed, len(rules))
	count := map[string]int{}
	for i, r := range rules {
		id := identity{text: r.String(), ordinal: count[r.String()]}
		count[id.text]++
		if next[i] = old[id]; next[i] == nil {
			next[i] = e.arm(r, id)
		}
	}
	e.rules.Store(&next)
	return nil
}

func (e *Engine) arm(r Rule, id identity) *armed {
	a := &armed{rule: r, id: id, label: r.Name, matcher: newMatcher(r.If)}
	if a.label == "" {
		a.label = id.text
	}
	if r.Action == Throttle {
		a.buckets = NewThrottle(r.PerSecond, r.Burst, r.By)
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", id.ordinal, id.text)
	a.draws.Seed(e.seed, h.Sum64())
	return a
}

func (e *Engine) armed() []*armed {
	if rules := e.rules.Load(); rules != nil {
		return *rules
	}
	return nil
}

// Rules are the rules, in the order in which they are tried.
func (e *Engine) Rules() []Rule {
	rules := make([]Rule, 0, len(e.armed()))
	for _, a := range e.armed() {
		rules = append(rules, a.rule)
	}
	return rules
}

// Counts is how often each rule fired, by name, or text where it has none; rules of the same text are added up.
func (e *Engine) Counts() map[string]int {
	counts := map[string]int{}
	for _, a := range e.armed() {
		a.mu.Lock()
		counts[a.label] += a.fired
		a.mu.Unlock()
	}
	return counts
}

// Decide says what happens to a call of that many rows (less than one is one). Ask once a call. A nil engine lets
// everything pass. It does not allocate.
func (e *Engine) Decide(now time.Time, c Call, rows int) Decision {
	if e == nil {
		return Decision{}
	}
	rules := e.rules.Load()
	if rules == nil {
		return Decision{}
	}
	var d Decision
	decided := false
	for _, a := range *rules {
		if a.matcher.match(&c) && a.fires(now, &c, rows, decided, &d) {
			decided = true
		}
	}
	return d
}

// fires draws for a call that the rule matches, and decides it unless that was done.
func (a *armed) fires(now time.Time, c *Call, rows int, decided bool, d *Decision) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	hit, late := uniform(&a.draws), uniform(&a.draws) // always both: the next call's draws are in their place
	a.matched++
	r := &a.rule
	switch {
	case decided, !r.turn(a.matched), r.Times > 0 && a.fired >= r.Times, r.Probability > 0 && hit >= r.Probability:
		return false
	case a.buckets != nil && a.buckets.Allow(now, *c, rows):
		return false
	}
	a.fired++
	*d = Decision{Rule: a.label, After: r.After, Action: r.Action, Status: r.Status, Code: r.Code}
	if r.Action == Throttle {
		d.Status, d.Code = 503, "ServerBusy" // Table service error codes; Queue service error codes
	}
	if r.Delay != nil {
		d.Delay = max(0, r.Delay.At(late))
	}
	return true
}

// turn says whether the rule may fire for the k-th of the calls that it is for.
func (r *Rule) turn(k int) bool {
	switch {
	case r.Every == 0:
		return r.Nth == 0 || k == r.Nth
	case r.Nth == 0:
		return k%r.Every == 0
	}
	return k >= r.Nth && (k-r.Nth)%r.Every == 0
}

// uniform is in [0,1), in steps of 2^-53.
func uniform(g *rand.PCG) float64 { return float64(g.Uint64()>>11) / (1 << 53) }
