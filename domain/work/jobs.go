package work

import (
	"sync"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/planted"
)

// jobs is what this process knows of the work that messages ask for, so that many messages become one piece of work:
// under steady load every second brings a hint for every shard, a pass takes longer, and each pass that leaves blocks
// behind asks for another.
//
// It is only an economy. A message is deleted as covered when another one that is in the queue, and that nobody
// deletes before the work is done, asks for the same. What is remembered wrongly costs a pass too many, or one that
// the sweeper asks for again.
type jobs struct {
	mu     sync.Mutex
	forgot time.Time
	waited time.Duration    // between the sending of a message and its being in hand here, lately
	of     map[Message]*job // by the message as parsed; with a task's name it is work of its own
}

// job is one piece of work.
type job struct {
	leased bool      // a delivery of it waits for a worker here, or is worked on
	id     string    // the message that was leased last
	again  time.Time // when the newest message was stored that came since the work began; zero: none came
	due    time.Time // until then one in the queue is hidden, which will do the work
	sent   time.Time // when one that is not hidden was put into the queue; zero once one is in hand
	asked  time.Time // the storage's clock when the last compaction that came to its end began
	ended  time.Time // when that ended, by this process' clock
	noted  time.Time // when alive last grew
	// messages in the queue whose last delivery here ended with an answer; true: another one was sent in their place
	alive map[string]bool
	idle  time.Duration // how long was waited after passes that moved nothing; zero after one that did
}

// keep is how long a job is remembered after it was due, and keepAlive after a message of it was answered and stayed,
// or a pass that makes messages needless which may be far back in the queue.
const (
	keep      = time.Minute
	keepAlive = 10 * time.Minute
)

// verdict says what to do with a delivery.
type verdict uint8

const (
	take   verdict = iota // work on it
	repeat                // other messages carry it out: delete it
	leave                 // it is the one that is worked on here, delivered once more: its lease was lost
)

// skew is how much later than its Inserted a message may have been stored, by the clock that a pass asks: both are
// cut to seconds, and they are clocks of two services of one account.
const skew = 2 * time.Second

// seen reports whether a compaction has seen everything that a message hinted at.
func seen(inserted, asked time.Time) bool {
	return !inserted.IsZero() && inserted.Add(skew).Before(asked)
}

// unknownTime is later than every time.
var unknownTime = time.Unix(1<<40, 0)

// admit decides on a delivery, by the message, its id and when the queue took it in.
func (s *jobs) admit(m Message, id string, inserted, now time.Time) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.job(m)
	switch {
	case j.leased && j.id == id && planted.On(planted.RepetitionOfItself):
		return repeat
	case j.leased && j.id == id:
		return leave
	case planted.On(planted.HintForEach):
	case j.leased:
		if inserted.After(j.again) {
			j.again = inserted
		}
		return repeat
	case j.id != id && now.Before(j.due):
		return repeat
	case seen(inserted, j.asked):
		return repeat
	}
	if !j.sent.IsZero() {
		s.waited = (s.waited + now.Sub(j.sent)) / 2
	}
	j.leased, j.id, j.again, j.due, j.sent = true, id, time.Time{}, time.Time{}, time.Time{}
	return take
}

// unseen is for how long a message that was sent counts as being in the queue: twice what messages of this process
// waited there last, and within bounds. Another process may have it, and be past what a new one would hint at: that
// waits so long, or for the sweeper.
func (s *jobs) unseen() time.Duration { return min(time.Second+2*s.waited, mostUnseen) }

const mostUnseen = 15 * time.Second

// hint reports whether a message for this work has to be sent, and notes that it is: it has not while one is in hand,
// hidden or waiting that will do the work.
func (s *jobs) hint(m Message, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.job(m)
	switch {
	case planted.On(planted.HintForEach):
	case j.leased:
		j.again = unknownTime
		return false
	case now.Before(j.due), !j.sent.IsZero() && now.Before(j.sent.Add(s.unseen())):
		return false
	}
	j.sent = now
	return true
}

// unsent takes back that a message was sent.
func (s *jobs) unsent(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.job(m).sent = time.Time{}
}

// job finds a job, or makes it. The caller holds mu.
func (s *jobs) job(m Message) *job {
	j := s.of[m]
	if j == nil {
		j = &job{}
		s.of[m] = j
	}
	return j
}

// begin notes that work that begins carries out every message up to now.
func (s *jobs) begin(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.job(m).again = time.Time{}
}

// passed ends the work of a compaction and says whether another one is due, and after how long. That one covers,
// from now on, the messages that come before.
func (s *jobs) passed(m Message, res compaction.Result, now time.Time) (wait time.Duration, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.job(m)
	j.leased, j.asked, j.ended = false, res.Asked, now
	again := !j.again.IsZero() && !seen(j.again, res.Asked) && !planted.On(planted.HintInPassForgotten)
	switch {
	case res.Done() && !again:
		j.idle = 0
		return 0, false
	case res.Done():
		j.idle, wait = 0, time.Second
	// while the tidemark stands still there is nothing to do, for hours perhaps
	case res.Written == 0 && res.Dropped == 0:
		wait = max(res.Waiting, min(2*j.idle, patience))
		j.idle = wait
	default:
		j.idle, wait = 0, res.Waiting
	}
	j.due = now.Add(wait)
	j.sent = j.due // it is not hidden any more then
	if planted.On(planted.HiddenForNone) {
		j.due, j.sent = time.Time{}, time.Time{}
	}
	return wait, true
}

// patience bounds the pause between passes over a shard of which nothing moves.
const patience = 10 * time.Second

// answered reports whether the deliveries of a message are known to have ended well, or for a reason that is not the
// work's. It may have been delivered very often while a storage was away, or while its queue deleted nothing.
func (s *jobs) answered(m Message, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.of[m]
	if j == nil {
		return false
	}
	_, ok := j.alive[id]
	return ok
}

// replaced reports whether another message was sent in the place of one that is still there.
func (s *jobs) replaced(m Message, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.of[m]
	return j != nil && j.alive[id]
}

// mostAlive bounds what is remembered of messages that a queue does not delete.
const mostAlive = 1000

// note remembers that a delivery of a message that stays in the queue ended with an answer, and whether another one
// was sent in its place.
func (s *jobs) note(m Message, id string, replaced bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.of[m]
	if j == nil {
		return
	}
	if j.alive == nil || len(j.alive) >= mostAlive {
		j.alive = map[string]bool{}
	}
	j.alive[id], j.noted = j.alive[id] || replaced, now
}

// end gives the work up. With a due time the message was given back and hides until then.
func (s *jobs) end(m Message, id string, due time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.of[m]
	if j == nil || j.id != id {
		return // somebody else's by now
	}
	j.leased = false
	if !due.IsZero() {
		j.due = due
	}
}

// forget drops what is of no use any more, now and then.
func (s *jobs) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.forgot) < keep {
		return
	}
	s.forgot = now
	for m, j := range s.of {
		if !j.leased && now.Sub(later(j.due, j.sent)) > keep && now.Sub(later(j.noted, j.ended)) > keepAlive {
			delete(s.of, m)
		}
	}
}

// later is the later one of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
