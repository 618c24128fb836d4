package rows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// CheckTruth holds the truth stream against itself: entries of a partition are applied once and in their order, and a
// failover discards exactly what was not applied. It holds statistics against it: no write that was missing while they
// were asked for is older than their Last Sync Time.
func CheckTruth(h *history.History, f *finding.List) {
	var stats []*history.Op
	for _, op := range h.Done() {
		if op.Call.Kind == history.Stats && !op.Answer.LastSync.IsZero() {
			stats = append(stats, op)
		}
	}
	accounts := map[string]*replica{}
	for _, t := range h.Truth {
		for len(stats) > 0 && stats[0].End < t.Place {
			askAll(accounts, stats[0])
			stats = stats[1:]
		}
		a := accounts[t.Event.Account]
		if a == nil {
			a = &replica{found: f, live: true}
			a.clear()
			accounts[t.Event.Account] = a
		}
		a.hear(t)
	}
	for _, op := range stats {
		askAll(accounts, op)
	}
	for _, a := range accounts {
		a.promoted("")
	}
}

func askAll(accounts map[string]*replica, op *history.Op) {
	for name, a := range accounts {
		if op.Call.Account == "" || op.Call.Account == name {
			a.ask(op)
		}
	}
}

// replica is what the secondary of an account lacks, as the truth stream tells it.
type replica struct {
	found   *finding.List
	live    bool   // false: a copy goes on, or there is no secondary; what is missing is not known
	after   uint64 // entries up to here are not followed
	last    uint64 // the last that was committed
	missing map[uint64]lacking
	parts   map[history.Partition][]uint64 // of missing, in order
	applied map[uint64]bool
	failed  string // the failover whose list is being told
}

// lacking is an entry that the secondary lacks, since a place.
type lacking struct {
	history.Entry
	since int
}

func (r *replica) clear() {
	r.missing, r.parts = map[uint64]lacking{}, map[history.Partition][]uint64{}
	r.applied = map[uint64]bool{}
}

func (r *replica) hear(t history.Told) {
	kind := t.Event.Kind
	if kind != "discarded" && r.failed != "" {
		r.promoted("")
	}
	switch kind {
	case "reenabled", "resync", "listed":
		r.live = false
		r.clear()
	case "live":
		r.live, r.after = true, r.last
	case "promoted":
		r.promoted(t.Event.Text)
	}
	if e := t.Event.Entry; e != nil {
		r.entry(kind, *e, t.Place)
	}
}

func (r *replica) entry(kind string, e history.Entry, place int) {
	switch kind {
	case "commit":
		r.last = max(r.last, e.Seq)
		if r.live {
			r.missing[e.Seq] = lacking{e, place}
			r.parts[e.Partition] = append(r.parts[e.Partition], e.Seq)
		}
	case "apply":
		if r.live && e.Seq > r.after {
			r.apply(e)
		}
	case "discarded":
		if r.applied[e.Seq] {
			r.found.Add(finding.Discards, e.Seq, nil, func() string {
				return fmt.Sprintf("entry %d of %s is discarded, and had been applied", e.Seq, partText(e.Partition))
			})
		}
		r.drop(e)
	}
}

func (r *replica) apply(e history.Entry) {
	if r.applied[e.Seq] {
		r.found.Add(finding.Duplicated, e.Seq, nil, func() string {
			return fmt.Sprintf("entry %d of %s is applied twice", e.Seq, partText(e.Partition))
		})
		return
	}
	if _, ok := r.missing[e.Seq]; !ok {
		r.found.Add(finding.Truth, e.Seq, nil, func() string {
			return fmt.Sprintf("entry %d of %s is applied, and was not committed", e.Seq, partText(e.Partition))
		})
		return
	}
	if first := r.overtaken(e); first != nil {
		r.found.Add(finding.Order, e.Seq, nil, func() string {
			return fmt.Sprintf("entry %d of %s is applied before entry %d of %s", e.Seq, partText(e.Partition),
				first.Seq,
				partText(first.Partition))
		})
	}
	r.applied[e.Seq] = true
	r.drop(e)
}

// overtaken is the first missing entry that has to be applied before another, or nil.
func (r *replica) overtaken(e history.Entry) *history.Entry {
	first := e
	for p, seqs := range r.parts {
		if seqs[0] < first.Seq && inOrder(p, e.Partition) {
			first = r.missing[seqs[0]].Entry
		}
	}
	if first.Seq == e.Seq {
		return nil
	}
	return &first
}

// inOrder reports whether entries of two partitions keep their order.
func inOrder(p, q history.Partition) bool {
	return p.Service == q.Service && p.Container == q.Container && (p.Whole || q.Whole || p.Key == q.Key)
}

func (r *replica) drop(e history.Entry) {
	delete(r.missing, e.Seq)
	p := e.Partition
	r.parts[p] = slices.DeleteFunc(r.parts[p], func(seq uint64) bool { return seq == e.Seq })
	if len(r.parts[p]) == 0 {
		delete(r.parts, p)
	}
}

// promoted begins what a failover tells, as "unplanned: east to west", and ends the one before.
func (r *replica) promoted(text string) {
	if r.failed != "" && r.live {
		for _, seq := range sortedKeys(r.missing) {
			e := r.missing[seq].Entry
			r.found.Add(finding.Discards, seq, nil, func() string {
				return fmt.Sprintf("entry %d of %s was not applied when the roles changed (%s), and is not discarded",
					seq,
					partText(e.Partition), r.failed)
			})
		}
	}
	if r.failed != "" {
		r.live = strings.HasPrefix(r.failed, "planned")
		r.after = r.last
		r.clear()
	}
	r.failed = text
}

func sortedKeys[V any](m map[uint64]V) []uint64 {
	keys := make([]uint64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ask holds statistics against what was missing while they were asked for.
func (r *replica) ask(op *history.Op) {
	if !r.live {
		return
	}
	var oldest *lacking
	for _, e := range r.missing {
		if e.since < op.Begin && e.Partition.Service == op.Call.Service && e.At.Before(op.Answer.LastSync) &&
			(oldest == nil || cmp.Compare(e.Seq, oldest.Seq) < 0) {
			oldest = &e
		}
	}
	if oldest == nil {
		return
	}
	e := oldest.Entry
	r.found.Add(finding.LastSync, e.Seq, nil, func() string {
		return fmt.Sprintf("the Last Sync Time is %s, and the secondary lacks entry %d of %s, stamped %s",
			timeText(op.Answer.LastSync), e.Seq, partText(e.Partition), timeText(e.At))
	}, op)
}
