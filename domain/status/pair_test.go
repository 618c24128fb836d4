package status_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/domain/status"
)

// TestAStatusOfTwoJournals says of journals what the watch has heard, and asks the accounts, of which it hears nothing.
func TestAStatusOfTwoJournals(t *testing.T) {
	s := memory.NewSched(1)
	lost, calls := map[string]bool{}, map[string]int{}
	w := reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east", "west"}}, s)
	holds, even, copied := false, time.Time{}, 0
	risk := status.NewRisk(func() time.Time { return even })
	st := pairedStatus(s, 1, func(op string) memory.Fault {
		if calls[op]++; lost[op] {
			return memory.FaultFail
		}
		return memory.FaultNone
	}, w, &status.Pair{Far: "west", Holds: func() bool { return holds }, Even: func() time.Time { return even },
		Copied: func() int { return copied }, Risk: risk})
	ask := map[region.Name]func(context.Context){}
	for _, name := range []region.Name{"east", "west"} {
		j := memory.NewJournal(s, memory.WithFault(func(string) memory.Fault {
			if lost[string(name)] {
				return memory.FaultFail
			}
			return memory.FaultNone
		}))
		d := reach.Directory(j, w.Guard(region.JournalOf(name), reach.Config{}))
		ask[name] = func(ctx context.Context) { _, _ = d.Now(ctx) }
	}
	got := func() status.Report {
		r, err := st.Status(context.Background(), "t")
		if err != nil || len(r.Journals) != 2 || r.Journals[0].Region != "east" || r.Journals[1].Region != "west" ||
			r.Journals[1].Held != nil || r.Pair == nil || r.AtRisk == nil {
			t.Fatalf("%+v, %v", r, err)
		}
		return r
	}
	want := func(mode region.Mode, near, far region.Health) {
		t.Helper()
		r := got()
		if r.Mode != mode || r.Journals[0].Health != near || r.Journals[1].Health != far || r.Flow != region.Settling ||
			!r.Tidemark.Known() || r.Poisoned == nil {
			t.Errorf("want %v, %v and %v: %+v", mode, near, far, r)
		}
	}
	err := s.Run(func() {
		ctx := context.Background()
		want(region.ReadOnly, region.Unknown, region.Unknown)
		ask["east"](ctx)
		want(region.Exposed, region.Well, region.Unknown)
		ask["west"](ctx)
		want(region.Normal, region.Well, region.Well)
		lost["west"] = true
		for range 4 {
			ask["west"](ctx)
			_ = s.Sleep(ctx, 200*time.Millisecond)
		}
		want(region.Exposed, region.Well, region.Lost)
		lost["chunks.get"], lost["chunks.scan"] = true, true
		if r := got(); r.Mode != region.Exposed || r.Flow != region.Paused || r.Poisoned != nil {
			t.Errorf("without the account it is %+v", r)
		}
		wantPair(t, got, &holds, &even, &copied, risk, s)
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls["journal.now"] > 1 { // for the age of what is told
		t.Errorf("the journal was asked: %v", calls)
	}
}

// wantPair looks at what a status says of the two journals together.
func wantPair(t *testing.T, got func() status.Report, holds *bool, even *time.Time, copied *int, risk *status.Risk,
	s *memory.Sched) {
	t.Helper()
	began := s.Now()
	risk.Add("t", 4, began)
	risk.Add("other", 100, began)
	if r := got(); *r.Pair != (status.PairReport{}) || *r.AtRisk != 4 {
		t.Errorf("before anything was found: %+v, %d readings at risk", *r.Pair, *r.AtRisk)
	}
	*holds, *even, *copied = true, began.Add(time.Second), 3
	_ = s.Sleep(context.Background(), 5*time.Second)
	r := got()
	if p := *r.Pair; !p.Holds || p.Copied != 3 || !p.Even.Equal(*even) || p.Age != 4*time.Second || *r.AtRisk != 0 {
		t.Errorf("after it was found: %+v, %d readings at risk", p, *r.AtRisk)
	}
}
