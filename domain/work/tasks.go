package work

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/queue"
)

// The states of a task.
const (
	StatePoisoned = "poisoned" // failed too often; POST /v1/tasks/{id}/redrive tries again
	StateQueued   = "queued"   // driven again, not yet done
	StateDone     = "done"
)

// Task is work that failed too often, and what became of it.
type Task struct {
	Version    int       `json:"v"`
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Tenant     string    `json:"tenant"`
	Shard      uint16    `json:"shard"`
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Deliveries int       `json:"deliveries"`
	Updated    time.Time `json:"updated"`
	Message    []byte    `json:"message,omitempty"` // as it came, where this program's form would not say all of it
}

// bury moves a delivery to the poison queue, with the reason in its task row: row first, then the poison message,
// then the delete.
func (s *Service) bury(ctx context.Context, d queue.Delivery, m Message, cause error) {
	id := m.Task
	if id == "" {
		id = s.ids()
	}
	s.tell(ctx, "work failed too often and was put aside as task "+id, m, cause)
	understood := m.Version == messageVersion && m.Kind != ""
	if m.Tenant != "" {
		t := Task{Version: 1, ID: id, Kind: m.Kind, Tenant: m.Tenant, Shard: m.Shard}
		if !understood {
			t.Message = d.Body
		}
		err := s.put(ctx, t, func(t *Task) {
			t.State, t.Reason, t.Deliveries = StatePoisoned, reasonOf(cause), d.DequeueCount
		})
		if err != nil {
			s.tell(ctx, "a task row was not written: the message stays in the queue", m, err)
			return
		}
	}
	body := d.Body
	if understood {
		m.Task = id
		body = m.encode()
	}
	if err := s.poison.Send(ctx, body, 0); err != nil {
		s.tell(ctx, "the poison queue did not take a message: it stays in the queue", m, err)
		return
	}
	if err := s.queue.Delete(ctx, d); err != nil && !fault.Is(err, fault.NotFound) {
		s.tell(ctx, "a poisoned message was not deleted and will be poisoned again", m, err)
	}
}

// put writes a task row, starting from what is stored, or from fresh.
func (s *Service) put(ctx context.Context, fresh Task, change func(*Task)) error {
	err := s.update(ctx, telemetry.Tenant(fresh.Tenant), fresh.ID, change)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	change(&fresh)
	return s.store(ctx, &fresh, "")
}

// update changes a task row by compare-and-swap.
func (s *Service) update(ctx context.Context, t telemetry.Tenant, id string, change func(*Task)) error {
	for range 5 {
		task, version, err := s.load(ctx, t, id)
		if err != nil {
			return err
		}
		change(&task)
		err = s.store(ctx, &task, version)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, "work.task", "the task %s is being changed by others: try again", id)
}

func (s *Service) store(ctx context.Context, t *Task, v chunks.Version) error {
	t.Updated = s.sched.Now().UTC().Truncate(time.Millisecond)
	value, err := json.Marshal(t)
	if err != nil {
		return fault.Wrap(fault.Internal, "work.task", err)
	}
	return s.rows.Apply(ctx, chunks.Change{Key: chunks.TaskKey(telemetry.Tenant(t.Tenant), t.ID), If: v, Value: value})
}

func (s *Service) load(ctx context.Context, t telemetry.Tenant, id string) (Task, chunks.Version, error) {
	if id == "" {
		return Task{}, "", fault.New(fault.NotFound, "work.task",
			"there is no task without a name: GET /v1/tasks lists those there are")
	}
	row, err := s.rows.Get(ctx, chunks.TaskKey(t, id))
	if fault.Is(err, fault.NotFound) {
		return Task{}, "", fault.New(fault.NotFound, "work.task",
			"there is no task %q: GET /v1/tasks lists those there are", id)
	}
	if err != nil {
		return Task{}, "", err
	}
	task, err := decodeTask(row.Value)
	return task, row.Version, err
}

func decodeTask(p []byte) (Task, error) {
	var t Task
	if err := json.Unmarshal(p, &t); err != nil {
		return t, fault.Wrap(fault.Corrupt, "work.task", err)
	}
	return t, nil
}

// Task shows one task of a tenant.
func (s *Service) Task(ctx context.Context, t telemetry.Tenant, id string) (Task, error) {
	task, _, err := s.load(ctx, t, id)
	return task, err
}

// TasksPage is a page of tasks, by name. Next is the name to continue after, "" on the last page.
type TasksPage struct {
	Tasks []Task
	Next  string
}

// Tasks lists a tenant's tasks behind after, at most limit.
func (s *Service) Tasks(ctx context.Context, t telemetry.Tenant, after string, limit int) (TasksPage, error) {
	r := chunks.Range{Partition: chunks.Partition{Table: chunks.Tasks, Tenant: t}}
	if after != "" {
		r.From = after + "\x00"
	}
	var page TasksPage
	for row, err := range s.rows.Scan(ctx, r) {
		if err != nil {
			return page, err
		}
		if len(page.Tasks) == limit {
			page.Next = page.Tasks[limit-1].ID
			break
		}
		task, err := decodeTask(row.Value)
		if err != nil {
			return page, err
		}
		page.Tasks = append(page.Tasks, task)
	}
	return page, nil
}

// Redrive sends a poisoned task's message again. A task that is queued already is sent once more: the send of the
// first time may have failed. Any other state is fault.Conflict.
func (s *Service) Redrive(ctx context.Context, t telemetry.Tenant, id string) (Task, error) {
	task, version, err := s.load(ctx, t, id)
	if err != nil {
		return task, err
	}
	switch {
	case task.State == StateQueued && !planted.On(planted.QueuedNotRedriven):
	case task.State == StatePoisoned:
		task.State = StateQueued
		if err := s.store(ctx, &task, version); err != nil {
			return task, err
		}
	default:
		return task, fault.New(fault.Conflict, "work.redrive",
			"the task %s is %s: only a poisoned task can be driven again", id, task.State)
	}
	body := Message{Kind: task.Kind, Tenant: task.Tenant, Shard: task.Shard, Task: id}.encode()
	if task.Message != nil {
		body = tagged(task.Message, id)
	}
	if err := s.queue.Send(ctx, body, 0); err != nil {
		return task, err
	}
	s.exhume(ctx, task)
	return task, nil
}

// exhume takes a task's message out of the poison queue, as far as it is found among the first; what stays there is
// only a record.
func (s *Service) exhume(ctx context.Context, t Task) {
	got, err := s.poison.Receive(ctx, queue.MaxReceive, 2*time.Second)
	if err != nil {
		return
	}
	for _, d := range got {
		if m, _ := parse(d.Body); m.Task == t.ID || t.Message != nil && bytes.Equal(d.Body, t.Message) {
			_ = s.poison.Delete(ctx, d)
		}
	}
}

// mostCounted is of how many tasks at most the poisoned ones are counted: what one call of the storage gives.
const mostCounted = 1000

// Poisoned is how many of a tenant's tasks, of the first thousand, failed too often and wait for somebody to look.
func (s *Service) Poisoned(ctx context.Context, t telemetry.Tenant) (int, error) {
	page, err := s.Tasks(ctx, t, "", mostCounted)
	n := 0
	for _, task := range page.Tasks {
		if task.State == StatePoisoned {
			n++
		}
	}
	return n, err
}

func reasonOf(err error) string {
	if m := fault.Message(err); m != "" {
		return fmt.Sprintf("%s: %s", fault.KindOf(err), m)
	}
	return fault.KindOf(err).String()
}
