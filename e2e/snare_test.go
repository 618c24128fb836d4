package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/rig"
)

// snare puts a snare on the site's tables: it catches a write that is wanted, and every repetition of its block.
func (s *site) snare(wants func(*rig.Call) bool) *rig.Snare {
	return s.Tables.Snare(wants, func(a, b *rig.Call) bool {
		return blockOf(b) != "" && a.Kind == b.Kind && blockOf(a) == blockOf(b)
	})
}

// caught waits for the catch of a snare.
func caught(t testing.TB, s *rig.Snare, within time.Duration, what string) *rig.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c, err := s.Wait(ctx)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return c
}

// diary notes what the proxy saw of blocks, for ever.
type diary struct {
	mu     sync.Mutex
	stored map[string]bool // blocks whose append the service took, as writer/number
	voided map[string]bool // numbers made void
	denied map[string]bool // blocks whose append the service refused
}

func (s *site) keepDiary() *diary {
	d := &diary{stored: map[string]bool{}, voided: map[string]bool{}, denied: map[string]bool{}}
	s.Tables.SetWitness(d.note)
	return d
}

func (d *diary) note(c *rig.Call, a rig.Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case c.Kind == isAppend && a.Refused():
		d.denied[blockOf(c)] = true
	case c.Kind == isAppend:
		d.stored[blockOf(c)] = true
	case c.Kind == isFill && !a.Refused():
		for _, act := range c.Batch {
			if isBlock(act) && rowOf(act).Void {
				d.voided[blockName(act.RowKey)] = true
			}
		}
	}
}

func (d *diary) has(of map[string]bool, name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return of[name]
}
