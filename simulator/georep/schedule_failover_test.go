package georep

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (s *schedule) failover() error {
	k := []Kind{Planned, Unplanned}[s.IntN(2)]
	was := s.a.Status(s.now)
	err := s.a.Failover(s.now, k)
	may := was.State == Live && s.reach[Table].Secondary && s.reach[Queue].Secondary &&
		(k == Unplanned || s.drains() && len(was.PausedScopes) == 0)
	if was.Phase == Completing || was.Phase != Steady && (k == Planned || was.Kind == Unplanned) {
		may = false
	}
	if (err == nil) != may {
		return fmt.Errorf("a %s failover of %+v with reach %v: %w", k, was, s.reach, err)
	}
	return nil
}

// drains says whether a planned failover would get the last writes over.
func (s *schedule) drains() bool {
	for name, r := range s.reach {
		left := slices.ContainsFunc(s.m.missing(), func(w *logged) bool { return w.Partition.Service == name }) ||
			slices.ContainsFunc(s.m.tickets, func(t *ticket) bool { return t.p.Service == name })
		if !r.Primary && left || r.Primary && !r.Link {
			return false
		}
	}
	return s.reach[Table].Primary || s.reach[Queue].Primary
}

// pump carries failovers on and takes what there is to apply.
func (s *schedule) pump() error {
	before := s.a.Status(s.now)
	if err := s.effects(before, s.a.Step(s.now)); err != nil {
		return err
	}
	after := s.a.Status(s.now)
	s.m.halted = after.Phase == Down && after.Kind == Unplanned && !s.m.boot
	s.m.draining = after.Phase == Down && after.Kind == Planned
	for e, ok := s.a.Next(s.now); ok; e, ok = s.a.Next(s.now) {
		if err := s.m.give(s.now, e); err != nil {
			return err
		}
		s.underWay = append(s.underWay, e.Seq)
	}
	if free, ok := s.m.soonest(); ok && !free.After(s.now) {
		return fmt.Errorf("Next gives none, although one was ready at %v: %+v, settings %v, gates %v", free, after,
			s.m.settings, s.m.gates)
	}
	return s.checkWake(after)
}

func (s *schedule) checkWake(is Status) error {
	want, due := s.m.soonest()
	got, ok := s.a.Wake(s.now)
	if is.Phase == Steady || is.Phase == Down && !got.After(s.now) && s.giveUp == 0 {
		if ok != due || ok && !got.Equal(want) {
			return fmt.Errorf("Wake gives %v %v, want %v %v", got, ok, want, due)
		}
		return nil
	}
	if due && (!ok || got.After(want)) {
		return fmt.Errorf("Wake gives %v %v, later than %v", got, ok, want)
	}
	return nil
}

// effects checks what a failover did and does it to the model.
func (s *schedule) effects(before Status, effects []Effect) error {
	if len(effects) == 0 {
		return nil
	}
	for _, e := range effects {
		s.write("effect", string(e.Promoted+" "+e.Wipe), s.now, Entry{})
		for _, lost := range e.Discarded {
			s.write("effect", "discarded", s.now, lost)
		}
	}
	want := []Effect{{Promoted: before.Secondary}}
	if before.Kind == Unplanned {
		want = append(want, Effect{Wipe: before.Primary})
		if lost := entries(s.m.missing()); len(lost) > 0 {
			want = append(want, Effect{Discarded: lost})
		}
	}
	if diff := cmp.Diff(want, effects); diff != "" {
		return fmt.Errorf("effects of %s (-want +got): %s", before.Kind, diff)
	}
	if len(s.m.tickets) > 0 || len(s.underWay) > 0 {
		return fmt.Errorf("the roles changed with %d writes and %d applications under way", len(s.m.tickets),
			len(s.underWay))
	}
	if s.m.boot {
		return fmt.Errorf("the roles changed in a bootstrap: %s is not whole", before.Secondary)
	}
	for _, w := range s.m.missing() {
		if last := s.m.lastSync[w.Partition.Service]; w.At.Before(last) {
			return fmt.Errorf("entry %d is lost, stamped %v, before the Last Sync Time %v", w.Seq, w.At, last)
		}
	}
	for _, v := range s.m.views {
		if before.Kind == Planned && v.n != len(v.history) {
			return fmt.Errorf("a planned failover lost writes of %+v: %d of %v are there", v.p, v.n, v.history)
		}
		v.history = v.history[:v.n]
	}
	s.m.writes = nil
	s.m.geo = before.Kind == Planned
	s.m.promote(other(before.Primary), s.now)
	for name, r := range s.reach {
		s.reach[name] = Reach{r.Secondary, r.Primary, r.Link}
	}
	s.relink()
	return nil
}

func entries(writes []*logged) []Entry {
	var es []Entry
	for _, w := range writes {
		es = append(es, w.Entry)
	}
	return es
}

func (s *schedule) reenable() error {
	is := s.a.Status(s.now)
	if s.m.boot && !s.m.listed {
		return s.list()
	}
	err := s.a.BeginBootstrap(s.now, other(is.Primary))
	if may := !s.m.geo && is.Phase == Steady; may != (err == nil) {
		return fmt.Errorf("re-enable of %+v: %w", is, err)
	}
	if err == nil {
		s.m.geo = true
		s.m.begin()
		s.relink()
	}
	return nil
}

// resync has the secondary, or the primary, lose what it had.
func (s *schedule) resync() error {
	if err := s.a.Resync(s.now); (err == nil) != s.m.geo {
		return fmt.Errorf("resync with a secondary %t: %w", s.m.geo, err)
	}
	if !s.m.geo {
		return nil
	}
	for _, seq := range s.underWay {
		s.recalled[seq] = true
	}
	s.m.writes, s.m.gates = nil, nil
	s.m.begin()
	return nil
}

func other(r Region) Region {
	if r == "east" {
		return "west"
	}
	return "east"
}

// list lists what has a history of its own, and sometimes more; a container itself or not. It waits until nothing is
// under way.
func (s *schedule) list() error {
	if len(s.underWay) > 0 {
		return nil
	}
	var parts []Partition
	for _, v := range s.m.views {
		if len(v.history) > 0 || s.IntN(3) == 0 {
			parts = append(parts, v.p)
		}
		if whole := containerOf(v.p); s.IntN(2) == 0 && !slices.Contains(parts, whole) {
			parts = append(parts, whole)
		}
	}
	s.a.List(s.now, parts)
	s.m.listed = true
	s.m.gates = nil
	for _, p := range parts {
		if i := slices.IndexFunc(s.m.views, func(v *view) bool { return v.p == p }); i < 0 || !s.m.views[i].fresh {
			s.m.gates = append(s.m.gates, p)
		}
	}
	for _, v := range s.m.views {
		v.fresh = false
	}
	s.live()
	return nil
}

func (s *schedule) live() {
	if s.m.listed && len(s.m.gates)+len(s.m.deleting) == 0 {
		s.m.boot = false
	}
}

// copy copies a partition that nobody holds.
func (s *schedule) copy() error {
	if !s.m.boot || len(s.m.gates) == 0 {
		return nil
	}
	p := s.m.gates[s.IntN(len(s.m.gates))]
	if s.m.held(p) {
		return nil
	}
	if !s.a.Uncovered(p) {
		return fmt.Errorf("%+v was not copied and does not wait for it", p)
	}
	s.a.Covered(s.now, p, s.a.LastSeq())
	s.m.covered(p)
	s.live()
	return nil
}

// look compares what the account says with the model.
func (s *schedule) look() error {
	if want, got := entries(s.m.missing()), s.a.Missing(); !slices.Equal(want, got) {
		return fmt.Errorf("missing (-want +got): %s", cmp.Diff(want, got))
	}
	is := s.a.Status(s.now)
	if want := len(s.m.missing()); is.Backlog != want || is.BacklogBytes != 10*want || is.UnderWay != len(s.m.tickets) {
		return fmt.Errorf("status %+v with %d missing and %d under way", is, want, len(s.m.tickets))
	}
	for _, service := range []Service{Table, Queue} {
		got := s.a.Stats(s.now, service)
		s.write("stats", string(got.State), got.LastSync, Entry{})
		if err := s.m.checkStats(service, got); err != nil {
			return err
		}
	}
	return nil
}

// finish ends all faults and drains: then both stores have to be the same.
func (s *schedule) finish() error {
	for _, scope := range s.a.Status(s.now).PausedScopes {
		s.a.Resume(s.now, scope)
		s.m.resume(scope)
	}
	s.reach = map[Service]Reach{Table: reached, Queue: reached}
	s.a.SetReachable(s.now, "", reached)
	s.relink()
	s.a.SetUnavailable(s.now, false)
	for range 2000 {
		if err := s.rest(); err != nil {
			return err
		}
		is := s.a.Status(s.now)
		if len(s.m.tickets)+len(s.underWay)+is.Backlog == 0 && is.Phase == Steady && is.State != Bootstrap {
			return s.equal(is)
		}
	}
	return fmt.Errorf("it does not come to rest: %+v", s.a.Status(s.now))
}

// rest does one thing that brings the end nearer.
func (s *schedule) rest() error {
	s.pass(100 * time.Millisecond)
	for _, act := range []func(*schedule) error{(*schedule).settle, (*schedule).answer, (*schedule).copy} {
		if err := act(s); err != nil {
			return err
		}
	}
	if s.m.boot && !s.m.listed {
		if err := s.list(); err != nil {
			return err
		}
	}
	if err := s.pump(); err != nil {
		return err
	}
	return s.look()
}

func (s *schedule) equal(is Status) error {
	for _, v := range s.m.views {
		if is.Secondary != "" && v.n != len(v.history) {
			return fmt.Errorf("after a drain the secondary has %d of %d of %+v", v.n, len(v.history), v.p)
		}
	}
	return nil
}
