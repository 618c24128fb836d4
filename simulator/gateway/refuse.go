package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net"
	"net/http"
	"strings"
	"time"

	"tidemark/simulator/georep"
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
	messageAuthentication = "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature."
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

// toRefuse goes the way back with an answer of the gateway's own, tells the truth stream why, and says whether the answer arrives.
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

// forged answers a request whose shared key is wrong, and says whether it was: as the service, the gateway looks at the key before it says anything
// else. A SAS it does not check.
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
	writeError(v.w, v.service, status, code, message, v.now())
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
	e.At, e.Account = v.now(), v.a.name
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
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RST instead of FIN
	}
	_ = conn.Close()
}

// writeError writes an error in the form of a service: the table service's is JSON, the queue service's XML.
func writeError(w http.ResponseWriter, s georep.Service, status int, code, message string, now time.Time) {
	h := w.Header()
	id := requestID()
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("X-Ms-Request-Id", id)
	h.Set("X-Ms-Error-Code", code)
	message += "\nRequestId:" + id + "\nTime:" + now.UTC().Format("2006-01-02T15:04:05.0000000Z")
	var body []byte
	if s == georep.Table {
		h.Set("Content-Type", "application/json;odata=minimalmetadata")
		body = jsonError(code, message)
	} else {
		h.Set("Content-Type", "application/xml")
		body = xmlError(code, message)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // who does not listen any more learns nothing
}

func jsonError(code, message string) []byte {
	type text struct {
		Lang  string `json:"lang"`
		Value string `json:"value"`
	}
	type inner struct {
		Code    string `json:"code"`
		Message text   `json:"message"`
	}
	body, _ := json.Marshal(map[string]inner{"odata.error": {code, text{"en-US", message}}}) // strings always marshal
	return body
}

func xmlError(code, message string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><Error><Code>`)
	_ = xml.EscapeText(&b, []byte(code)) // a Builder takes everything
	b.WriteString("</Code><Message>")
	_ = xml.EscapeText(&b, []byte(message))
	b.WriteString("</Message></Error>")
	return []byte(b.String())
}

func requestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails since Go 1.24
	s := hex.EncodeToString(id[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
