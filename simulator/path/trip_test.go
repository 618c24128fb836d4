package path_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// shell leads lives as a shell does, and keeps what it saw.
type shell struct {
	*scene
	sender context.Context
	listen error // of Listen
	saw    []string
}

func (s *shell) say(what string) { s.saw = append(s.saw, what) }

// lead leads a call to its end, as a shell does that carries calls out itself.
func (s *shell) lead() error {
	c := inject.Call{From: "east", To: "west", Service: "table"}
	l := s.p.Send(s.sender, c)
	l.Listen = func() error { s.say("listen"); return s.listen }
	l.Unheard = func(why string) { s.say("unheard: " + why) }
	defer func() { s.say(string(l.State())) }()
	if err := l.Arrive(); err != nil {
		return err
	}
	c.Operation = "insert"
	if s.say(string(l.Meet(c, 1))); l.State() == path.Held {
		if err := l.Arrive(); err != nil {
			return err
		}
	}
	if err := l.Suffer(); err != nil {
		s.say("why: " + l.Why())
		return err
	}
	s.storage.done++
	return l.Answer()
}

// TestLives: the states of a call, what its shell is told, and how it ends, of each thing that may befall it.
func TestLives(t *testing.T) {
	leg := func(h inject.How) path.Leg { return path.Leg{How: h, Why: "a cut"} }
	for _, c := range []struct {
		rule            string
		request, answer path.Leg
		saw             []string
		done            int
		ending          path.Ending   // "": an answer
		took            time.Duration // over 5 s its sender has given up
	}{
		{saw: []string{"arrived", "answered"}, done: 1},
		{request: path.Leg{Delay: time.Second}, answer: path.Leg{Delay: 2 * time.Second},
			saw: []string{"arrived", "answered"}, done: 1, took: 3 * time.Second},
		{rule: "delay constant 1s", saw: []string{"arrived", "listen", "answered"}, done: 1, took: time.Second},
		{rule: "hold constant 1s", saw: []string{"held", "listen", "answered"}, done: 1, took: time.Second},
		{rule: "hold constant 6s name=h", saw: []string{"held", "listen",
			"unheard: its sender has gone while it was held", "answer lost"}, done: 1, took: 6 * time.Second},
		{rule: "reset name=r", saw: []string{"lost", "why: rule r", "lost"}, ending: path.Unanswered},
		{rule: "status 503 ServerBusy name=s", saw: []string{"lost", "why: rule s", "lost"}, ending: path.Refused},
		{rule: "hang name=h", saw: []string{"lost", "listen", "why: rule h", "lost"}, took: 5 * time.Second},
		{rule: "delay constant 1s after commit", saw: []string{"arrived", "listen", "answered"}, done: 1,
			took: time.Second},
		{rule: "reset after commit name=r", saw: []string{"arrived", "unheard: rule r", "answer lost"}, done: 1,
			ending: path.Unanswered},
		{rule: "hang after commit name=h", saw: []string{"arrived", "unheard: rule h", "listen", "answer lost"},
			done: 1,
			took: 5 * time.Second},
		{request: leg(inject.Refuse), saw: []string{"lost"}, ending: path.Unreached},
		{request: leg(inject.Torn), saw: []string{"lost"}, ending: path.Unanswered},
		{request: leg(inject.Busy), saw: []string{"lost"}, ending: path.Refused},
		{request: leg(inject.Silent), saw: []string{"listen", "lost"}, took: 5 * time.Second},
		{answer: leg(inject.Busy), saw: []string{"arrived", "unheard: a cut", "answer lost"}, done: 1,
			ending: path.Unanswered},
		{answer: leg(inject.Silent), saw: []string{"arrived", "unheard: a cut", "listen", "answer lost"}, done: 1,
			took: 5 * time.Second},
		{rule: "reset after commit name=r", answer: leg(inject.Torn),
			saw: []string{"arrived", "unheard: rule r", "answer lost"}, done: 1, ending: path.Unanswered},
	} {
		in(t, c.rule, func(s *scene) {
			name := fmt.Sprint(c.rule, c.request, c.answer)
			s.ground.set(s, c.request, c.answer)
			sender, cancel := s.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			at := &shell{scene: s, sender: sender}
			began := s.Now()
			err := at.lead()
			if took := s.Now().Sub(began); took != c.took {
				t.Errorf("%s: it took %v, want %v", name, took, c.took)
			}
			var e *path.Error
			errors.As(err, &e)
			late := c.took >= 5*time.Second
			if late != errors.Is(err, context.DeadlineExceeded) || (c.ending != "") != (e != nil) ||
				e != nil && e.Ending != c.ending || (err == nil) != (!late && c.ending == "") {
				t.Errorf("%s: it ended with %v, want %q, late %t", name, err, c.ending, late)
			}
			if !slices.Equal(at.saw, c.saw) || s.storage.done != c.done {
				t.Errorf("%s: %q, done %d times; want %q and %d", name, at.saw, s.storage.done, c.saw, c.done)
			}
		})
	}
}

// TestASenderThatLeavesInSilence: a call that waits without a known end is over when its shell hears so.
func TestASenderThatLeavesInSilence(t *testing.T) {
	gone := errors.New("gone")
	for _, rule := range []string{"hang", "hang after commit", "delay constant 1h", "hold constant 1h"} {
		in(t, rule, func(s *scene) {
			at := &shell{scene: s, sender: context.Background(), listen: gone}
			began := s.Now()
			if err := at.lead(); !errors.Is(err, gone) || s.Now() != began {
				t.Errorf("%s: %v after %v", rule, err, s.Now().Sub(began))
			}
		})
	}
}

// TestASilentAnswerThatHeals is told as lost, once, and comes all the same.
func TestASilentAnswerThatHeals(t *testing.T) {
	in(t, "", func(s *scene) {
		silent := path.Leg{How: inject.Silent, Why: "a cut"}
		s.ground.set(s, path.Leg{}, silent)
		s.AfterFunc(time.Second, func() { s.ground.set(s, path.Leg{}, silent) }) // a change that is none for it
		s.AfterFunc(2*time.Second, func() { s.ground.set(s, path.Leg{}, path.Leg{}) })
		at := &shell{scene: s, sender: context.Background()}
		if err := at.lead(); err != nil {
			t.Error(err)
		}
		if want := []string{"arrived", "unheard: a cut", "listen", "listen", "answered"}; !slices.Equal(at.saw, want) {
			t.Errorf("%q, want %q", at.saw, want)
		}
	})
}

// TestAHeldCallGoesTheWayAsItIsThen: not as it was when it was held; and it lives by Alone, not by its sender.
func TestAHeldCallGoesTheWayAsItIsThen(t *testing.T) {
	in(t, "hold constant 2s", func(s *scene) {
		sender, leave := s.WithCancel(context.Background())
		s.AfterFunc(time.Second, func() {
			leave()
			s.ground.set(s, path.Leg{How: inject.Refuse, Why: "a cut"}, path.Leg{})
		})
		at := &shell{scene: s, sender: sender}
		var e *path.Error
		if err := at.lead(); !errors.As(err, &e) || e.Ending != path.Unreached || s.storage.done != 0 {
			t.Errorf("%v, done %d times", err, s.storage.done)
		}
	})
	in(t, "hold constant 2s", func(s *scene) {
		alone, end := s.WithCancel(context.Background())
		s.p.Alone = alone
		s.AfterFunc(time.Second, end)
		at := &shell{scene: s, sender: context.Background()}
		if err := at.lead(); !errors.Is(err, context.Canceled) || s.storage.done != 0 {
			t.Errorf("%v, done %d times", err, s.storage.done)
		}
	})
}
