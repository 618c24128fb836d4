package httpapi

import (
	"context"
	"net/http"
	"time"

	"tidemark/domain/work"
)

type taskInput struct {
	ID string `path:"id" minLength:"1" maxLength:"512" doc:"The task."`
}

// TasksBody is tasks.
type TasksBody struct {
	Tasks []TaskBody `json:"tasks" nullable:"false" doc:"By id."`
	Next  string     `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// TaskBody is background work that failed too often, and what became of it.
type TaskBody struct {
	ID         string    `json:"id" doc:"The name."`
	Kind       string    `json:"kind" example:"compact" doc:"What is done."`
	Shard      uint16    `json:"shard" doc:"The tenant's shard it is done to."`
	State      string    `json:"state" enum:"poisoned,queued,done" doc:"poisoned: put aside; queued: driven again; done."`
	Reason     string    `json:"reason,omitempty" doc:"Why it failed."`
	Deliveries int       `json:"deliveries" minimum:"0" doc:"How often it was tried."`
	Updated    time.Time `json:"updated" doc:"When the state last changed."`
}

func taskBody(t *work.Task) TaskBody {
	return TaskBody{ID: t.ID, Kind: t.Kind, Shard: t.Shard, State: t.State, Reason: t.Reason, Deliveries: t.Deliveries,
		Updated: t.Updated.UTC()}
}

func (a *API) registerTasks() {
	op := a.operation(http.MethodGet, "/v1/tasks", "list-tasks", "operations", "List background work that failed", "")
	answers[TasksBody](a, &op, http.StatusOK, "A page of tasks", nil)
	a.fails(&op, 400)
	handle(a, op, nil, a.tasks)

	op = a.operation(http.MethodGet, "/v1/tasks/{id}", "read-task", "operations", "Show a task", "")
	answers[TaskBody](a, &op, http.StatusOK, "The task", nil)
	a.fails(&op, 404)
	handle(a, op, nil, func(ctx context.Context, in *taskInput) (*reply, error) {
		t, err := a.deps.Tasks.Task(ctx, callOf(ctx).tenant, in.ID)
		if err != nil {
			return nil, err
		}
		return jsonReply(taskBody(&t))
	})

	op = a.operation(http.MethodPost, "/v1/tasks/{id}/redrive", "redrive-task", "operations",
		"Drive a poisoned task again", "")
	answers[TaskBody](a, &op, http.StatusOK, "The task, queued", nil)
	a.fails(&op, 404, 409)
	handle(a, op, nil, func(ctx context.Context, in *taskInput) (*reply, error) {
		t, err := a.deps.Tasks.Redrive(ctx, callOf(ctx).tenant, in.ID)
		if err != nil {
			return nil, err
		}
		return jsonReply(taskBody(&t))
	})
}

func (a *API) tasks(ctx context.Context, in *Page) (*reply, error) {
	c := callOf(ctx)
	p := a.paging(c, "tasks")
	after := ""
	if in.Cursor != "" {
		payload, err := p.payload(in.Cursor)
		if err != nil {
			return nil, err
		}
		after = string(payload)
	}
	got, err := a.deps.Tasks.Tasks(ctx, c.tenant, after, in.Limit)
	if err != nil {
		return nil, err
	}
	body := TasksBody{Tasks: make([]TaskBody, len(got.Tasks))}
	for i := range got.Tasks {
		body.Tasks[i] = taskBody(&got.Tasks[i])
	}
	if got.Next != "" {
		body.Next = p.cursor([]byte(got.Next))
	}
	out, err := jsonReply(body)
	if err != nil {
		return nil, err
	}
	return paged(out, &p, body.Next), nil
}
