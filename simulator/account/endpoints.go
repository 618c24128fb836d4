package account

import (
	"context"
	"time"

	"tidemark/simulator/georep"
)

// Endpoints are the account's as callers find them now.
func (a *Account) Endpoints() Endpoints { return *a.endpoints.Load() }

// Serving ends when a failover takes the endpoints down, and with the account. Who takes it before asking for the
// Endpoints is cut off by every failover that may change them.
func (a *Account) Serving() (ctx context.Context) {
	a.do(func(time.Time) { ctx = a.up.ctx })
	return ctx
}

// readsGoOn says whether a failover lets reads through.
func (a *Account) readsGoOn(s georep.Status) bool {
	return a.o.PlannedReads && s.Kind == georep.Planned && !a.lost
}

// publish has callers routed by what holds now. The caller holds mu.
func (a *Account) publish() {
	s := a.geo.Status(a.tick())
	next := Endpoints{Primary: Endpoint{s.Primary, Serving}, Secondary: Endpoint{s.Secondary, Serving}}
	switch {
	case s.Secondary == "":
		next.Secondary.Availability = None
	case a.copy.absent():
		next.Secondary.Availability = Absent
	}
	if a.lost {
		next.Primary.Availability = Lost
	}
	switch {
	case s.Phase != georep.Down:
	case a.readsGoOn(s):
		next.Primary.Availability = Reads
	default:
		next.Primary.Availability, next.Secondary.Availability = Down, Down
	}
	a.endpoints.Store(&next)
	if s.Phase != georep.Down && a.up.ended() && a.ctx.Err() == nil {
		a.up = a.newStage()
		if a.sending.ended() || a.dropping == a.sending.ctx { // else who still waits for the primary keeps it
			a.sending = a.newStage()
		}
	}
}
