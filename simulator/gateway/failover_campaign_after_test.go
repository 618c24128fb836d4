package gateway

import (
	"cmp"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/wire/odata"
)

// conditions writes on condition of ETags read before the failover: what survived takes it, what was set back refuses
// it, what is gone is not there.
func (m *moment) conditions() {
	now := map[rowName]time.Time{}
	of := map[place][]rowName{}
	for _, p := range m.places {
		rows, err := list(m.r.t.Context(), m.primary, p, false)
		if err != nil {
			m.fail("list %v: %v", p, err)
		}
		for _, row := range rows {
			now[rowName{p, row.Key}] = row.Stamp
		}
	}
	for name := range m.saved {
		of[name.place] = append(of[name.place], name)
	}
	for _, p := range m.places {
		names := of[p]
		slices.SortFunc(names, func(a, b rowName) int {
			return cmp.Or(-compareETags(m.saved[a], m.saved[b]), cmp.Compare(a.rk, b.rk))
		})
		const each = 6 // of the newest, most of which are gone, and of the oldest, most of which are there
		for i, name := range names {
			if i < each || i >= len(names)-each {
				m.condition(name, m.saved[name], now)
			}
		}
	}
}

func compareETags(a, b azcore.ETag) int {
	x, _ := odata.ParseETag(string(a))
	y, _ := odata.ParseETag(string(b))
	return x.Compare(y)
}

func (m *moment) condition(name rowName, etag azcore.ETag, rows map[rowName]time.Time) {
	stamp, _ := odata.ParseETag(string(etag))
	now, there := rows[name]
	row := history.Row{Do: history.Merge, Key: name.rk, Fields: map[string]any{"condition": true}}
	op := m.sent("conditions", name.place, row)
	got, err := m.single(m.r.t.Context(), "update", name.place, row, etag)
	m.ended(op, got, err)
	want := ""
	switch {
	case !there:
		want = "Not Found ResourceNotFound"
		m.tally.gone++
	case !now.Equal(stamp):
		want = "Precondition Failed UpdateConditionNotSatisfied"
		m.tally.stale++
	default:
		m.tally.kept++
	}
	if code(err) != want {
		m.fail("%v %s: update if %s: %q, want %q (there: %t, stamped %v)", name.place, name.rk, etag, code(err), want,
			there,
			now)
	}
}

// lrs holds that the account has no secondary.
func (m *moment) lrs() {
	const want = "Forbidden InsufficientAccountPermissions"
	if _, err := list(m.r.t.Context(), m.secondary, m.places[0], false); code(err) != want {
		m.fail("a read of the secondary of an LRS account: %q", code(err))
	}
	if _, err := lastSync(m.r.t.Context(), m.secondary); code(err) != want {
		m.fail("the statistics of an LRS account: %q", code(err))
	}
	if s := m.r.a.Status(); s.State != georep.None || s.Primary != "west" {
		m.fail("after the failover: %+v", s)
	}
}

// again makes the account geo-redundant while writers write.
func (m *moment) again(before Loss) {
	stop := m.write()
	if err := m.r.a.Reenable("east"); err != nil {
		m.r.t.Fatal(err)
	}
	if s := m.r.a.Stats(georep.Table); s.State != georep.Bootstrap {
		m.fail("state %s after geo-redundancy was ordered, want bootstrap", s.State)
	}
	m.r.until("live", func() bool { return m.r.a.Stats(georep.Table).State == georep.Live })
	m.wait(50, 150)
	stop()
	m.r.drain()
	m.check("after the bootstrap", before)
}

// failback goes back: planned, under load; unplanned with nothing missing; or unplanned with what was written since a
// pause missing.
func (m *moment) failback(before Loss) {
	switch m.n % 3 {
	case 0:
		stop := m.write()
		m.wait(20, 100)
		m.r.failover(georep.Planned)
		m.wait(20, 100)
		stop()
		m.r.drain()
		m.loss(1)
		m.check("after a planned failback", before)
		if s := m.r.a.Status(); s.Primary != "east" || s.Secondary != "west" || s.State != georep.Live {
			m.fail("after a planned failback: %+v", s)
		}
	case 1:
		m.r.failover(georep.Unplanned)
		if lost := m.loss(2).Entries; len(lost) > 0 {
			m.fail("an unplanned failback of a drained account lost %v", lost)
		}
		m.check("after an unplanned failback", before)
	default:
		m.r.pause()
		at := m.r.a.Stats(georep.Table).LastSync
		stop := m.write()
		m.wait(50, 150)
		stop()
		m.r.failover(georep.Unplanned)
		second := m.loss(2)
		m.tally.failbackLost += len(second.Entries)
		if last := second.LastSync[georep.Table]; !last.Equal(at) {
			m.fail("the Last Sync Time of the failback is %v, of the pause %v", last, at)
		}
		m.check("after an unplanned failback that lagged", second)
	}
}
