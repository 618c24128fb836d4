// Package wire has the forms in which the Table and the Queue service answer. Below it are the texts of the Table
// service (odata), requests to tables and to queues, shared keys, and how callers spell the names of metadata
// (spelling).
package wire

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Version is the version of the services that answers name: that of Azurite 3.37 (its TABLE_API_VERSION).
const Version = "2026-06-06"

// Form is how a body is written.
type Form uint8

// The forms: of the Table service's operations on rows and tables, and of everything else.
const (
	JSON Form = iota
	XML
)

// Refusal is an answer in a service's form that says no: HTTP status, error code (as InvalidInput) and message.
type Refusal struct {
	Status  int
	Code    string
	Message string
}

// Write sends the refusal, with the headers of the service ("Status and error codes").
func (r Refusal) Write(w http.ResponseWriter, form Form, now time.Time) {
	id := Head(w.Header(), now)
	w.Header().Set("x-ms-error-code", r.Code)
	if form == XML {
		Send(w, r.Status, "application/xml", r.xml(id, now))
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	Send(w, r.Status, "application/json;odata=minimalmetadata;streaming=true;charset=utf-8", r.JSON("", id, now))
}

// Head sets what every answer has, and gives the answer's id.
func Head(h http.Header, now time.Time) (id string) {
	id = RequestID()
	h.Set("Server", "Tidemark-Storage/1.0")
	h.Set("x-ms-request-id", id)
	h.Set("x-ms-version", Version)
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	return id
}

// Send sends a body.
func Send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone: nothing was done for it
}

// JSON is the body as the Table service writes it. The prefix stands before the message: of an operation of a batch
// its index and a colon.
func (r Refusal) JSON(prefix, id string, now time.Time) []byte {
	type text struct {
		Lang  string `json:"lang"`
		Value string `json:"value"`
	}
	type inner struct {
		Code    string `json:"code"`
		Message text   `json:"message"`
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]inner{"odata.error": {r.Code, text{"en-US", prefix + r.text(id, now)}}}) // strings
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// marks are what XML needs. Line ends stay what they are: xml.EscapeText would write &#xA;.
var marks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (r Refusal) xml(id string, now time.Time) []byte {
	return []byte(`<?xml version="1.0" encoding="utf-8"?><Error><Code>` + marks.Replace(r.Code) + "</Code><Message>" +
		marks.Replace(r.text(id, now)) + "</Message></Error>")
}

func (r Refusal) text(id string, now time.Time) string {
	return r.Message + "\nRequestId:" + id + "\nTime:" + now.UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// RequestID is a name for one answer. Nothing is decided by it, so it needs no seed.
func RequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
