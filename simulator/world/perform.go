package world

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// topology is what there is in the world that can go wrong: nodes are east/node-1 and so on.
func topology(nodes int) schedule.Topology {
	t := schedule.Topology{Regions: []string{string(east), string(west)},
		Accounts: []schedule.Account{{Name: "geo", Primary: string(east), Secondary: string(west)},
			{Name: "journal", Primary: string(east)}},
		Services: []string{"table", "queue", "redis"},
		Operations: []string{"journal.append", "journal.read", "journal.index", "journal.drop", "journal.end",
			"journal.seal", "journal.fill", "journal.prepare", "journal.register", "journal.now", "chunks.get",
			"chunks.scan", "chunks.apply", "chunks.prepare", "account.tidemark", "queue.send", "queue.receive",
			"queue.extend", "queue.delete", "cache.get", "cache.set"}}
	t.Clocks = t.Regions // of the account's storages; nodes have the clock of the run, the journal that of the plan
	for i := range nodes {
		t.Processes = append(t.Processes, schedule.Process{Name: nodeName(i), Region: string(east)})
	}
	return t
}

func nodeName(i int) string { return fmt.Sprintf("%s/node-%d", east, i+1) }

// perform carries a schedule out, step by step, until everything is healed.
func (r *run) perform(ctx context.Context, s schedule.Schedule, healed time.Duration) {
	r.w.ahead = func(of georep.Region) time.Duration {
		if past := r.w.Sched.Now().Sub(r.began); past < healed {
			return s.Ahead(string(of), past)
		}
		return 0
	}
	for _, step := range s.Steps(healed) {
		_ = r.w.Sched.Sleep(ctx, r.began.Add(step.At).Sub(r.w.Sched.Now()))
		for _, f := range step.Ends {
			r.end(ctx, f)
		}
		for _, f := range step.Begins {
			r.begin(f)
		}
		for _, f := range step.Happens {
			r.happen(ctx, f)
		}
		if err := r.w.Rules.Set(s.Rules(step.At)); err != nil {
			r.err = err
		}
	}
}

// begin has a fault hold.
func (r *run) begin(f inject.Fault) {
	switch f := f.(type) {
	case inject.Rule: // all of them are set together
	case inject.Clock: // it is looked at by who asks for the time
	case inject.Process:
		if n := r.node(f.Name); n != nil && f.Order == inject.Freeze {
			n.Freeze()
		} else if n != nil {
			r.kill(n)
		}
	case inject.Lag:
		if l, err := georep.ParseLag(f.Model); err == nil {
			r.w.Account.SetLag(scopeOf(f.Scope), l)
		}
	case inject.Pause:
		r.w.Account.Pause(scopeOf(f.Scope))
	case inject.LastSync:
		r.wrongStats(f, true)
	default:
		r.w.ground.Begin(f)
		r.w.Account.Look()
	}
}

// end ends one that holds.
func (r *run) end(ctx context.Context, f inject.Fault) {
	switch f := f.(type) {
	case inject.Rule, inject.Clock:
	case inject.Process:
		if n := r.node(f.Name); n != nil && f.Order == inject.Freeze {
			n.Thaw()
		} else if n != nil {
			r.replace(f.Name)
		}
	case inject.Lag:
		r.w.Account.SetLag(scopeOf(f.Scope), nil)
	case inject.Pause:
		r.w.Account.Resume(scopeOf(f.Scope))
	case inject.LastSync:
		r.wrongStats(f, false)
	default:
		r.w.ground.End(f)
		r.w.Account.Look()
	}
}

// happen does what happens at a moment. What the account refuses does not happen.
func (r *run) happen(ctx context.Context, f inject.Fault) {
	switch f := f.(type) {
	case inject.Process:
		if n := r.node(f.Name); n != nil {
			r.kill(n)
			r.replace(f.Name)
		}
	case inject.Failover:
		r.background("failover", func() {
			if err := r.w.failover(ctx, georep.Kind(f.Kind)); err != nil {
				return
			}
			r.rec.lost(r.w)
			for _, n := range r.nodes { // everybody looks once the account answers again
				r.background("look", func() { r.look(ctx, "look", n) })
			}
		})
	case inject.Reenable:
		r.background("reenable", func() { _ = r.w.Redundant(ctx) })
	}
}

// kill ends a process, and tells it.
func (r *run) kill(n *Node) {
	end := (*Node).Kill
	if broken := r.w.broken.Kill; broken != nil {
		end = broken
	}
	end(n)
	r.rec.h.Tell(r.w.Sched.Now(), history.Event{Kind: "killed", Text: r.names[n]})
}

// background starts an actor that is waited for before the world comes to rest.
func (r *run) background(name string, do func()) {
	r.left++
	r.w.Sched.Go(name, func() {
		defer func() { r.left-- }()
		do()
	})
}

// node is the process of a name that runs now, or was killed last.
func (r *run) node(name string) *Node {
	for i, n := range r.nodes {
		if nodeName(i) == name {
			return n
		}
	}
	return nil
}

// replace starts a process anew.
func (r *run) replace(name string) {
	for i := range r.nodes {
		if nodeName(i) == name {
			r.nodes[i] = r.start()
		}
	}
}

func scopeOf(s inject.Scope) georep.Scope {
	return georep.Scope{Service: georep.Service(s.Service), Container: s.Container, Key: s.Partition}
}

// wrongStats makes the statistics wrong, or right again.
func (r *run) wrongStats(f inject.LastSync, wrong bool) {
	if f.State == inject.Unavailable {
		r.w.Account.SetUnavailable(wrong)
		return
	}
	w := account.WrongStats{}
	if wrong {
		r.rec.h.Tell(r.w.Sched.Now(), history.Event{At: r.w.Sched.Now(), Kind: "wrong-stats", Text: f.String()})
		w = account.WrongStats{Stuck: f.State == inject.Stuck, Back: f.By}
	}
	for _, s := range []georep.Service{georep.Table, georep.Queue} {
		if f.Service == "" || f.Service == string(s) {
			r.w.Account.SetWrongStats(s, w)
		}
	}
}

// heal ends everything that goes wrong: every node runs, every way is open, and the account is geo-redundant and live.
func (r *run) heal(ctx context.Context) error {
	for i, n := range r.nodes {
		switch n.Life() {
		case "dead":
			r.replace(nodeName(i))
		default:
			n.Thaw()
		}
	}
	if err := r.w.Rules.Set(nil); err != nil {
		return err
	}
	r.w.SlowRead, r.w.doubt = 0, 0
	return r.w.Redundant(ctx)
}

// plant draws the faults of the plan, unless there are some already.
func (r *run) plant() error {
	drawn, err := r.drawn(r.plan)
	if r.faults == nil {
		r.faults = drawn
	}
	return err
}

// drawn is the schedule of a plan: from a drawn mix, or with so many of each fault as the plan says. It is drawn even
// if another is performed, so that all that is drawn after it stays the same.
func (r *run) drawn(p Plan) (schedule.Schedule, error) {
	if p.Drawn {
		e := schedule.Promised(topology(p.Nodes), p.For)
		m := schedule.DrawMix(r.w.Rand, p.For)
		m.Disks = 0 // memory has none
		return schedule.Draw(r.w.Rand, m, e), nil
	}
	var lines []string
	at := func(most time.Duration) time.Duration {
		return time.Duration(r.w.Rand.Int64N(int64(most))).Truncate(time.Millisecond)
	}
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for range p.Kills {
		add("at %v process %s restart", at(p.For), nodeName(r.w.Rand.IntN(p.Nodes)))
	}
	for range p.Freezes {
		from := at(p.For - time.Second)
		add("at %v for %v process %s freeze", from, min(p.For-from, at(3*time.Minute)+time.Millisecond),
			nodeName(r.w.Rand.IntN(p.Nodes)))
	}
	r.failoverEntries(p, at, add)
	if p.Tideless > 0 {
		add("at %v for %v account geo last-sync-time: unavailable", at(p.For/4), p.Tideless)
	}
	r.disturb(p, add)
	return schedule.Parse(strings.Join(lines, "\n"))
}

// failoverEntries are unplanned ones, each with the order that makes the account redundant again.
func (r *run) failoverEntries(p Plan, at func(time.Duration) time.Duration, add func(string, ...any)) {
	if p.Lag > 0 {
		add("at 0s for %v account geo lag: uniform 0s %v", p.For, p.Lag)
	}
	begun := time.Duration(0)
	for range p.Failovers {
		begun += r.moment() / time.Duration(p.Failovers)
		if begun >= p.For {
			return
		}
		add("at %v account geo failover: unplanned", begun.Truncate(time.Millisecond))
		begun += outage + at(time.Minute)
		if begun < p.For {
			add("at %v account geo reenable", begun.Truncate(time.Millisecond))
		}
	}
}

// disturb has a share of the calls to storages fail, half of them after they were carried out, and another share of
// the appends be held on their way, and arrive although their senders have given up.
func (r *run) disturb(p Plan, add func(string, ...any)) {
	for _, of := range []struct {
		text  string
		share float64
	}{
		{"hold uniform 0s 90s if operation=journal.append", p.HoldRate},
		{"status 503 ServerBusy if (service=table or service=queue)", p.FaultRate / 4},
		{"reset if (service=table or service=queue)", p.FaultRate / 4},
		{"reset after commit if (service=table or service=queue)", p.FaultRate / 2},
	} {
		if of.share > 0 {
			add("at 0s for %v %s p=%v", p.For, of.text, of.share)
		}
	}
}
