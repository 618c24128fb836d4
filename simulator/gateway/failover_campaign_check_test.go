package gateway

import (
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/check"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
)

// check reads everything, when nothing is under way, after the simulator was asked what failovers lost.
func (m *moment) check(when string, loss Loss) {
	op := m.begin("operator", history.Call{Kind: history.Losses})
	m.end(op, history.Done, history.Answer{Loss: lossOf(loss)}, "")
	m.tally.lost = max(m.tally.lost, len(loss.Entries))
	m.enter(history.Drained)
	m.look(when, history.Primary, m.primary)
	if m.r.a.Status().State != georep.Live {
		return
	}
	m.look(when, history.Secondary, m.secondary)
	for region, server := range m.r.servers {
		m.look(when, "store of "+string(region), m.client(server.TableURL(m.r.account.Name)))
	}
}

func (m *moment) look(when, endpoint string, of *aztables.ServiceClient) {
	for _, p := range m.places {
		if err := m.read(m.r.t.Context(), when, endpoint, of, p); err != nil {
			m.fail("%s: %v", when, err)
		}
	}
}

// lossOf is a loss in the form of a history.
func lossOf(l Loss) *history.Loss {
	out := &history.Loss{At: l.At, LastSync: map[string]time.Time{}}
	for service, at := range l.LastSync {
		out.LastSync[string(service)] = at
	}
	for _, e := range l.Entries {
		p := e.Partition
		out.Entries = append(out.Entries, history.Lost{Keys: l.Keys[e.Seq], Entry: history.Entry{Seq: e.Seq, At: e.At,
			Due: e.Due, Rows: e.Rows, Bytes: e.Bytes, Partition: history.Partition{Service: string(p.Service),
				Container: p.Container, Key: p.Key, Whole: p.Whole}}})
	}
	return out
}

// last is a write of the history that was acknowledged with a stamp.
func (m *moment) last() *history.Op {
	for _, op := range slices.Backward(m.h.Ops) {
		if op.Call.Kind == history.WriteRows && !op.Answer.Stamp.IsZero() {
			return op
		}
	}
	m.r.t.Fatal("nothing was written")
	return nil
}

// TestFailoverChecker: the check of a failover finds a list that lacks a write, one that has a write which is there,
// a Last Sync Time that is late, and a row that is gone and not listed.
func TestFailoverChecker(t *testing.T) {
	seed := soakSeed(t)
	for name, c := range map[string]struct {
		plant func(m *moment, l *Loss)
		want  check.Rule
	}{
		"a write is not listed": {func(_ *moment, l *Loss) { l.Entries = l.Entries[1:] }, check.Discards},
		"a write is listed that is there": {func(m *moment, l *Loss) {
			op := m.last()
			l.Entries = append(l.Entries, georep.Entry{Seq: 1 << 40, Partition: georep.Partition{Service: georep.Table,
				Container: op.Call.Table, Key: op.Call.Partition}, At: op.Answer.Stamp})
			for _, row := range op.Call.Rows {
				l.Keys[1<<40] = append(l.Keys[1<<40], row.Key)
			}
		}, check.Discards},
		"a write is listed that nobody wrote": {func(_ *moment, l *Loss) {
			l.Entries[0].At = l.Entries[0].At.Add(time.Hour)
		}, check.Discards},
		"a lost write is listed with other rows": {func(_ *moment, l *Loss) {
			l.Keys[l.Entries[0].Seq] = []string{"another"}
		}, check.Discards},
		"the Last Sync Time is late": {func(_ *moment, l *Loss) {
			l.LastSync[georep.Table] = l.Entries[0].At.Add(georep.Resolution)
		}, check.LastSync},
		"a row is gone": {func(m *moment, _ *Loss) {
			op := m.last()
			store := m.client(m.r.servers["west"].TableURL(m.r.account.Name)).NewClient(op.Call.Table)
			if _, err := store.DeleteEntity(t.Context(), op.Call.Partition, op.Call.Rows[0].Key, nil); err != nil {
				t.Fatal(err)
			}
		}, check.Lost},
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
				verdicts := m.verdicts()
				if len(verdicts) == 0 || len(m.wrong) > 0 {
					t.Errorf("%d verdicts, and %q", len(verdicts), m.wrong)
				}
				for _, v := range verdicts {
					if v.Rule != c.want {
						t.Errorf("found by another rule: %s", v)
					}
				}
				return
			}
			t.Error("nothing was lost in 10 failovers")
		})
	}
}
