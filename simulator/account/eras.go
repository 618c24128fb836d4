package account

import (
	"context"
	"time"

	"tidemark/ports/sched"
)

// land says that a write of an era has ended.
func (a *Account) land(era int) {
	a.do(func(time.Time) {
		if a.underWay[era]--; a.underWay[era] == 0 {
			delete(a.underWay, era)
			a.ended.Set()
			a.ended = a.s.NewEvent()
		}
	})
}

// othersLand waits until every write has ended that set out before. False: the context has ended.
func (a *Account) othersLand(ctx context.Context) bool {
	var era int
	a.do(func(time.Time) { era = a.era; a.era++ })
	for {
		var left int
		var ended sched.Event
		a.do(func(time.Time) {
			for of, n := range a.underWay {
				if of <= era {
					left += n
				}
			}
			ended = a.ended
		})
		if left == 0 {
			return true
		}
		if ended.Wait(ctx) != nil {
			return false
		}
	}
}
