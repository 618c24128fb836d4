package phases

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// hits are what a record has noted, in words.
func hits(r *Record) (out []string) {
	for h := range r.Hits {
		out = append(out, h.Fault+" met "+h.Phase.String())
	}
	slices.Sort(out)
	return out
}

// TestWhatMeetsWhat has faults of every sort meet calls, processes and the account.
func TestWhatMeetsWhat(t *testing.T) {
	ctx := context.Background()
	call := func(op string) inject.Call {
		return inject.Call{Operation: op, From: "east", To: "east", Account: "journal"}
	}
	restart := inject.Process{Name: "one", Order: inject.Restart}
	for _, c := range []struct {
		name string
		do   func(r *Record, one, other *Process)
		want []string
	}{
		{"a rule, the call's phase alone", func(r *Record, one, _ *Process) {
			one.Begins(ctx, call("journal.append"))
			one.Suffers(by(ctx, works), call("journal.append"), "hold")
		}, []string{"hold met copy"}},
		{"a way that fails", func(_ *Record, one, _ *Process) {
			one.Suffers(ctx, call("journal.seal"), "region east out: hang")
			one.Suffers(by(ctx, newborn), call("journal.append"), "network cut from=east: refuse")
		}, []string{"cut met birth", "cut met write", "region out met end"}},
		{"a process, what is under way in it", func(r *Record, one, other *Process) {
			one.Begins(by(ctx, works), call("chunks.apply"))
			other.Begins(ctx, call("journal.end"))
			one.Begins(ctx, call("journal.append"))()
			r.Starts(restart, func(string) *Process { return one })
		}, []string{"restart met fold"}},
		{"a fault of the account, what is under way and what begins", func(r *Record, one, other *Process) {
			one.Begins(ctx, call("journal.end"))
			lags := inject.Lag{Account: "geo", Model: "constant 1s"}
			r.Starts(lags, nil)
			other.At(Asking)
			r.Ends(lags)
			other.Begins(ctx, call("journal.append"))
		}, []string{"lag met end", "lag met question"}},
		{"a failover, everything that happens meanwhile", func(r *Record, one, _ *Process) {
			r.Starts(inject.Pause{Account: "geo"}, nil)
			over := r.Under(Failover)
			one.Suffers(ctx, call("journal.now"), "hang")
			over()
			one.Suffers(ctx, call("journal.now"), "reset")
		}, []string{"hang met failover", "pause met failover"}},
		{"nothing once all is healed", func(r *Record, one, _ *Process) {
			r.Over = true
			one.Suffers(ctx, call("journal.end"), "reset")
		}, nil},
	} {
		r := New()
		c.do(r, r.Begin(), r.Begin())
		if got := hits(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestStrikesComeWithTheirPhase, the one that is meant, and not before their time; each is a fault that can be read
// back.
func TestStrikesComeWithTheirPhase(t *testing.T) {
	s := Strike{Hit: Hit{"reset", Ending}, after: time.Second, nth: 2}
	for i, c := range []struct {
		of   Phase
		past time.Duration
		want bool
	}{{Ending, 0, false}, {Writing, time.Second, false}, {Ending, time.Second, false},
		{Ending, 2 * time.Second, true}} {
		if got := s.Comes([]Phase{c.of}, c.past); got != c.want {
			t.Errorf("call %d: %v, want %v", i, got, c.want)
		}
	}
	seen, none := map[Hit]bool{}, 0
	for seed := range uint64(2000) {
		all := DrawStrikes(rand.New(rand.NewPCG(seed, 1)), 100*time.Second)
		if len(all) == 0 {
			none++
		}
		for _, s := range all {
			seen[s.Hit] = true
			f, err := s.At("east/node-1", inject.Call{From: "east", To: "west", Service: "table",
				Account: "journal-west", Operation: "journal.end"})
			if err != nil {
				t.Fatalf("%v: %v", s.Hit, err)
			}
			e := schedule.Entry{At: time.Second, Fault: f}
			if f.Lasts() {
				e.For = s.Long(10 * time.Second)
			}
			if read, err := schedule.Parse(e.String()); err != nil || len(read) != 1 || read[0] != e {
				t.Errorf("%s is read as %s: %v", e, read, err)
			}
		}
	}
	if len(seen) != len(aimed)*len(All()) || none < 400 || none > 600 {
		t.Errorf("%d of %d cells are struck, and %d schedules of 2000 have no strike", len(seen),
			len(aimed)*len(All()), none)
	}
}
