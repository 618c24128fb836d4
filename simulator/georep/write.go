package georep

import (
	"fmt"
	"time"
)

// Arrive takes a write in, before anything of it is done: until Commit or Abandon the Last Sync Time stays at or
// below its arrival. It is refused with ErrBacklog or ErrDown.
func (a *Account) Arrive(now time.Time, s Service) (Ticket, error) {
	a.tick(now)
	if a.phase == Down {
		return 0, fmt.Errorf("%s failover to %s: %w: send the write again later", a.kind.article(), a.secondary,
			ErrDown)
	}
	if n := len(a.items) + len(a.tickets); a.secondary != "" && a.maxBacklog > 0 && n >= a.maxBacklog {
		return 0, fmt.Errorf("%d of %d entries wait for %s: %w: send the write again later, resume or speed up "+
			"replication, or raise the bound", n, a.maxBacklog, a.secondary, ErrBacklog)
	}
	a.ticket++
	w := &arrival{ticket: a.ticket, service: a.service(s), at: a.shown.at.Truncate(stampStep)}
	a.tickets[w.ticket] = w
	w.service.arrivals.push(w)
	a.tell("arrive", Entry{Partition: Partition{Service: s}}, w.ticket.text(a))
	return w.ticket, nil
}

// Stamp gives the write its Timestamp: what the primary's clock shows, or later, so that it is after every other stamp
// that the account gave in this region; in steps of Resolution. No two stamps are equal, but those of a new primary may
// be before those of the old one. Call it while the write's partition is held, so that stamps and commits of a
// partition have one order. A second stamp replaces the first.
func (a *Account) Stamp(now time.Time, t Ticket) time.Time {
	a.tick(now)
	w, c := a.underWay("Stamp", t), a.shown
	w.stamp = c.at.Truncate(stampStep).Add(c.shift)
	if !w.stamp.After(c.stamp) {
		w.stamp = c.stamp.Add(stampStep)
	}
	c.stamp = w.stamp
	return w.stamp
}

// Commit says that the primary has stored the write. One that was not stamped is stamped now. Without geo-redundancy
// nothing is logged; the write still has a number. It is taken in every phase and with any region away: the primary
// has it.
func (a *Account) Commit(now time.Time, t Ticket, p Partition, rows, bytes int) Entry {
	now = a.tick(now)
	w := a.underWay("Commit", t)
	if w.service.name != p.Service {
		panic(fmt.Sprintf("georep: Commit of ticket %d to a partition of service %s: it arrived for service %s", t,
			p.Service, w.service.name))
	}
	if w.stamp.IsZero() {
		a.Stamp(now, t)
	}
	a.leave(w)
	a.seq++
	e := Entry{Seq: a.seq, Partition: p, At: w.stamp, Rows: rows, Bytes: bytes}
	if a.secondary != "" {
		e = a.log(now, e, w.service)
	}
	a.tell("commit", e, t.text(a))
	return e
}

// log writes an entry into the log of what the secondary lacks.
func (a *Account) log(now time.Time, e Entry, s *service) Entry {
	e.Due = now.Add(a.delay(now, e))
	it := &item{Entry: e, committed: now}
	a.items[e.Seq] = it
	a.bytes += e.Bytes
	s.missing.push(it)
	name := e.Partition.box()
	it.box = a.boxes[name]
	if it.box == nil {
		it.box = &container{name: name}
		a.boxes[name] = it.box
	}
	if it.box.add(it) {
		a.admit(it)
	}
	return e
}

// Abandon says that the primary refused the write, or that it was never sent. A write that may have been stored is to
// be committed.
func (a *Account) Abandon(now time.Time, t Ticket) {
	a.tick(now)
	w := a.underWay("Abandon", t)
	a.leave(w)
	a.tell("abandon", Entry{Partition: Partition{Service: w.service.name}}, t.text(a))
}

func (a *Account) leave(w *arrival) {
	a.progress = a.now
	w.service.arrivals.remove(w)
	delete(a.tickets, w.ticket)
}

// LastSeq is the number of the last commit.
func (a *Account) LastSeq() uint64 { return a.seq }
