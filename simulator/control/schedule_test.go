package control_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/control"
	"tidemark/simulator/georep"
)

// everything is a schedule with one fault of every kind that a topology that runs can suffer. What the account is
// ordered is refused, because its replication is paused.
const everything = `# begins at once
at 0s region west out service=queue: hang
at 0s network cut from=outside to=west service=compute: reset
at 0s network distance from=east to=west: 5ms
at 0s for 10ms process west/redis freeze
at 0s for 10ms process east/redis kill
at 0s account tidemark lag table=Orders: constant 7s
at 0s account tidemark pause service=queue
at 0s account tidemark last-sync-time: unavailable
at 0s account tidemark last-sync-time service=queue: back 5s
at 0s clock west offset: -5m0s
at 0s clock east jump: 3s
at 0s hang if to=west operation=other p=0.25
at 20ms process west/redis restart
at 30ms account tidemark failover: planned
at 40ms account tidemark reenable
`

// play orders a schedule and waits until something is so.
func (r *rig) play(t *testing.T, order control.ScheduleOrder, what string,
	is func(control.Schedule) bool) control.Schedule {
	t.Helper()
	body, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	var now control.Schedule
	r.want(t, http.StatusAccepted, "POST", "/schedule", string(body), &now)
	for guard := time.Now().Add(time.Minute); !is(now); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(guard) {
			t.Fatalf("not within a minute: %s: %+v", what, now)
		}
		r.want(t, http.StatusOK, "GET", "/schedule", "", &now)
	}
	return now
}

// suffers is what the topology suffers now, in the words of the API.
func (r *rig) suffers(t *testing.T) string {
	t.Helper()
	var parts []string
	for _, o := range r.sim.Network().Outages() {
		parts = append(parts, o.String()[strings.Index(o.String(), ": ")+2:])
	}
	for _, rule := range r.sim.Faults().Rules() {
		parts = append(parts, rule.String())
	}
	a, err := r.sim.Account("tidemark")
	if err != nil {
		t.Fatal(err)
	}
	status := a.Status()
	for _, s := range status.PausedScopes {
		parts = append(parts, "paused "+s.String())
	}
	if lag := a.Lags()[georep.Scope{Service: georep.Table, Container: "orders"}]; lag != nil {
		parts = append(parts, "lag "+lag.String())
	}
	if status.State == georep.Unavailable {
		parts = append(parts, "unavailable")
	}
	for _, region := range []string{"east", "west"} {
		if ahead := r.sim.Clocks().Ahead(region, time.Now()); ahead != 0 {
			parts = append(parts, "clock of "+region+" "+ahead.String())
		}
	}
	parts = append(parts, r.sim.Network().Distance("east", "west").String()+" there, "+
		r.sim.Network().Distance("west", "east").String()+" back")
	return strings.Join(parts, "\n")
}

// TestAScheduleIsCarriedOut with one fault of every kind, and what it began ends when it is stopped.
func TestAScheduleIsCarriedOut(t *testing.T) {
	r := simulation(t)
	before := r.suffers(t)
	now := r.play(t, control.ScheduleOrder{Schedule: everything}, "all was ordered",
		func(s control.Schedule) bool { return len(s.Done) == 17 })
	want := strings.Join([]string{"reset from outside to west, compute (schedule)",
		"hang in region west, queue (schedule)", "hang if to=west operation=other p=0.25", "paused queue",
		"lag constant 7s", "unavailable", "clock of east 3s", "clock of west -5m0s", "5ms there, 0s back"}, "\n")
	if got := r.suffers(t); got != want {
		t.Errorf("the topology suffers\n%s\nwant\n%s", got, want)
	}
	if !now.Running || len(now.Holding) != 10 || len(now.Entries) != 15 {
		t.Errorf("%+v", now)
	}
	r.refused(t, "POST", "/schedule", `{"schedule":"at 0s hang"}`, http.StatusConflict, "schedule-running")
	r.want(t, http.StatusNoContent, "DELETE", "/schedule", "", nil)
	if got := r.suffers(t); got != before {
		t.Errorf("after it was stopped the topology suffers\n%s\nwant\n%s", got, before)
	}
	r.want(t, http.StatusOK, "GET", "/schedule", "", &now)
	if now.Running || len(now.Holding) > 0 || len(now.Done) != 27 {
		t.Errorf("after it was stopped: %+v", now)
	}
	var failed []string
	for _, d := range now.Done {
		if d.Error != "" {
			failed = append(failed, d.What+" "+d.Fault+": "+d.Error)
		}
	}
	if len(failed) != 2 || !strings.Contains(failed[0], "happens account tidemark failover: planned: ") ||
		!strings.Contains(failed[1], "happens account tidemark reenable: ") {
		t.Errorf("not done were %q", failed)
	}
}

// TestAScheduleHeals by itself at its time, and one that needs nothing to be healed ends with its last fault.
func TestAScheduleHeals(t *testing.T) {
	r := simulation(t)
	before := r.suffers(t)
	over := func(s control.Schedule) bool { return !s.Running }
	now := r.play(t, control.ScheduleOrder{Schedule: "at 0s region west out", HealAfter: "30ms"}, "it has healed", over)
	if len(now.Done) != 2 || now.Done[1].What != "ends" || now.Done[1].Error != "" {
		t.Errorf("%+v", now.Done)
	}
	now = r.play(t, control.ScheduleOrder{Schedule: "at 0s for 20ms region west out\nat 10ms for 1ms hang if to=east"},
		"it is over", over)
	var done []string
	for _, d := range now.Done {
		done = append(done, d.What+" "+d.Fault)
	}
	if want := []string{"begins region west out: refuse", "begins hang if to=east", "ends hang if to=east",
		"ends region west out: refuse"}; !slices.Equal(done, want) {
		t.Errorf("it did %q, want %q", done, want)
	}
	if got := r.suffers(t); got != before {
		t.Errorf("afterwards the topology suffers\n%s", got)
	}
}

// TestSchedulesThatCannotBeDoneAreRefused by name, before anything begins.
func TestSchedulesThatCannotBeDoneAreRefused(t *testing.T) {
	r := simulation(t)
	before := r.suffers(t)
	for lines, want := range map[string]string{
		"at 0s region east out\nat 1s clock east/redis offset: 5s": "clock east/redis offset: 5s: this simulator " +
			"cannot do it: its processes have the clock of this machine",
		"at 0s disk east/azurite full":                                     "have no disks of their own",
		"at 0s network cut from=east/redis to=west":                        "not processes",
		"at 0s account tidemark last-sync-time service=queue: unavailable": "for all its services, or for none",
		"at 0s process east/node-1 kill": "write east/azurite, east/redis, west/azurite " +
			"or west/redis",
		"at 0s region north out":           "unknown region",
		"at 0s account tidemarkeast pause": "local to east",
		"at 0s region east out\nat 5 hang": "line 2: at ",
		"# nothing":                        "the schedule is empty",
	} {
		body, _ := json.Marshal(control.ScheduleOrder{Schedule: lines})
		p := r.refused(t, "POST", "/schedule", string(body), http.StatusUnprocessableEntity, "")
		if !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %s, want %q", lines, p.Detail, want)
		}
	}
	r.refused(t, "POST", "/schedule", `{"schedule":"at 0s hang","healAfter":"soon"}`,
		http.StatusUnprocessableEntity, "invalid")
	if got := r.suffers(t); got != before {
		t.Errorf("the topology suffers\n%s", got)
	}
}

// refused sends a request that has to be refused.
func (r *rig) refused(t *testing.T, method, path, body string, status int, code string) (p control.Problem) {
	t.Helper()
	a, text := r.ask(t, method, path, body)
	if err := json.Unmarshal([]byte(text), &p); err != nil || a.StatusCode != status || code != "" && p.Code != code {
		t.Errorf("%s %s %s: %d %s, want %d %s", method, path, body, a.StatusCode, text, status, code)
	}
	return p
}
