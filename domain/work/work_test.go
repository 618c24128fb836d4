package work_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/retention"
	"tidemark/domain/sweep"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
)

// house is a worker over memory on virtual time. Every pass fails while trouble is set.
type house struct {
	*testing.T
	sched         *memory.Sched
	queue, poison *memory.Queue
	rows          *memory.Rows
	journal       *memory.Journal
	svc           *work.Service
	trouble       fault.Kind
	slow          time.Duration
	passes        int // that got as far as the tidemark
	logged        []string
}

func in(t *testing.T, body func(ctx context.Context, h *house)) {
	t.Helper()
	h := &house{T: t, sched: memory.NewSched(3)}
	j := memory.NewJournal(h.sched)
	h.journal = j
	h.queue, h.poison, h.rows = memory.NewQueue(h.sched), memory.NewQueue(h.sched), memory.NewRows(h.sched)
	account := memory.NewAccount(h.sched)
	account.SetFault(func(string) memory.Fault {
		h.passes++
		if h.slow > 0 {
			_ = h.sched.Sleep(context.Background(), h.slow)
		}
		return memory.FaultNone
	})
	rows := bounds.One(h.rows, account)
	tl := tail.New(tail.Config{}, j, j, h.sched, nil)
	c := compaction.New(compaction.Config{}, compaction.Stores{Journal: j, Directory: troubled{j, h}, Tail: tl,
		Rows: rows}, h.sched)
	ids := 0
	h.svc = work.New(work.Config{}, h.queue, h.poison, work.Uses{Compaction: c,
		Retention: retention.New(retention.Config{}, troubled{j, h}, rows, h.sched),
		Sweep:     sweep.New(j, troubled{j, h}, 0),
		Directory: troubled{j, h}}, h.rows, h.sched,
		func() string { ids++; return fmt.Sprintf("task-%d", ids) },
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

// troubled is what a pass asks first.
type troubled struct {
	*memory.Journal
	h *house
}

func (d troubled) Now(ctx context.Context) (time.Time, error) {
	if d.h.trouble != 0 {
		return time.Time{}, fault.New(d.h.trouble, "test", "in trouble")
	}
	return d.Journal.Now(ctx)
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
		if h.passes != 1 {
			t.Fatalf("%d passes", h.passes)
		}
	})
}

// TestManyHintsAreOnePass hints in a burst, and again while the pass is under way: that hint's block may not have
// been seen, and brings another pass.
func TestManyHintsAreOnePass(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.slow = 10 * time.Second
		burst := func() {
			for range 100 {
				h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
			}
		}
		burst()
		h.sched.Go("worker", func() { h.run(ctx, time.Minute) })
		_ = h.sched.Sleep(ctx, 5*time.Second)
		if q, _ := h.length(ctx); q != 1 || h.passes != 1 {
			t.Fatalf("%d queued and %d passes in the middle of the first", q, h.passes)
		}
		burst()
		_ = h.sched.Sleep(ctx, time.Minute)
		if q, p := h.length(ctx); q != 0 || p != 0 || h.passes != 2 {
			t.Fatalf("%d queued, %d poisoned, %d passes", q, p, h.passes)
		}
	})
}

// TestStoppingLosesNothing ends a worker that works on two messages of ten: it waits for the two, and another worker
// gets all that was not finished.
func TestStoppingLosesNothing(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.slow = 20 * time.Second
		for i := range 10 {
			h.svc.Hint(ctx, telemetry.Shard{Tenant: "t", Index: uint16(i)})
		}
		h.run(ctx, 5*time.Second)
		if h.passes != 2 {
			t.Fatalf("%d passes by two workers", h.passes)
		}
		_ = h.sched.Sleep(ctx, 30*time.Second)
		if got, err := h.queue.Peek(ctx, 32); err != nil || len(got) < 8 {
			t.Fatalf("%d messages are visible after the worker ended, %v", len(got), err)
		}
		h.run(ctx, 5*time.Minute)
		if q, p := h.length(ctx); q != 0 || p != 0 || h.passes < 10 {
			t.Fatalf("%d queued, %d poisoned, %d passes", q, p, h.passes)
		}
	})
}

// TestALeaseThatWasLost lets the queue refuse extensions, so that the worker gets its own message once more: that one
// is not another hint, and is kept.
func TestALeaseThatWasLost(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.slow = 70 * time.Second
		h.queue.SetFault(func(op string) memory.Fault {
			if op == "queue.extend" {
				return memory.FaultFail
			}
			return memory.FaultNone
		})
		h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
		h.sched.Go("worker", func() { h.run(ctx, 5*time.Minute) })
		_ = h.sched.Sleep(ctx, 65*time.Second)
		if q, _ := h.length(ctx); q != 1 || h.passes != 1 {
			t.Fatalf("%d queued, %d passes", q, h.passes)
		}
		h.slow = 0
		_ = h.sched.Sleep(ctx, 4*time.Minute)
		if q, p := h.length(ctx); q != 0 || p != 0 || h.passes != 2 {
			t.Fatalf("%d queued, %d poisoned, %d passes", q, p, h.passes)
		}
	})
}

func TestFiveFailuresArePoisonAndCanBeDrivenAgain(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.trouble = fault.Corrupt
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
		if task.State != work.StatePoisoned || task.Deliveries != 5 || task.Reason == "" ||
			task.Kind != work.KindCompact {
			t.Fatalf("task %+v", task)
		}
		if _, err := h.svc.Task(ctx, "other", task.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("another tenant's task: %v", err)
		}
		h.trouble = 0
		if _, err := h.svc.Redrive(ctx, "t", task.ID); err != nil {
			t.Fatal(err)
		}
		h.run(ctx, 10*time.Second)
		task, err = h.svc.Task(ctx, "t", task.ID)
		if err != nil || task.State != work.StateDone {
			t.Fatalf("after driving again: %+v, %v", task, err)
		}
		if _, err := h.svc.Redrive(ctx, "t", task.ID); !fault.Is(err, fault.Conflict) {
			t.Fatalf("driven again although it was done: %v", err)
		}
		if q, p := h.length(ctx); q != 0 || p != 0 {
			t.Fatalf("%d queued, %d poisoned", q, p)
		}
	})
}

func TestRubbishIsPoisonAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		for _, body := range []string{"", "{", `{"kind":"compact","tenant":"t"}`, `{"v":1,"kind":"compact","tenant":7}`,
			`{"v":1,"kind":"dance","tenant":"t"}`} {
			if err := h.queue.Send(ctx, []byte(body), 0); err != nil {
				t.Fatal(err)
			}
		}
		h.run(ctx, 5*time.Second)
		if q, p := h.length(ctx); q != 0 || p != 5 {
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

// TestRedriveMaySendAgain lets the send of a redrive fail, both ways: the task is driven again by another redrive.
func TestRedriveMaySendAgain(t *testing.T) {
	for _, suffers := range []memory.Fault{memory.FaultFail, memory.FaultLost, memory.FaultApplied} {
		t.Run(suffers.String(), func(t *testing.T) {
			in(t, func(ctx context.Context, h *house) {
				h.trouble = fault.Corrupt
				h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
				h.run(ctx, 2*time.Minute)
				h.trouble, h.passes = 0, 0
				h.queue.SetFault(func(op string) memory.Fault {
					if op == "queue.send" {
						return suffers
					}
					return memory.FaultNone
				})
				if task, err := h.svc.Redrive(ctx, "t", "task-1"); err == nil {
					t.Fatalf("the send failed, and the task is %+v", task)
				}
				h.queue.SetFault(nil)
				for range 2 {
					if task, err := h.svc.Redrive(ctx, "t", "task-1"); err != nil || task.State != work.StateQueued {
						t.Fatalf("driven again: %+v, %v", task, err)
					}
				}
				_ = h.sched.Sleep(ctx, 3*time.Second) // a pass covers what is older than its clocks' skew
				h.run(ctx, 10*time.Second)
				if task, err := h.svc.Task(ctx, "t", "task-1"); err != nil || task.State != work.StateDone {
					t.Fatalf("after driving again: %+v, %v", task, err)
				}
				if q, p := h.length(ctx); q != 0 || p != 0 || h.passes != 1 {
					t.Fatalf("%d queued, %d poisoned, %d passes", q, p, h.passes)
				}
			})
		})
	}
}

// TestNewerMessagesAreLeftToNewerPrograms lets an old program look at a message that it does not understand: somebody
// else finds it again each time, unchanged. Nobody takes it, so that it is poison in the end, as it came, and can be
// driven again as it came.
func TestNewerMessagesAreLeftToNewerPrograms(t *testing.T) {
	const body = `{"v":2,"kind":"compact","tenant":"t","shard":"three","upTo":12}`
	in(t, func(ctx context.Context, h *house) {
		if err := h.queue.Send(ctx, []byte(body), 0); err != nil {
			t.Fatal(err)
		}
		h.run(ctx, 5*time.Second)
		if q, p := h.length(ctx); q != 1 || p != 0 {
			t.Fatalf("after the first look %d queued, %d poisoned", q, p)
		}
		_ = h.sched.Sleep(ctx, 30*time.Second)
		if got, err := h.queue.Peek(ctx, 1); err != nil || len(got) != 1 || string(got[0].Body) != body {
			t.Fatalf("others do not find it as it was: %v, %v", got, err)
		}
		h.run(ctx, 10*time.Minute)
		got, err := h.poison.Peek(ctx, 2)
		if err != nil || len(got) != 1 || string(got[0].Body) != body {
			t.Fatalf("the poison queue holds %v, %v", got, err)
		}
		task, err := h.svc.Task(ctx, "t", "task-1")
		if err != nil || task.State != work.StatePoisoned || task.Deliveries != 5 || string(task.Message) != body {
			t.Fatalf("task %+v, %v", task, err)
		}
		if _, err := h.svc.Redrive(ctx, "t", task.ID); err != nil {
			t.Fatal(err)
		}
		if q, p := h.length(ctx); q != 1 || p != 0 {
			t.Fatalf("after driving again %d queued, %d poisoned", q, p)
		}
		const tagged = `{"kind":"compact","shard":"three","task":"task-1","tenant":"t","upTo":12,"v":2}`
		if got, err := h.queue.Peek(ctx, 1); err != nil || len(got) != 1 || string(got[0].Body) != tagged {
			t.Fatalf("driven again was %v, %v", got, err)
		}
	})
}

// TestWorkWithoutAWorker does the work of messages that no worker of the process received, as a queue's trigger does.
func TestWorkWithoutAWorker(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		for _, kind := range []string{work.KindCompact, work.KindPurge, work.KindRetain} {
			if err := h.svc.Handle(ctx, work.Message{Kind: kind, Tenant: "t"}); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if h.passes == 0 {
			t.Error("no compaction asked for the tidemark")
		}
		if err := h.svc.Handle(ctx, work.Message{Kind: "brew"}); !fault.Is(err, fault.Internal) {
			t.Errorf("an unknown kind: %v", err)
		}
	})
}
