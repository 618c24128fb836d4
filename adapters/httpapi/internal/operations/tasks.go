package operations

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/paging"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
	"tidemark/domain/work"
)

type taskInput struct {
	ID string `path:"id" minLength:"1" maxLength:"512" doc:"The task."`
}

func taskBody(t *work.Task) schema.TaskBody {
	return schema.TaskBody{ID: t.ID, Kind: t.Kind, Shard: t.Shard, State: t.State, Reason: t.Reason,
		Deliveries: t.Deliveries, Updated: t.Updated.UTC()}
}

func (h *Handlers) registerTasks(t *route.Table) {
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/tasks", "list-tasks", "operations",
		"List background work that failed", "")
	route.Answers[schema.TasksBody](t, &op, http.StatusOK, "A page of tasks", nil)
	t.Fails(&op, 400)
	route.Handle(t, op, nil, h.listTasks)

	op = route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/tasks/{id}", "read-task", "operations",
		"Show a task", "")
	route.Answers[schema.TaskBody](t, &op, http.StatusOK, "The task", nil)
	t.Fails(&op, 404)
	route.Handle(t, op, nil, func(ctx context.Context, in *taskInput) (*reply.Reply, error) {
		t, err := h.Tasks.Task(ctx, call.Of(ctx).Principal.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		return reply.JSON(taskBody(&t))
	})

	op = route.Operation(identity.OperationsAct, http.MethodPost, "/v1/tasks/{id}/redrive", "redrive-task",
		"operations", "Drive a poisoned task again", "")
	route.Answers[schema.TaskBody](t, &op, http.StatusOK, "The task, queued", nil)
	t.Fails(&op, 404, 409)
	route.Handle(t, op, nil, func(ctx context.Context, in *taskInput) (*reply.Reply, error) {
		t, err := h.Tasks.Redrive(ctx, call.Of(ctx).Principal.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		return reply.JSON(taskBody(&t))
	})
}

func (h *Handlers) listTasks(ctx context.Context, in *paging.Page) (*reply.Reply, error) {
	c := call.Of(ctx)
	p := paging.New(c, h.CursorKey, "tasks")
	after := ""
	if in.Cursor != "" {
		payload, err := p.Payload(in.Cursor)
		if err != nil {
			return nil, err
		}
		after = string(payload)
	}
	got, err := h.Tasks.Tasks(ctx, c.Principal.Tenant, after, in.Limit)
	if err != nil {
		return nil, err
	}
	body := schema.TasksBody{Tasks: make([]schema.TaskBody, len(got.Tasks))}
	for i := range got.Tasks {
		body.Tasks[i] = taskBody(&got.Tasks[i])
	}
	if got.Next != "" {
		body.Next = p.Cursor([]byte(got.Next))
	}
	out, err := reply.JSON(body)
	if err != nil {
		return nil, err
	}
	return p.Paged(out, body.Next), nil
}
