package memory_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/sched"
)

var faultOf = map[journaltest.Fault]memory.Fault{
	journaltest.Failed: memory.FaultFail, journaltest.Applied: memory.FaultApplied, journaltest.Lost: memory.FaultLost,
}

// struck is a fault hook that strikes what was armed.
func struck(a *journaltest.Armed) memory.FaultFunc {
	return func(string) memory.Fault { return faultOf[a.Strike()] }
}

func fixture(s sched.Scheduler) journaltest.Fixture {
	a := &journaltest.Armed{}
	j := memory.NewJournal(s, memory.WithFault(struck(a)))
	return journaltest.Fixture{Journal: j, Directory: j, SecondJournal: j, SecondDirectory: j, Arm: a.Arm, Wipe: j.Wipe,
		Again: func() (journal.Journal, journal.Directory) {
			again := j.Another()
			return again, again
		}}
}

func TestJournalProof(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{
		New:    func(journaltest.T) journaltest.Fixture { return fixture(goruntime.New()) },
		Faults: true, Second: true, Wipes: true,
	})
}

// TestJournalProofOnSchedules runs the proof on virtual time, under other schedules each time.
func TestJournalProofOnSchedules(t *testing.T) {
	seed := testSeed(t)
	for range 3 {
		var s *memory.Sched
		journaltest.Run(t, journaltest.Harness{
			New:    func(journaltest.T) journaltest.Fixture { return fixture(s) },
			Faults: true, Second: true, Wipes: true,
			Within: func(t journaltest.T, body func(sched.Scheduler)) {
				s = memory.NewSched(seed)
				if err := s.Run(func() { body(s) }); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			},
		})
		seed++
	}
}

// TestJournalInSeconds runs the proof on a storage clock as Azure has it: of its own, and in seconds.
func TestJournalInSeconds(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{
		New: func(journaltest.T) journaltest.Fixture {
			j := memory.NewJournal(goruntime.New(), memory.WithSkew(-3*time.Second), memory.WithResolution(time.Second))
			return journaltest.Fixture{Journal: j, Directory: j}
		},
		Resolution: time.Second,
	})
}

func TestJournalStrictness(t *testing.T) {
	ctx, j := context.Background(), memory.NewJournal(goruntime.New())
	s := telemetry.Stream{Shard: telemetry.Shard{Tenant: "t"}, Day: 20490, Writer: "w"}
	try := func(n telemetry.Number, block string) error {
		_, err := j.Append(ctx, journal.Append{At: telemetry.Position{Stream: s, Number: n}, Block: []byte(block)})
		return err
	}
	want := func(err error, k fault.Kind, what string) {
		t.Helper()
		if fault.KindOf(err) != k {
			t.Errorf("%s: %v, want %v", what, err, k)
		}
	}
	_, endErr := j.End(ctx, s)
	want(endErr, fault.Unavailable, "end in an unprepared day")
	want(try(1, "x"), fault.Unavailable, "append in an unprepared day")
	want(j.Prepare(ctx, s.Day), 0, "prepare")
	want(try(0, "x"), fault.Invalid, "append without a number")
	want(try(1, ""), fault.Invalid, "append without bytes")
	want(try(1, "x"), 0, "append")
	want(try(3, "x"), 0, "append")
	_, endErr = j.End(ctx, s)
	want(endErr, 0, "end")
	want(j.Fill(ctx, s, journal.Entry{}), fault.Invalid, "fill without a number")
	want(j.Fill(ctx, s, journal.Entry{Number: 2}), fault.Invalid, "fill without bytes")
	want(j.Seal(ctx, s, 3, ""), fault.Invalid, "seal over a hole")
	want(j.Seal(ctx, s, 1, ""), fault.Invalid, "seal below a block")
	want(j.Drop(ctx, s, 5), 0, "drop")
	want(j.Seal(ctx, s, 4, ""), fault.Invalid, "seal below the mark")
	want(j.Seal(ctx, s, 5, ""), 0, "seal")
	want(j.Expire(ctx, s.Day+1), 0, "expire")
	want(try(1, "x"), fault.Conflict, "append in an expired day")
	_, endErr = j.End(ctx, s)
	want(endErr, fault.Conflict, "end in an expired day")
	want(j.Advance(ctx, journal.Registered{Shard: s.Shard}, 1), fault.NotFound, "advance of an unknown shard")
}

// TestJournalFaultKinds checks that the hook's faults come out as they are documented.
func TestJournalFaultKinds(t *testing.T) {
	ctx := context.Background()
	for f, want := range map[memory.Fault]struct {
		kind    fault.Kind
		applied bool
	}{memory.FaultNone: {0, true}, memory.FaultFail: {fault.Unavailable, false},
		memory.FaultApplied: {fault.Indeterminate, true}, memory.FaultLost: {fault.Indeterminate, false}} {
		j := memory.NewJournal(goruntime.New(), memory.WithFault(func(op string) memory.Fault {
			if op == "journal.init" {
				return f
			}
			return memory.FaultNone
		}))
		err := j.Init(ctx, journal.Place{Region: "east"})
		_, missing := j.Identity(ctx)
		if fault.KindOf(err) != want.kind || (missing == nil) != want.applied {
			t.Errorf("%v: %v, applied %v", f, err, missing == nil)
		}
	}
}
