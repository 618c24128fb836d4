package region_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/domain/region"
)

var (
	east, west         = region.JournalOf("east"), region.JournalOf("west")
	primary, secondary = region.PrimaryOf("acct"), region.SecondaryOf("acct")
)

// two is a process of two journals that has asked nobody.
func two() region.Reach {
	return region.New(region.Policy{}, []region.Name{"east", "west"}, region.Account{Name: "acct", Secondary: true})
}

// happening is an observation and when it was made.
type happening struct {
	o  region.Observation
	at time.Time
}

// drawn is what any process may notice, in any order; back lets the clock go back.
func drawn(t *rapid.T, back bool) (out []happening) {
	now := noon
	for range rapid.IntRange(1, 60).Draw(t, "happenings") {
		pause := rapid.SampledFrom([]time.Duration{0, 1, 10 * time.Millisecond, 100 * time.Millisecond,
			600 * time.Millisecond, time.Second, 5 * time.Second, 16 * time.Second, 31 * time.Second}).Draw(t, "pause")
		if back && rapid.IntRange(0, 5).Draw(t, "back") == 0 {
			pause = -pause
		}
		now = now.Add(pause)
		var o region.Observation = region.Tick{}
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0:
		case 1:
			state := region.State(rapid.IntRange(0, 3).Draw(t, "state"))
			o = region.Told{Account: "acct", Tide: region.Tidemark{At: now, State: state}}
		default:
			o = region.Called{
				At: rapid.SampledFrom([]region.Endpoint{east, east, west, west, primary, secondary}).Draw(t, "of"),
				Outcome: rapid.SampledFrom([]region.Outcome{region.Answered, region.Answered, region.Answered,
					region.Failed, region.Failed, region.Silent, region.Barred}).Draw(t, "outcome"),
				Began: now.Add(-rapid.SampledFrom([]time.Duration{0, 1, time.Second, 3 * time.Second}).Draw(t, "took")),
			}
		}
		out = append(out, happening{o, now})
	}
	return out
}

// TestAModeStays holds that a mode changes for the better only when it has lasted for the stay, unless the process has
// only begun, and that it is never better than what is known.
func TestAModeStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, fell := two(), false
		var changed time.Time
		for _, h := range drawn(t, false) {
			next, decisions := r.Step(h.o, h.at)
			for _, d := range decisions {
				c, is := d.(region.Changed)
				if !is {
					continue
				}
				if c.From != r.Mode() || c.To != next.Mode() || c.From == c.To {
					t.Fatalf("%v, from %v to %v", c, r.Mode(), next.Mode())
				}
				if c.To > c.From && fell && h.at.Sub(changed) < region.DefaultStay {
					t.Fatalf("%v after %v", c, h.at.Sub(changed))
				}
				fell, changed = fell || c.To < c.From, h.at
			}
			well := 0
			for _, of := range []region.Endpoint{east, west} {
				if next.Health(of) == region.Well {
					well++
				}
			}
			if best := []region.Mode{region.ReadOnly, region.Exposed, region.Normal}[well]; next.Mode() > best {
				t.Fatalf("%v with %d journals that are well", next, well)
			}
			r = next
		}
	})
}

// reached is a reach of whose endpoints each is in some health.
func reached(t *testing.T, journals int, healths ...region.Health) region.Reach {
	r := region.New(region.Policy{}, []region.Name{"east", "west"}[:journals],
		region.Account{Name: "acct", Secondary: true})
	r, _ = r.Step(region.Told{Account: "acct", Tide: region.Tidemark{At: noon, State: region.Live}}, noon)
	for i, of := range r.Endpoints() {
		outcomes := [][]region.Outcome{{}, {region.Silent}, {region.Silent, region.Answered},
			{region.Answered}}[healths[i]]
		for _, outcome := range outcomes {
			r, _ = r.Step(region.Called{At: of, Outcome: outcome, Began: noon}, noon)
		}
		if got := r.Health(of); got != healths[i] {
			t.Fatalf("%v is %v, want %v", of, got, healths[i])
		}
	}
	return r
}

// TestWhatIsNotKnownIsNeverBetter goes through every health of every endpoint: not to know one is as bad as to have
// lost it, and never better than to know that it is well.
func TestWhatIsNotKnownIsNeverBetter(t *testing.T) {
	worst := map[region.Flow]int{region.Paused: 0, region.Rebuilding: 1, region.Growing: 2, region.Settling: 3}
	for journals := 1; journals <= 2; journals++ {
		ends := journals + 2
		for code := range 1 << (2 * ends) {
			healths := make([]region.Health, ends)
			for i := range healths {
				healths[i] = region.Health(code >> (2 * i) & 3)
			}
			known := reached(t, journals, healths...)
			for i := range healths {
				unknown := slices.Clone(healths)
				unknown[i] = region.Unknown
				less := reached(t, journals, unknown...)
				if less.Mode() > known.Mode() || worst[less.Flow()] > worst[known.Flow()] {
					t.Fatalf("%v, and not to know one is better: %v", known, less)
				}
				if healths[i] == region.Lost && (less.Mode() != known.Mode() || less.Flow() != known.Flow()) {
					t.Fatalf("%v, and not to know what is lost: %v", known, less)
				}
			}
		}
	}
}

// TestTroubleSaysNothingOfOthers holds that the health of an endpoint follows from its own observations alone.
func TestTroubleSaysNothingOfOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t, true)
		for _, of := range two().Endpoints() {
			r, alone := two(), two()
			for _, h := range all {
				o := h.o
				if c, is := o.(region.Called); is && c.At != of {
					o = region.Tick{}
				}
				r, _ = r.Step(h.o, h.at)
				alone, _ = alone.Step(o, h.at)
				if r.Health(of) != alone.Health(of) || r.Steady(of) != alone.Steady(of) {
					t.Fatalf("%v is %v, alone %v", of, r.Health(of), alone.Health(of))
				}
			}
		}
	})
}

// TestGoingDownIsFast brings a process into any state, and then an endpoint fails, or is silent for a second.
func TestGoingDownIsFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, now := two(), noon
		for _, h := range drawn(t, false) {
			r, _ = r.Step(h.o, h.at)
			now = h.at
		}
		of := rapid.SampledFrom(r.Endpoints()).Draw(t, "of")
		silent, _ := r.Step(region.Called{At: of, Outcome: region.Silent, Began: now}, now.Add(time.Second))
		if got := silent.Health(of); got != region.Lost {
			t.Fatalf("after a second of silence %v is %v", of, got)
		}
		every := time.Duration(rapid.IntRange(1, 400).Draw(t, "every")) * time.Millisecond
		began := now
		for r.Health(of) != region.Lost {
			now = now.Add(every)
			if now.Sub(began) > 1300*time.Millisecond {
				t.Fatalf("%v failed every %v since %v and is %v", of, every, now.Sub(began), r.Health(of))
			}
			r, _ = r.Step(region.Called{At: of, Outcome: region.Failed, Began: now}, now)
		}
	})
}

// TestComingBackTakesAnswersAndTime holds that what was lost is well again only after so many answers, and so long
// after the first of them.
func TestComingBackTakesAnswersAndTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := two()
		lost, good := map[region.Endpoint]bool{}, map[region.Endpoint]int{}
		first := map[region.Endpoint]time.Time{}
		for _, h := range drawn(t, false) {
			r, _ = r.Step(h.o, h.at)
			if c, is := h.o.(region.Called); is && c.Outcome == region.Answered {
				if good[c.At]++; good[c.At] == 1 {
					first[c.At] = h.at
				}
			}
			for _, of := range r.Endpoints() {
				switch r.Health(of) {
				case region.Lost:
					lost[of], good[of] = true, 0
				case region.Well:
					if lost[of] && (good[of] < region.DefaultGood || h.at.Sub(first[of]) < region.DefaultProbation) {
						t.Fatalf("%v is well after %d answers in %v", of, good[of], h.at.Sub(first[of]))
					}
					lost[of] = false
				case region.Unknown:
					if lost[of] {
						t.Fatalf("%v was lost, and that was forgotten", of)
					}
				}
			}
		}
	})
}

// TestTimeThatGoesBackStandsStill, and a step changes nothing of what it was made from.
func TestTimeThatGoesBackStandsStill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		back, still := two(), two()
		var latest time.Time
		for _, h := range drawn(t, true) {
			if h.at.After(latest) {
				latest = h.at
			}
			before := fmt.Sprintf("%+v", back)
			next, decisions := back.Step(h.o, h.at)
			if after := fmt.Sprintf("%+v", back); after != before {
				t.Fatalf("a step made of %s\n%s", before, after)
			}
			o := h.o
			if c, is := o.(region.Called); is {
				c.Ended = latest
				o = c
			}
			var same []region.Decision
			still, same = still.Step(o, latest)
			back = next
			if fmt.Sprint(decisions) != fmt.Sprint(same) || fmt.Sprintf("%+v", back) != fmt.Sprintf("%+v", still) {
				t.Fatalf("back: %v %v\nstill: %v %v", back, decisions, still, same)
			}
		}
	})
}

// TestNothingIsDueBeforeNext holds that a tick decides nothing before the time that Next names, and that this time is
// still to come.
func TestNothingIsDueBeforeNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := two()
		for _, h := range drawn(t, false) {
			r, _ = r.Step(h.o, h.at)
			r, _ = r.Step(region.Tick{}, h.at)
			next := r.Next()
			if !next.After(h.at) {
				t.Fatalf("at %v the next thing is due at %v", h.at, next)
			}
			if _, early := r.Step(region.Tick{}, next.Add(-1)); len(early) > 0 {
				t.Fatalf("due at %v, and before: %v", next, early)
			}
			if then, _ := r.Step(region.Tick{}, next); !then.Next().After(next) {
				t.Fatalf("due at %v, and still to come then", next)
			}
		}
	})
}

// TestAWaveChangesTheModeOnce lets one region or both be away and back, never for more than ten seconds, for three
// minutes: each is one change of the mode, and one back when the wave is over. Troubles of less than two seconds may
// pass unseen, and are no such wave.
func TestAWaveChangesTheModeOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.IntRange(50, 400).Draw(t, "every")) * time.Millisecond
		trouble := rapid.SampledFrom([]region.Outcome{region.Failed, region.Silent, region.Barred}).Draw(t, "trouble")
		on := time.Duration(rapid.IntRange(100, 10_000).Draw(t, "on")) * time.Millisecond
		off := time.Duration(rapid.IntRange(2000, 10_000).Draw(t, "off")) * time.Millisecond
		waves := map[region.Endpoint]bool{west: true, east: rapid.Bool().Draw(t, "both")}
		r, changes, back := two(), 0, 0
		call := func(of region.Endpoint, outcome region.Outcome, now time.Time) {
			var decisions []region.Decision
			r, decisions = r.Step(region.Called{At: of, Outcome: outcome, Began: now}, now)
			for _, d := range decisions {
				if c, is := d.(region.Changed); is && c.To < c.From {
					changes++
				} else if is {
					back++
				}
			}
		}
		const length = 3 * time.Minute
		for at := time.Duration(0); at < length+time.Minute; at += every {
			for _, of := range []region.Endpoint{east, west} {
				outcome := region.Answered
				if at%(on+off) >= on && at < length && waves[of] {
					outcome = trouble
				}
				call(of, outcome, noon.Add(at))
			}
		}
		most := 1
		if waves[east] {
			most = 2
		}
		// from nothing to normal it takes two changes, which are no flapping
		if changes > most || back > changes+2 || r.Mode() != region.Normal {
			t.Fatalf("%d changes for the worse, %d for the better, in the end %v", changes, back, r)
		}
	})
}

// TestObservationsThatAreNone say nothing.
func TestObservationsThatAreNone(t *testing.T) {
	r := reached(t, 2, region.Well, region.Well, region.Well, region.Well)
	for _, o := range []region.Observation{region.Called{At: east}, region.Called{At: east, Outcome: 99},
		region.Called{At: region.Endpoint{Role: 99, Of: "east"}, Outcome: region.Silent},
		region.Called{At: region.SecondaryOf("other"), Outcome: region.Barred}, region.Told{Account: "other"}} {
		if next, decisions := r.Step(o, noon); fmt.Sprintf("%+v", next) != fmt.Sprintf("%+v", r) ||
			len(decisions) > 0 {
			t.Errorf("%+v made of %v %v: %v", o, r, next, decisions)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	r := two()
	o := region.Observation(region.Called{At: west, Outcome: region.Answered, Began: noon})
	b.ReportAllocs()
	for b.Loop() {
		r, _ = r.Step(o, noon)
	}
}

// TestTheLeastTidemark is that of all accounts together.
func TestTheLeastTidemark(t *testing.T) {
	r := region.New(region.Policy{}, nil, region.Account{Name: "home"}, region.Account{Name: "new"})
	tell := func(account string, at time.Time, state region.State) {
		r, _ = r.Step(region.Told{Account: account, Tide: region.Tidemark{At: at, State: state}}, noon)
	}
	if r.Least().Known() || (region.Reach{}).Least().Known() {
		t.Error("nobody told a tidemark, and it is known")
	}
	tell("home", noon, region.Live)
	if r.Least().Known() {
		t.Error("one of two told a tidemark, and it is known")
	}
	tell("new", noon.Add(-time.Second), region.Live)
	if got := r.Least(); !got.At.Equal(noon.Add(-time.Second)) || got.State != region.Live {
		t.Errorf("the least is %v", got)
	}
	tell("home", time.Time{}, region.Bootstrap)
	if got := r.Least(); got.State != region.Bootstrap {
		t.Errorf("one has none: %v", got)
	}
}
