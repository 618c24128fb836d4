package path_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/ports/sched"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// counter is a storage that counts what it carried out.
type counter struct {
	s    sched.Scheduler
	done int
}

func (c *counter) do(ctx context.Context) (int, error) {
	if err := c.s.Sleep(ctx, 0); err != nil {
		return 0, err
	}
	c.done++
	return c.done, nil
}

// ground is one of which a test says how it is.
type ground struct {
	request, answer path.Leg
	changed         sched.Event
}

func (g *ground) Legs(string, string, string) (path.Leg, path.Leg) { return g.request, g.answer }
func (g *ground) Changed() sched.Event                             { return g.changed }

func (g *ground) set(s sched.Scheduler, request, answer path.Leg) {
	g.request, g.answer = request, answer
	g.changed.Set()
	g.changed = s.NewEvent()
}

// scene is a process before a storage.
type scene struct {
	*memory.Sched
	p       *path.Path
	ground  *ground
	storage *counter
}

// in runs a test on virtual time.
func in(t *testing.T, rule string, body func(s *scene)) {
	t.Helper()
	s := memory.NewSched(1)
	rules := inject.New(1)
	if rule != "" {
		r, err := inject.ParseRule(rule)
		if err != nil {
			t.Fatal(err)
		}
		if err := rules.Set([]inject.Rule{r}); err != nil {
			t.Fatal(err)
		}
	}
	g := &ground{changed: s.NewEvent()}
	at := &scene{Sched: s, ground: g, storage: &counter{s: s},
		p: &path.Path{Sched: s, Sender: path.NewProcess(s), Ground: g, Rules: rules}}
	if err := s.Run(func() { body(at) }); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) call(patience time.Duration) (int, error) {
	ctx, cancel := s.WithTimeout(context.Background(), patience)
	defer cancel()
	return path.Do(ctx, s.p, inject.Call{From: "east", To: "west", Service: "table", Operation: "insert"}, 1,
		s.storage.do)
}

// TestEndings: what a sender learns, and what the storage did, of each thing that may befall a call.
func TestEndings(t *testing.T) {
	cut := func(c inject.How) path.Leg { return path.Leg{How: c, Why: "a cut"} }
	for _, c := range []struct {
		rule            string
		request, answer path.Leg
		ending          path.Ending // "": an answer
		late            bool        // the context ends
		done            int
		took            time.Duration
	}{
		{done: 1},
		{request: path.Leg{Delay: 30 * time.Millisecond}, answer: path.Leg{Delay: 20 * time.Millisecond}, done: 1,
			took: 50 * time.Millisecond},
		{rule: "delay constant 2s", done: 1, took: 2 * time.Second},
		{rule: "delay constant 2s after commit", done: 1, took: 2 * time.Second},
		{rule: "reset", ending: path.Unanswered},
		{rule: "reset after commit", ending: path.Unanswered, done: 1},
		{rule: "hang", late: true, took: 5 * time.Second},
		{rule: "hang after commit", late: true, done: 1, took: 5 * time.Second},
		{rule: "status 503 ServerBusy", ending: path.Refused},
		{rule: "status 500 after commit", ending: path.Unanswered, done: 1},
		{answer: cut(inject.Busy), ending: path.Unanswered, done: 1},
		{rule: "hold constant 2s", done: 1, took: 2 * time.Second},
		{rule: "hold constant 9s", late: true, done: 1, took: 5 * time.Second},
		{request: cut(inject.Refuse), ending: path.Unreached},
		{request: cut(inject.Torn), ending: path.Unanswered},
		{request: cut(inject.Busy), ending: path.Refused},
		{request: cut(inject.Silent), late: true, took: 5 * time.Second},
		{answer: cut(inject.Refuse), ending: path.Unanswered, done: 1},
		{answer: cut(inject.Silent), late: true, done: 1, took: 5 * time.Second},
	} {
		name := fmt.Sprintf("%s %v %v", c.rule, c.request, c.answer)
		in(t, c.rule, func(s *scene) {
			s.ground.set(s, c.request, c.answer)
			began := s.Now()
			_, err := s.call(5 * time.Second)
			if took := s.Now().Sub(began); took != c.took {
				t.Errorf("%s: it took %v, want %v", name, took, c.took)
			}
			_ = s.Sleep(context.Background(), time.Minute) // what is held arrives
			var e *path.Error
			errors.As(err, &e)
			switch {
			case c.late != errors.Is(err, context.DeadlineExceeded), c.ending == "" && !c.late && err != nil,
				c.ending != "" && (e == nil || e.Ending != c.ending):
				t.Errorf("%s: %v, want %q, late %t", name, err, c.ending, c.late)
			}
			if s.storage.done != c.done {
				t.Errorf("%s: done %d times, want %d", name, s.storage.done, c.done)
			}
		})
	}
}

// TestPatience: a sender gives up what does not come in time, though its context goes on; what it gave up is done.
func TestPatience(t *testing.T) {
	for rule, done := range map[string]int{"hang": 0, "hang after commit": 1, "hold constant 9s": 1,
		"delay constant 9s after commit": 1, "delay constant 500ms": 1} {
		in(t, rule, func(s *scene) {
			s.p.Patience = time.Second
			began := s.Now()
			_, err := path.Do(context.Background(), s.p, inject.Call{Operation: "insert"}, 1, s.storage.do)
			took := s.Now().Sub(began)
			_ = s.Sleep(context.Background(), time.Minute)
			var e *path.Error
			late := rule != "delay constant 500ms"
			if errors.As(err, &e) != late || late && (e.Ending != path.Unanswered || took != time.Second) {
				t.Errorf("%s: %v after %v", rule, err, took)
			}
			if s.storage.done != done {
				t.Errorf("%s: done %d times, want %d", rule, s.storage.done, done)
			}
		})
	}
}

// TestACutThatHeals lets a hanging call go on.
func TestACutThatHeals(t *testing.T) {
	in(t, "", func(s *scene) {
		s.ground.set(s, path.Leg{How: inject.Silent}, path.Leg{})
		s.AfterFunc(time.Second, func() { s.ground.set(s, path.Leg{}, path.Leg{}) })
		began := s.Now()
		if _, err := s.call(5 * time.Second); err != nil || s.Now().Sub(began) != time.Second {
			t.Errorf("%v after %v", err, s.Now().Sub(began))
		}
	})
}

// TestFrozen: a frozen sender sends nothing, and hears no answer, until it thaws.
func TestFrozen(t *testing.T) {
	for _, midway := range []bool{false, true} {
		in(t, "delay constant 1s", func(s *scene) {
			if !midway {
				s.p.Sender.Freeze()
			} else {
				s.AfterFunc(500*time.Millisecond, s.p.Sender.Freeze)
			}
			s.AfterFunc(time.Hour, s.p.Sender.Thaw)
			done := s.NewEvent()
			var err error
			s.Go("call", func() { _, err = s.call(2 * time.Hour); done.Set() })
			_ = s.Sleep(context.Background(), time.Minute)
			if done.IsSet() || s.storage.done != map[bool]int{false: 0, true: 1}[midway] {
				t.Errorf("frozen midway %t: answered %t, done %d", midway, done.IsSet(), s.storage.done)
			}
			_ = done.Wait(context.Background())
			if err != nil || s.storage.done != 1 {
				t.Errorf("after the thaw: %v, done %d", err, s.storage.done)
			}
		})
	}
}

// TestDead: a dead sender's calls never return; what had been sent is carried out.
func TestDead(t *testing.T) {
	for _, midway := range []bool{false, true} {
		in(t, "hold constant 1s", func(s *scene) {
			returned := false
			if midway {
				s.AfterFunc(500*time.Millisecond, s.p.Sender.Kill)
			} else {
				s.p.Sender.Kill()
				s.p.Sender.Thaw() // it stays dead
			}
			s.Go("call", func() { _, _ = s.call(2 * time.Second); returned = true })
			_ = s.Sleep(context.Background(), time.Hour)
			if want := map[bool]int{false: 0, true: 1}[midway]; returned || s.storage.done != want {
				t.Errorf("dead midway %t: returned %t, done %d, want %d", midway, returned, s.storage.done, want)
			}
			if s.p.Sender.Life() != path.Dead {
				t.Errorf("it %s", s.p.Sender.Life())
			}
		})
	}
}

// TestPieces: what a sender gets of an answer in three pieces, of each thing that may befall the call.
func TestPieces(t *testing.T) {
	for _, c := range []struct {
		rule   string
		cut    inject.How
		pieces int
		ending path.Ending // "": all is well
	}{
		{"", inject.Open, 3, ""},
		{"reset", inject.Open, 0, path.Unanswered},
		{"reset after commit", inject.Open, 1, path.Unanswered},
		{"status 503", inject.Open, 0, path.Refused},
		{"delay constant 2s after commit", inject.Open, 3, ""},
		{"", inject.Refuse, 0, path.Unreached},
	} {
		in(t, c.rule, func(s *scene) {
			s.ground.set(s, path.Leg{How: c.cut}, path.Leg{})
			got := 0
			var last error
			call := inject.Call{From: "east", To: "west", Service: "table", Operation: "scan"}
			for piece, err := range path.Each(context.Background(), s.p, call, three(s)) {
				if last = err; err == nil {
					if got++; piece != got {
						t.Errorf("%q: piece %d came as number %d", c.rule, piece, got)
					}
				}
			}
			var e *path.Error
			if errors.As(last, &e); got != c.pieces || (e == nil) != (c.ending == "") || e != nil &&
				e.Ending != c.ending {
				t.Errorf("%q %q: %d pieces and %v, want %d and %q", c.rule, c.cut, got, last, c.pieces, c.ending)
			}
		})
	}
}

// three gives three pieces, a second apart.
func three(s *scene) func(ctx context.Context) iter.Seq2[int, error] {
	return func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range 3 {
				_ = s.Sleep(ctx, time.Second)
				if !yield(i+1, nil) {
					return
				}
			}
		}
	}
}

// TestFrozenBetweenPieces: a sender that is frozen in the middle of an answer gets the rest when it thaws.
func TestFrozenBetweenPieces(t *testing.T) {
	in(t, "", func(s *scene) {
		s.AfterFunc(1500*time.Millisecond, s.p.Sender.Freeze)
		s.AfterFunc(time.Hour, s.p.Sender.Thaw)
		began := s.Now()
		var at []time.Duration
		for _, err := range path.Each(context.Background(), s.p, inject.Call{Operation: "scan"}, three(s)) {
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, s.Now().Sub(began))
		}
		if want := []time.Duration{time.Second, time.Hour, time.Hour + time.Second}; !slices.Equal(at, want) {
			t.Errorf("the pieces came at %v, want %v", at, want)
		}
	})
}

// TestWhatIsToldOfACall: that it begins, what befalls it, and that it has ended.
func TestWhatIsToldOfACall(t *testing.T) {
	for _, c := range []struct {
		rule string
		leg  path.Leg
		want string
	}{
		{want: "begins, ended"},
		{rule: "reset after commit", want: "begins, reset after, ended"},
		{rule: "hold constant 1s", want: "begins, hold, ended"},
		{leg: path.Leg{How: inject.Busy, Why: "a cut"}, want: "begins, a cut, ended"},
		{leg: path.Leg{Delay: time.Second}, want: "begins, distance, ended"},
	} {
		in(t, c.rule, func(s *scene) {
			s.ground.set(s.Sched, c.leg, path.Leg{})
			var told []string
			s.p.Begins = func(context.Context, inject.Call) func() {
				told = append(told, "begins")
				return func() { told = append(told, "ended") }
			}
			s.p.Suffers = func(_ context.Context, _ inject.Call, what string) { told = append(told, what) }
			s.Go("call", func() { _, _ = s.call(5 * time.Second) })
			_ = s.Sleep(context.Background(), 10*time.Second)
			if got := strings.Join(told, ", "); got != c.want {
				t.Errorf("%q, %+v: %s, want %s", c.rule, c.leg, got, c.want)
			}
		})
	}
}
