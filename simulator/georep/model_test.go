package georep

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
)

// model is what an account ought to be, kept as slowly and plainly as can be: two stores as histories, and a list of
// all writes.
type model struct {
	views    []*view   // every partition there is
	writes   []*logged // every write that was logged and is still of interest
	tickets  []*ticket
	geo      bool
	boot     bool
	listed   bool
	gates    []Partition // uncovered
	settings map[Scope]string
	linked   map[Service]bool
	halted   bool // the Down of an unplanned failover
	draining bool // the Down of a planned one
	relagged uint64
	primary  Region
	clocks   map[Region]drawnClock
	shown    map[Region]time.Time // what clocks have shown at most
	stamps   map[Region]time.Time // the last of each
	given    map[int64]bool       // stamps
	deleting map[uint64]bool      // deletions because of which something was not copied
	frozen   map[Service]time.Time
	lastSync map[Service]time.Time
}

// view is the history of one partition with the writes to its container, and how much of it the secondary has.
type view struct {
	p       Partition
	history []uint64
	n       int  // the secondary has the first n
	fresh   bool // deleted since the bootstrap began
}

type logged struct {
	Entry
	deletes bool
	given   bool
	done    bool
	again   time.Time
	lagSeen uint64
}

type ticket struct {
	t       Ticket
	p       Partition
	at      time.Time
	stamp   time.Time
	deletes bool
}

func conflict(p, q Partition) bool {
	return p.Service == q.Service && p.Container == q.Container && (p.Whole || q.Whole || p.Key == q.Key)
}

func containerOf(p Partition) Partition {
	return Partition{Service: p.Service, Container: p.Container, Whole: true}
}

// held says whether a partition is held by a write between Stamp and Commit.
func (m *model) held(p Partition) bool {
	return slices.ContainsFunc(m.tickets, func(t *ticket) bool { return !t.stamp.IsZero() && conflict(t.p, p) })
}

func (m *model) missing() []*logged {
	var missing []*logged
	for _, w := range m.writes {
		if !w.done {
			missing = append(missing, w)
		}
	}
	return missing
}

func (m *model) gated(p Partition) bool {
	return m.boot && (!m.listed || slices.Contains(m.gates, p) || slices.Contains(m.gates, containerOf(p)))
}

// paused looks from the scope outwards for the first that says something.
func (m *model) paused(p Partition) bool {
	if m.draining {
		return false
	}
	chain := []Scope{{Service: p.Service, Container: p.Container, Key: p.Key},
		{Service: p.Service, Container: p.Container}, {Service: p.Service}, {}}
	return m.pausedChain(chain)
}

func (m *model) pausedChain(chain []Scope) bool {
	for _, s := range chain {
		switch m.settings[s] {
		case "paused":
			return true
		case "running":
			return false
		}
	}
	return false
}

func outwards(s Scope) []Scope {
	chain := []Scope{s}
	if s.Key != "" {
		s.Key = ""
		chain = append(chain, s)
	}
	if s.Container != "" {
		s.Container = ""
		chain = append(chain, s)
	}
	if s.Service != "" {
		chain = append(chain, Scope{})
	}
	return chain
}

func (m *model) pause(s Scope) {
	for narrow, is := range m.settings {
		if is == "running" && slices.Contains(outwards(narrow), s) {
			delete(m.settings, narrow)
		}
	}
	m.settings[s] = "paused"
}

func (m *model) resume(s Scope) {
	delete(m.settings, s)
	if m.pausedChain(outwards(s)) {
		m.settings[s] = "running"
	}
}

// freely is when a write could be given if nothing changes; false is not.
func (m *model) freely(w *logged) (time.Time, bool) {
	if w.done || w.given || !m.linked[w.Partition.Service] || m.halted || m.paused(w.Partition) ||
		m.gated(w.Partition) {
		return time.Time{}, false
	}
	for _, before := range m.missing() {
		if before.Seq < w.Seq && conflict(before.Partition, w.Partition) {
			return time.Time{}, false
		}
	}
	if w.again.After(w.Due) {
		return w.again, true
	}
	return w.Due, true
}

// soonest is when anything can be given.
func (m *model) soonest() (time.Time, bool) {
	var at time.Time
	ok := false
	for _, w := range m.writes {
		if free, can := m.freely(w); can && (!ok || free.Before(at)) {
			at, ok = free, true
		}
	}
	return at, ok
}

// give checks an entry that Next gave.
func (m *model) give(now time.Time, e Entry) error {
	i := slices.IndexFunc(m.writes, func(w *logged) bool { return w.Seq == e.Seq })
	if i < 0 {
		return fmt.Errorf("given entry %d, which is not in the log", e.Seq)
	}
	w := m.writes[i]
	if w.given || w.done {
		return fmt.Errorf("given entry %d a second time", e.Seq)
	}
	if e.Due.After(w.Due) || e.Due.Before(w.Due) && w.lagSeen == m.relagged {
		return fmt.Errorf("entry %d is due %v, it was %v and no lag was set since", e.Seq, e.Due, w.Due)
	}
	w.Due = e.Due
	if w.Entry != e {
		return fmt.Errorf("given entry %d is not what was committed: %s", e.Seq, cmp.Diff(w.Entry, e))
	}
	if free, ok := m.freely(w); !ok || free.After(now) {
		return fmt.Errorf("given entry %d of %+v, which must wait (%v until %v)", e.Seq, e.Partition, ok, free)
	}
	w.given = true
	return nil
}

// apply carries an entry out at the secondary.
func (m *model) apply(seq uint64) error {
	w := m.writes[slices.IndexFunc(m.writes, func(w *logged) bool { return w.Seq == seq })]
	w.given, w.done = false, true
	delete(m.deleting, seq)
	for _, v := range m.views {
		if !conflict(v.p, w.Partition) || m.boot && slices.Contains(m.gates, v.p) {
			continue
		}
		place := slices.Index(v.history, seq)
		switch {
		case place == v.n:
			v.n++
		case place < v.n && w.Partition.Whole && !w.deletes: // repeated after a copy: no harm
		default:
			return fmt.Errorf("the secondary's history of %+v has %d of %v and then gets %d", v.p, v.n, v.history, seq)
		}
	}
	return nil
}

// commit writes the primary's history and the log.
func (m *model) commit(e Entry, deletes bool) {
	for _, v := range m.views {
		if conflict(v.p, e.Partition) {
			v.history = append(v.history, e.Seq)
		}
	}
	if m.geo {
		m.writes = append(m.writes, &logged{Entry: e, deletes: deletes, lagSeen: m.relagged})
	}
}

func (m *model) covered(p Partition) {
	m.gates = slices.DeleteFunc(m.gates, func(q Partition) bool { return q == p })
	if p.Whole {
		return
	}
	for _, v := range m.views {
		if v.p == p {
			v.n = len(v.history)
		}
	}
	for _, w := range m.writes {
		w.done = w.done || w.Partition == p
	}
}

// emptied is the deletion of a container, just committed.
func (m *model) emptied(e Entry) {
	for _, w := range m.writes { // to be repeated without harm: this deletion is still to come
		w.deletes = w.deletes && (w.Seq == e.Seq || !conflict(w.Partition, e.Partition))
	}
	for _, v := range m.views {
		if conflict(v.p, e.Partition) && (slices.Contains(m.gates, v.p) || !m.listed ||
			slices.Contains(m.gates, containerOf(v.p))) {
			m.deleting[e.Seq] = true
			m.covered(v.p)
			v.n = slices.Index(v.history, e.Seq)
			v.fresh = v.fresh || !m.listed
		}
	}
}

// begin begins a bootstrap.
func (m *model) begin() {
	m.boot, m.listed, m.deleting = true, false, map[uint64]bool{}
	for _, v := range m.views {
		v.n, v.fresh = len(v.history), false // of one that is listed, the copy sets n
	}
}

// sync is the Last Sync Time as it ought to be.
func (m *model) sync(s Service) time.Time {
	if held, ok := m.frozen[s]; ok {
		return held
	}
	oldest := m.clock()
	for _, t := range m.tickets {
		if t.p.Service == s && t.at.Before(oldest) {
			oldest = t.at
		}
	}
	for _, w := range m.missing() {
		if w.Partition.Service == s && w.At.Before(oldest) {
			oldest = w.At
		}
	}
	return oldest.Truncate(time.Second)
}

// refreeze is called after a change of reach or pauses.
func (m *model) refreeze() {
	for _, s := range []Service{Table, Queue} {
		frozen := !m.linked[s]
		for of, is := range m.settings {
			frozen = frozen || is == "paused" && (of.Service == "" || of.Service == s)
		}
		if _, was := m.frozen[s]; frozen && !was {
			m.frozen[s] = m.sync(s)
		} else if !frozen {
			delete(m.frozen, s)
		}
	}
}

// checkStats checks what the statistics say against what is missing, and against what they said before.
func (m *model) checkStats(s Service, got Stats) error {
	if got.State != Live {
		if !got.LastSync.IsZero() {
			return fmt.Errorf("the %s statistics are %s with a Last Sync Time", s, got.State)
		}
		return nil
	}
	if m.boot || !m.geo {
		return fmt.Errorf("the %s statistics are live (bootstrap %t, secondary %t)", s, m.boot, m.geo)
	}
	for _, w := range m.missing() {
		if w.Partition.Service == s && w.At.Before(got.LastSync) {
			return fmt.Errorf("entry %d, stamped %v, is missing, and the Last Sync Time is %v", w.Seq, w.At,
				got.LastSync)
		}
	}
	for _, t := range m.tickets {
		if t.p.Service == s && !t.stamp.IsZero() && t.stamp.Before(got.LastSync) {
			return fmt.Errorf("ticket %d, stamped %v, is under way, and the Last Sync Time is %v", t.t, t.stamp,
				got.LastSync)
		}
	}
	if got.LastSync.Before(m.lastSync[s]) {
		return fmt.Errorf("the Last Sync Time fell from %v to %v", m.lastSync[s], got.LastSync)
	}
	if want := m.sync(s); !want.Equal(got.LastSync) {
		return fmt.Errorf("the Last Sync Time is %v, want %v", got.LastSync, want)
	}
	m.lastSync[s] = got.LastSync
	return nil
}
