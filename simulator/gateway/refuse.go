package gateway

import (
	"net/http"

	"tidemark/simulator/georep"
)

// refuse answers with an error of the gateway's own.
func (v *visit) refuse(status int, code, message string) {
	if v.toRefuse(status, code) {
		v.error(status, code, message)
	}
}

// busy answers as the service does that has too much to do.
func (v *visit) busy(why string) {
	if v.toRefuse(http.StatusServiceUnavailable, why) {
		v.error(http.StatusServiceUnavailable, codeServerBusy, messageServerBusy)
	}
}

// toRefuse goes the way back with an answer of the gateway's own, tells the truth stream why, and says whether the
// answer arrives.
func (v *visit) toRefuse(status int, why string) bool {
	v.done()
	if !v.back(nil) {
		return false
	}
	v.told(status, why)
	return true
}

// refuseSecondaryWrite answers a write to the secondary.
func (v *visit) refuseSecondaryWrite() {
	if !v.forged() {
		v.refuse(http.StatusForbidden, codeInsufficient, messageSecondaryWrite)
	}
}

// forged answers a request whose shared key is wrong, and says whether it was: as the service, the gateway looks at
// the key before it says anything else. A SAS it does not check.
func (v *visit) forged() bool {
	if signed, right := v.signature(); !signed || right {
		return false
	}
	v.refuse(http.StatusForbidden, "AuthenticationFailed", messageAuthentication)
	return true
}

// signature checks a request's shared key, if it has one.
func (v *visit) signature() (signed, right bool) {
	if v.service == georep.Queue {
		return v.a.sign.CheckQueue(v.r)
	}
	return v.a.sign.CheckTable(v.r)
}
