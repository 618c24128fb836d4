package gateway

import (
	"errors"

	"tidemark/simulator/georep"
	"tidemark/simulator/path"
)

// moved says whether the roles have changed since the request set out, so that its region may not answer it any more.
func (v *visit) moved() bool {
	return !v.a.Endpoints().Serves(v.region)
}

// there goes the way to the region. False: it did not arrive.
func (v *visit) there() bool {
	err := v.trip.Arrive()
	if err == nil && !v.alone {
		err = v.ctx.Err()
	}
	if err != nil {
		v.fail(err)
		return false
	}
	return true
}

// back goes the way back, and says whether the answer arrives. An entry is what was committed, if anything.
func (v *visit) back(entry *georep.Entry) bool {
	v.entry = entry
	err := v.trip.Answer()
	if err == nil {
		err = v.caller.Err()
	}
	if err != nil {
		v.fail(err)
	}
	return err == nil
}

// fail ends a visit whose request or answer was lost on its way, or whose caller has gone.
func (v *visit) fail(err error) {
	v.done()
	var e *path.Error
	switch {
	case !errors.As(err, &e):
		v.reset(v.trip.Why())
	case e.Status != 0:
		v.told(e.Status, e.Why)
		v.error(e.Status, e.Code, messageOf(e.Code))
	default:
		v.reset(e.Why)
	}
}
