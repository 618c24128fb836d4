package apitest

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/status"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
)

// Tasks are tasks that failed.
type Tasks struct {
	AllTasks []work.Task
	Err      error
}

// Task and the following implement service.Tasks.
func (f *Tasks) Task(_ context.Context, _ telemetry.Tenant, id string) (work.Task, error) {
	for _, t := range f.AllTasks {
		if t.ID == id {
			return t, f.Err
		}
	}
	return work.Task{}, fault.New(fault.NotFound, "fake", "there is no task %q", id)
}

func (f *Tasks) Tasks(_ context.Context, _ telemetry.Tenant, after string, limit int) (work.TasksPage, error) {
	got, more := cut(f.AllTasks, func(t work.Task) bool { return t.ID > after }, limit)
	p := work.TasksPage{Tasks: got}
	if more {
		p.Next = got[limit-1].ID
	}
	return p, f.Err
}

func (f *Tasks) Redrive(ctx context.Context, t telemetry.Tenant, id string) (work.Task, error) {
	got, err := f.Task(ctx, t, id)
	if err == nil && got.State != work.StatePoisoned {
		return got, fault.New(fault.Conflict, "fake", "the task %s is %s", id, got.State)
	}
	got.State = work.StateQueued
	return got, err
}

// Status is a node that says what it is told.
type Status struct {
	Asked  telemetry.Tenant
	Report status.Report
	Err    error
}

// Status implements service.Status.
func (f *Status) Status(_ context.Context, t telemetry.Tenant) (status.Report, error) {
	f.Asked = t
	return f.Report, f.Err
}

// Ready implements service.Status.
func (f *Status) Ready(context.Context) error { return f.Err }

// Task is a task that failed.
func Task(id string) work.Task {
	return work.Task{Version: 1, ID: id, Kind: "compact", Tenant: "acme", State: work.StatePoisoned, Reason: "corrupt",
		Deliveries: 5, Updated: Now}
}
