package gateway

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/georep"
)

// employees is the account of Microsoft's example ("Use geo-redundancy to design highly available applications", the
// table of T0 to T6): an employee in one partition, the number of administrators in another.
type employees struct {
	*side
	primary, secondary *aztables.Client
}

func (e employees) write(row, role string) time.Time {
	e.t.Helper()
	must[aztables.UpsertEntityResponse](e.t)(e.primary.UpsertEntity(e.t.Context(),
		entity(row, row, map[string]any{"is": role}),
		&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace}))
	_, at := e.read(e.primary, row)
	return at
}

// read is what a row says, and since when; "" is no row.
func (e employees) read(c *aztables.Client, row string) (is string, at time.Time) {
	e.t.Helper()
	resp, err := c.GetEntity(e.t.Context(), row, row, nil)
	if said(err) == "404 ResourceNotFound" {
		return "", time.Time{}
	}
	if err != nil {
		e.t.Fatal(err)
	}
	var got struct {
		Is        string
		Timestamp time.Time
	}
	if err := json.Unmarshal(resp.Value, &got); err != nil {
		e.t.Fatal(err)
	}
	return got.Is, got.Timestamp
}

// at holds that the secondary shows an employee and a count.
func (e employees) at(step, employee, count string) {
	e.t.Helper()
	is, _ := e.read(e.secondary, "employee")
	n, _ := e.read(e.secondary, "administrators")
	if is != employee || n != count {
		e.t.Errorf("%s: the secondary shows %q and a count of %q, want %q and %q", step, is, n, employee, count)
	}
}

// lst is the Last Sync Time, by aztables.
func (e employees) lst() time.Time {
	e.t.Helper()
	_, secondary := e.tables()
	stats := must[aztables.GetStatisticsResponse](e.t)(secondary.GetStatistics(e.t.Context(), nil))
	if got := string(*stats.GeoReplication.Status); got != "live" {
		e.t.Fatalf("state %q", got)
	}
	return *stats.GeoReplication.LastSyncTime
}

// TestMicrosoftsExample reads the example step by step: B updates the employee, C the count, in another partition; C
// arrives first, and the Last Sync Time stays at T1 until B is there.
func TestMicrosoftsExample(t *testing.T) {
	t.Parallel()
	s := newSide(t, plan{})
	primary, secondary := s.made("Company")
	e := employees{s, primary, secondary}
	partition := func(key string) georep.Scope {
		return georep.Scope{Service: georep.Table, Container: "Company", Key: key}
	}

	e.write("administrators", "0")
	e.drain()
	s.a.Pause(partition("employee"))
	t0 := e.write("employee", "clerk") // T0: transaction A inserts the employee at the primary
	e.at("T0", "", "0")
	s.a.Resume(partition("employee"))
	e.drain() // T1: A is at the secondary, and the Last Sync Time is T1
	e.at("T1", "clerk", "0")
	e.wait("T1: the Last Sync Time is after A", func() bool { return e.lst().After(t0) })
	beyond(time.Now()) // so that what comes is a second later than T1

	s.a.SetLag(partition("employee"), lag(t, "constant 1h"))
	t2 := e.write("employee", "administrator") // T2: B updates the employee
	lst := e.lst()
	if lst.Before(t0) || lst.After(t2) {
		t.Errorf("T2: the Last Sync Time is %v, want one from T1, %v, to before B, %v", lst, t0, t2)
	}
	s.a.Pause(partition("administrators"))
	t3 := e.write("administrators", "1") // T3: C updates the count
	e.at("T3", "clerk", "0")

	s.a.Resume(partition("administrators"))
	e.wait("T4: C is at the secondary before B", func() bool {
		is,
			_ := e.read(secondary, "administrators")
		return is == "1"
	})
	e.wait("T4: B alone is missing",
		func() bool { return e.a.Status().Backlog == 1 }) // it is there before it is counted
	beyond(t3)
	e.at("T5", "clerk", "1") // T5: a reader gets the new count and the old employee
	if got := e.lst(); !got.Equal(lst) {
		t.Errorf("T5: the Last Sync Time is %v, want T1's %v still", got, lst)
	}
	if _, at := e.read(secondary, "administrators"); !at.After(lst) {
		t.Errorf("T5: the count's Timestamp %v is not after the Last Sync Time %v: the reader cannot tell that it "+
			"may be inconsistent", at, lst)
	}
	if _, at := e.read(secondary, "employee"); !at.Before(lst) {
		t.Errorf("T5: the old employee's Timestamp %v is not before the Last Sync Time %v", at, lst)
	}

	s.a.SetLag(partition("employee"), lag(t, "none")) // what is under way is due by the shorter lag
	e.drain()                                         // T6: B is at the secondary
	t6 := time.Now()
	e.at("T6", "administrator", "1")
	e.wait("T6: the Last Sync Time is T6 or later", func() bool { return !e.lst().Before(t6.Truncate(time.Second)) })
	for _, row := range []string{"employee", "administrators"} {
		e.wait(row+"'s Timestamp is before the Last Sync Time",
			func() bool { _, at := e.read(secondary, row); return at.Before(e.lst()) })
	}
}
