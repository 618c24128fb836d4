package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/nemesis"
	"tidemark/simulator/topology"
)

// ScheduleOrder orders a schedule of faults.
type ScheduleOrder struct {
	Schedule  string `json:"schedule" minLength:"1" example:"at 5s for 30s region east out: hang" doc:"Its text, a fault a line."`
	HealAfter string `json:"healAfter,omitempty" example:"2m" doc:"Everything that holds ends after this long; never when absent, so that what has no end holds until it is stopped."`
}

// Schedule is how far the schedule is.
type Schedule struct {
	Running bool           `json:"running"`
	Entries []string       `json:"entries" nullable:"false" doc:"Its lines, in order."`
	Elapsed string         `json:"elapsed" example:"12.5s" doc:"Since it began."`
	Holding []string       `json:"holding" nullable:"false" doc:"The faults that hold now."`
	Done    []ScheduleDone `json:"done" nullable:"false" doc:"What it did, in order."`
}

// ScheduleDone is something that a schedule did, or tried to do.
type ScheduleDone struct {
	At    string `json:"at" example:"5.002s" doc:"Since the schedule began."`
	What  string `json:"what" enum:"begins,ends,happens"`
	Fault string `json:"fault" example:"region east out: hang"`
	Error string `json:"error,omitempty" doc:"Why it was not done."`
}

type inSchedule struct{ Body ScheduleOrder }

func (a *api) registerSchedule() {
	handle(a, op("GET", "/schedule", "get-schedule", "faults", "The schedule that is carried out, or was last", 404),
		func(context.Context, *struct{}) (Schedule, error) { return a.schedule() })
	o := op("POST", "/schedule", "run-schedule", "faults",
		"Carry a schedule of faults out; it goes on by itself, GET /schedule shows how far it is", 409)
	o.DefaultStatus = http.StatusAccepted
	handle(a, o, a.runSchedule)
	order(a, op("DELETE", "/schedule", "stop-schedule", "faults",
		"Stop the schedule: everything of it that holds ends now"),
		func(context.Context, *struct{}) error {
			a.nemesis.Stop()
			return nil
		})
}

func (a *api) runSchedule(_ context.Context, in *inSchedule) (Schedule, error) {
	s, err := schedule.Parse(in.Body.Schedule)
	if err != nil {
		return Schedule{}, badSchedule(err)
	}
	if len(s) == 0 {
		return Schedule{}, invalid("the schedule is empty: write a fault a line, as in: at 5s for 30s region east " +
			"out: hang")
	}
	var healed time.Duration
	if in.Body.HealAfter != "" {
		if healed, err = time.ParseDuration(in.Body.HealAfter); err != nil || healed <= 0 {
			return Schedule{}, invalid("healAfter is %q: write after how long everything ends, as 2m; leave it out "+
				"for "+
				"never", in.Body.HealAfter)
		}
	}
	switch err := a.nemesis.Start(a.ends, s, healed); {
	case errors.Is(err, nemesis.ErrRunning):
		return Schedule{}, problem(http.StatusConflict, "schedule-running", "A schedule is carried out already",
			"a schedule is carried out already: stop it first (DELETE /schedule), or wait for its end (GET /schedule)")
	case err != nil:
		return Schedule{}, badSchedule(err)
	}
	return a.schedule()
}

func badSchedule(err error) error {
	return problem(http.StatusUnprocessableEntity, "bad-schedule", "No such schedule", "%s", topology.Plain(err))
}

func (a *api) schedule() (Schedule, error) {
	state, ok := a.nemesis.State()
	if !ok {
		return Schedule{}, problem(http.StatusNotFound, "no-schedule", "There is no schedule",
			"no schedule was carried out yet: POST /schedule, or tidemark sim run FILE")
	}
	out := Schedule{Running: state.Running, Elapsed: state.Elapsed.Round(time.Millisecond).String(),
		Entries: []string{}, Holding: []string{}, Done: []ScheduleDone{}}
	for _, e := range state.Schedule {
		out.Entries = append(out.Entries, e.String())
	}
	for _, f := range state.Holding {
		out.Holding = append(out.Holding, f.String())
	}
	for _, d := range state.Done {
		done := ScheduleDone{At: d.At.Round(time.Millisecond).String(), What: string(d.What), Fault: d.Fault.String()}
		if d.Err != nil {
			done.Error = topology.Plain(d.Err)
		}
		out.Done = append(out.Done, done)
	}
	return out, nil
}
