package gateway

import (
	"errors"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/path"
)

// arrive takes a write in. False: it was answered. A local account needs no ticket.
func (v *visit) arrive() bool {
	if !v.a.geoRedundant {
		return true
	}
	t, err := v.a.Arrive(v.region, v.service)
	switch {
	case errors.Is(err, georep.ErrBacklog):
		v.busy(err.Error())
		return false
	case err != nil:
		v.reset(err.Error())
		return false
	}
	v.ticket, v.arrived = t, true
	return true
}

// admit asks the rules and the scale targets about a call whose operation is known now. False: it was answered.
func (v *visit) admit(operation, container, partition string, rows int) bool {
	v.call.Operation, v.call.Container, v.call.Partition = operation, container, partition
	switch v.trip.Meet(v.call, rows) {
	case path.Held:
		if !v.hold() {
			return false
		}
	case path.Lost:
		v.done() // it comes to nothing: it holds no Last Sync Time back
	}
	if err := v.trip.Suffer(); err != nil {
		v.fail(err)
		return false
	}
	if now := time.Now(); !v.a.perAccount.Allow(now, v.call, rows) || !v.a.perPartition.Allow(now, v.call, rows) {
		v.busy("over the scale target")
		return false
	}
	return true
}

// hold lets a request that a rule holds arrive when its time has come, although its client may have gone meanwhile, at
// the region to which it set out, if that still takes it. It holds no Last Sync Time back until then: it has not
// arrived. False: it did not.
func (v *visit) hold() bool {
	write := v.arrived
	v.done()
	if !v.a.g.begin() {
		v.reset("")
		return false
	}
	v.alone = true
	if !v.there() {
		return false
	}
	v.ctx = v.a.Serving()
	return !write || v.arrive()
}

// leave ends a visit.
func (v *visit) leave() {
	v.done()
	if v.alone {
		v.a.g.work.Done()
	}
}
