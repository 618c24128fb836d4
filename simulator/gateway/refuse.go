package gateway

import (
	"net/http"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/wire"
	"tidemark/simulator/wire/tables"
)

// Codes and messages of the service ("Status and error codes", and the service's own words as its SDKs quote them).
const (
	codeServerBusy   = "ServerBusy"
	codeInsufficient = "InsufficientAccountPermissions"
	codeTimedOut     = "OperationTimedOut"

	messageServerBusy     = "The server is currently unable to receive requests. Please retry your request."
	messageTimedOut       = "The operation could not be completed within the permitted time."
	messageSecondaryWrite = "Write operations to the secondary location are not allowed."
	messageNoSecondary    = "Read-access geo-redundant replication is not enabled for the account."
	messageAuthentication = "Server failed to authenticate the request. Make sure the value of Authorization header " +
		"is formed correctly including the signature."
)

func messageOf(code string) string {
	switch code {
	case codeServerBusy:
		return messageServerBusy
	case codeTimedOut:
		return messageTimedOut
	default:
		return "The simulator was told to answer so."
	}
}

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

func (v *visit) error(status int, code, message string) {
	form := formOf(v.service)
	if v.service == georep.Table {
		form = tables.FormOf(v.call.Operation)
	}
	wire.Refusal{Status: status, Code: code, Message: message}.Write(v.w, form, v.now())
}

// told tells the truth stream that the simulator answers a call, or does not.
func (v *visit) told(status int, text string) {
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "refused", Status: status, Text: text})
	}
}

// lost tells the truth stream that an answer does not arrive.
func (v *visit) lost(entry *georep.Entry, text string) {
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "lost-answer", Entry: entry, Text: text})
	}
}

func (v *visit) event(e Event) {
	e.At, e.Account = time.Now(), v.a.name
	if v.call.Operation != "" {
		call := v.call
		e.Call = &call
	}
	v.a.g.tell(e)
}

// reset tears the connection down: the client's system reads ECONNRESET. A text is told to the truth stream.
func (v *visit) reset(text string) {
	v.done()
	if text != "" {
		v.told(0, text)
	}
	conn, _, err := http.NewResponseController(v.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // as far as one can go over HTTP/2
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0) // RST instead of FIN
	}
	_ = conn.Close()
}

// formOf is how a service says what is about no operation.
func formOf(s georep.Service) wire.Form {
	if s == georep.Table {
		return wire.JSON
	}
	return wire.XML
}
