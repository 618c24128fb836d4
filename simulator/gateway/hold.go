package gateway

import "time"

// hold keeps a request on its way, and lets it arrive although its client may have gone meanwhile. It holds no Last
// Sync Time back: it has not arrived. When its time has come it goes the way again, as it is then, to the region to
// which it set out, and arrives if that still takes it. False: it did not.
func (v *visit) hold(d time.Duration) bool {
	g := v.a.g
	g.work.Add(1)
	v.client, v.ctx = v.ctx, g.ctx
	write := v.arrived
	v.done()
	if !v.delay(d) || !v.there() {
		return false
	}
	v.ctx = v.a.Serving()
	return !write || v.arrive()
}

// delay keeps a request on its way while its client waits.
func (v *visit) delay(d time.Duration) bool {
	if d > 0 && v.keepBody() != nil {
		v.reset("")
		return false
	}
	return v.sleep(d)
}

// leave ends a visit.
func (v *visit) leave() {
	v.done()
	if v.client != nil {
		v.a.g.work.Done()
	}
}

// heard says whether the client of a request that was held is still there for the answer, and lets it go as others do
// from now on.
func (v *visit) heard() bool {
	if v.client == nil {
		return true
	}
	v.ctx = v.client
	return v.ctx.Err() == nil
}
