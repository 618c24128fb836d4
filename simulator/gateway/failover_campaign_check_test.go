package gateway

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/gateway/internal/tables"
	"tidemark/simulator/georep"
)

// check holds that the endpoints have exactly what was written and is not listed as lost, and that what is listed was
// written, is stamped at or after the Last Sync Time, and touches the rows that it is said to. It is called when
// nothing is under way. The ledger is set back as the account was.
func (m *moment) check(when string, loss Loss) {
	ctx := m.r.t.Context()
	now := map[place]state{}
	for _, p := range m.places {
		rows, err := m.read(ctx, m.primary, p, false)
		if err != nil {
			m.fail("%s: read %v: %v", when, p, err)
			return
		}
		now[p] = rows
	}
	m.strike(when, loss)
	m.findUnknown(now)
	all := pasts(m.places, m.writes)
	for _, p := range m.places {
		m.differs(when+": the primary", p, all[p].last, now[p])
	}
	m.tracks(when)
	if m.r.a.Status().State == georep.Live {
		m.checkOther(when, "secondary", m.secondary, all)
		for region, server := range m.r.servers {
			m.checkOther(when, "store of "+string(region), m.client(server.TableURL(m.r.account.Name)), all)
		}
	}
}

func (m *moment) checkOther(when, name string, of *aztables.ServiceClient, all map[place]*past) {
	for _, p := range m.places {
		rows, err := m.read(m.r.t.Context(), of, p, strings.HasPrefix(name, "store"))
		if err != nil {
			m.fail("%s: read %v at the %s: %v", when, p, name, err)
			continue
		}
		m.differs(when+": the "+name, p, all[p].last, rows)
	}
}

func (m *moment) differs(what string, p place, want, got state) {
	if diff := cmp.Diff(want.lines(), got.lines()); diff != "" {
		m.fail("%s differs from what was written and not listed as lost, in %v (-want +got):\n%s", what, p, diff)
	}
}

// strike takes what a failover lists out of the ledger, once.
func (m *moment) strike(when string, loss Loss) {
	last := loss.LastSync[georep.Table]
	if last.Before(m.synced) {
		m.fail("%s: the loss has the Last Sync Time %v, and %v was read before it", when, last, m.synced)
	}
	for _, e := range loss.Entries {
		id := tables.StampText(e.At)
		if m.dead[id] {
			continue
		}
		m.dead[id] = true
		if e.At.Before(last) {
			m.fail("%s: entry %d, stamped %s, is lost, and the Last Sync Time was %v", when, e.Seq, id, last)
		}
		p := place{e.Partition.Container, e.Partition.Key}
		keys := loss.Keys[e.Seq]
		m.tally.lost++
		if i := slices.IndexFunc(m.writes, func(w written) bool {
			return w.place == p &&
				w.stamp.Equal(e.At)
		}); i >= 0 {
			m.sameKeys(when, m.writes[i], keys)
			m.writes = slices.Delete(m.writes, i, i+1)
		} else if i := slices.IndexFunc(m.unknown, func(w written) bool {
			return w.place == p &&
				slices.Contains(keys, w.ops[0].rk) && w.surrounds(e.At)
		}); i >= 0 {
			m.tally.lostUnknown++
			m.sameKeys(when, m.unknown[i], keys)
			m.unknown = slices.Delete(m.unknown, i, i+1)
		} else {
			m.fail("%s: entry %d of %v, stamped %s, rows %q, is listed as lost, and nobody wrote it", when, e.Seq, p,
				id, keys)
		}
	}
}

func (m *moment) sameKeys(when string, w written, keys []string) {
	want := make([]string, len(w.ops))
	for i, op := range w.ops {
		want[i] = op.rk
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(keys))); diff != "" {
		m.fail("%s: the rows of a lost write (-written +listed):\n%s", when, diff)
	}
}

// surrounds says whether a stamp may be this write's. A caller that was cut off may have gone a moment before its
// write was stamped.
func (w written) surrounds(stamp time.Time) bool {
	const slack = 200 * time.Millisecond
	return !stamp.Before(w.began.Add(-slack)) && !stamp.After(w.ended.Add(slack))
}

// findUnknown finds writes of unknown outcome in what is there: the row that only such a write has tells its stamp.
func (m *moment) findUnknown(now map[place]state) {
	m.unknown = slices.DeleteFunc(m.unknown, func(w written) bool {
		m.tally.unknown++
		v, there := now[w.place][w.ops[0].rk]
		if !there || v.fields["id"] != w.ops[0].fields["id"] {
			return true // it came to nothing
		}
		m.tally.unknownThere++
		w.stamp = v.stamp
		m.writes = append(m.writes, w)
		return true
	})
}

// tracks holds the ledger against the truth stream: every write that was committed and not discarded is in it, and no
// other.
func (m *moment) tracks(when string) {
	want, got := map[string]bool{}, map[string]bool{}
	for _, e := range m.r.told("commit") {
		if !e.Entry.Partition.Whole {
			want[e.Entry.Partition.Key+" "+tables.StampText(e.Entry.At)] = true
		}
	}
	for _, e := range m.r.told("discarded") {
		delete(want, e.Entry.Partition.Key+" "+tables.StampText(e.Entry.At))
	}
	for _, w := range m.writes {
		got[w.pk+" "+tables.StampText(w.stamp)] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.fail("%s: the truth stream differs from the ledger (- stream, + ledger):\n%s", when, diff)
	}
}

// TestFailoverChecker: the check of a failover finds a list that lacks a write, one that has a write which is there,
// a Last Sync Time that is late, and a row that is gone and not listed.
func TestFailoverChecker(t *testing.T) {
	seed := soakSeed(t)
	for name, c := range map[string]struct {
		plant func(m *moment, l *Loss)
		want  string
	}{
		"a write is not listed": {func(_ *moment, l *Loss) { l.Entries = l.Entries[1:] },
			"differs from what was written"},
		"a write is listed that is there": {func(m *moment, l *Loss) {
			w := m.writes[len(m.writes)-1]
			l.Entries = append(l.Entries, georep.Entry{Partition: georep.Partition{Service: georep.Table,
				Container: w.table, Key: w.pk}, At: w.stamp})
		}, "differs from what was written"},
		"a write is listed that nobody wrote": {func(_ *moment,
			l *Loss) {
			l.Entries[0].At = l.Entries[0].At.Add(time.Hour)
		}, "nobody wrote it"},
		"the Last Sync Time is late": {func(_ *moment, l *Loss) {
			l.LastSync[georep.Table] = l.Entries[0].At.Add(georep.Resolution)
		}, "and the Last Sync Time was"},
		"a row is gone": {func(m *moment, _ *Loss) {
			w := m.writes[len(m.writes)-1]
			store := m.client(m.r.servers["west"].TableURL(m.r.account.Name)).NewClient(w.table)
			if _, err := store.DeleteEntity(t.Context(), w.pk, w.ops[0].rk, nil); err != nil {
				t.Fatal(err)
			}
		}, "differs from what was written"},
	} {
		t.Run(name, func(t *testing.T) {
			for run := range 10 {
				m := newMoment(t, seed+uint64(run), 0)
				loss := m.lose()
				if len(loss.Entries) == 0 {
					continue
				}
				c.plant(m, &loss)
				m.check("planted", loss)
				if !slices.ContainsFunc(m.wrong, func(text string) bool { return strings.Contains(text, c.want) }) {
					t.Errorf("not found, but %q", m.wrong)
				}
				return
			}
			t.Error("nothing was lost in 10 failovers")
		})
	}
}
