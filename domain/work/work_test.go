package work_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
)

// house is a worker over memory on virtual time. Storage of the account fails while broken is set.
type house struct {
	*testing.T
	sched         *memory.Sched
	queue, poison *memory.Queue
	rows          *memory.Rows
	svc           *work.Service
	broken        bool
	slow          time.Duration
	logged        []string
}

func in(t *testing.T, body func(ctx context.Context, h *house)) {
	t.Helper()
	h := &house{T: t, sched: memory.NewSched(3)}
	j := memory.NewJournal(h.sched)
	h.queue, h.poison, h.rows = memory.NewQueue(h.sched), memory.NewQueue(h.sched), memory.NewRows(h.sched)
	account := memory.NewAccount(h.sched)
	account.SetFault(func(string) memory.Fault {
		if h.slow > 0 {
			_ = h.sched.Sleep(context.Background(), h.slow)
		}
		return memory.FaultNone
	})
	j2 := memory.WithFault(func(op string) memory.Fault {
		if h.broken && op == "journal.now" {
			return memory.FaultFail
		}
		return memory.FaultNone
	})
	j2(j)
	of := func(telemetry.Tenant, telemetry.Day) compaction.Account {
		return compaction.Account{Rows: h.rows, Tide: account}
	}
	tl := tail.New(tail.Config{}, j, j, h.sched, nil)
	c := compaction.New(compaction.Config{}, compaction.Stores{Journal: j, Directory: j, Tail: tl, AccountOf: of}, h.sched)
	ids := 0
	h.svc = work.New(work.Config{}, h.queue, h.poison, c, h.rows, h.sched, func() string { ids++; return fmt.Sprintf("task-%d", ids) },
		func(what string, _ work.Message, err error) { h.logged = append(h.logged, fmt.Sprint(what, ": ", err)) })
	err := h.sched.Run(func() {
		ctx := context.Background()
		if err := h.rows.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) length(ctx context.Context) (queued, poisoned int) {
	h.Helper()
	queued, err := h.queue.Length(ctx)
	if err != nil {
		h.Fatal(err)
	}
	if poisoned, err = h.poison.Length(ctx); err != nil {
		h.Fatal(err)
	}
	return queued, poisoned
}

func (h *house) run(ctx context.Context, d time.Duration) {
	ctx, cancel := h.sched.WithTimeout(ctx, d)
	defer cancel()
	h.svc.Run(ctx)
}

func TestAHintIsDoneOnce(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
		h.run(ctx, 5*time.Second)
		if q, p := h.length(ctx); q != 0 || p != 0 {
			t.Fatalf("%d queued, %d poisoned", q, p)
		}
	})
}

func TestFiveFailuresArePoisonAndCanBeDrivenAgain(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.broken = true
		h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
		h.run(ctx, 2*time.Minute)
		if q, p := h.length(ctx); q != 0 || p != 1 {
			t.Fatalf("%d queued, %d poisoned", q, p)
		}
		page, err := h.svc.Tasks(ctx, "t", "", 10)
		if err != nil || len(page.Tasks) != 1 {
			t.Fatalf("tasks %+v, %v", page, err)
		}
		task := page.Tasks[0]
		if task.State != work.StatePoisoned || task.Deliveries != 5 || task.Reason == "" || task.Kind != work.KindCompact {
			t.Fatalf("task %+v", task)
		}
		if _, err := h.svc.Task(ctx, "other", task.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("another tenant's task: %v", err)
		}
		h.broken = false
		if _, err := h.svc.Redrive(ctx, "t", task.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.svc.Redrive(ctx, "t", task.ID); !fault.Is(err, fault.Conflict) {
			t.Fatalf("driven twice: %v", err)
		}
		h.run(ctx, 10*time.Second)
		task, err = h.svc.Task(ctx, "t", task.ID)
		if err != nil || task.State != work.StateDone {
			t.Fatalf("after driving again: %+v, %v", task, err)
		}
		if q, p := h.length(ctx); q != 0 || p != 0 {
			t.Fatalf("%d queued, %d poisoned", q, p)
		}
	})
}

func TestRubbishIsPoisonAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		for _, body := range []string{"", "{", `{"v":9,"kind":"compact","tenant":"t"}`, `{"v":1,"kind":"dance","tenant":"t"}`} {
			if err := h.queue.Send(ctx, []byte(body), 0); err != nil {
				t.Fatal(err)
			}
		}
		h.run(ctx, 5*time.Second)
		if q, p := h.length(ctx); q != 0 || p != 4 {
			t.Fatalf("%d queued, %d poisoned", q, p)
		}
	})
}

// TestTheLeaseIsExtendedWhileWorkGoesOn lets the work take longer than a lease: no second delivery begins.
func TestTheLeaseIsExtendedWhileWorkGoesOn(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.slow = 100 * time.Second // the visibility timeout is 30 s
		h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
		started := h.sched.Now()
		h.sched.Go("worker", func() { h.run(ctx, 5*time.Minute) })
		for h.sched.Now().Sub(started) < 95*time.Second {
			_ = h.sched.Sleep(ctx, 5*time.Second)
			if got, err := h.queue.Peek(ctx, 1); err != nil || len(got) != 0 {
				t.Fatalf("the message is visible %v after it was taken: %v, %v", h.sched.Now().Sub(started), got, err)
			}
		}
		_ = h.sched.Sleep(ctx, 30*time.Second)
		if q, _ := h.length(ctx); q != 0 {
			t.Fatal("the message was not deleted")
		}
	})
}
