package tables

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tidemark/simulator/inject"
)

// Refusal is an answer in the service's form that the gateway gives itself. Codes and messages: "Table service error codes" and "Common REST
// API error codes"; where those give no words the text says what the limit is.
type Refusal struct {
	Status  int
	Code    string // as InvalidInput
	Message string
	Index   int // of a batch: the operation at fault, or -1
}

// Error makes a refusal an error for logs and tests.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

// refuse is a refusal of a request as a whole.
func refuse(status int, code, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Code: code, Message: fmt.Sprintf(format, args...), Index: -1}
}

// at is the same refusal of one operation of a batch.
func (r *Refusal) at(index int) *Refusal {
	if r != nil {
		r.Index = index
	}
	return r
}

// Write sends the refusal as the service does: JSON odata.error with x-ms-error-code and x-ms-request-id; XML where the operation speaks XML;
// of an operation of a batch within a multipart 202, with its index before the message ("Performing entity group transactions", Sample error
// response). q is nil where Parse refused: its place tells the batch.
func (r *Refusal) Write(w http.ResponseWriter, q *Request, now time.Time) {
	id := requestID()
	h := w.Header()
	h.Set("Server", "Tidemark-Table/1.0")
	h.Set("x-ms-request-id", id)
	h.Set("x-ms-version", serviceVersion)
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	switch {
	case r.Index >= 0:
		r.writeBatch(w, id, now)
	case q != nil && speaksXML(q.Kind):
		h.Set("x-ms-error-code", r.Code)
		body, _ := xml.Marshal(xmlError{Code: r.Code, Message: r.text("", id, now)})
		r.send(w, "application/xml", append([]byte(xml.Header), body...))
	default:
		h.Set("x-ms-error-code", r.Code)
		h.Set("X-Content-Type-Options", "nosniff")
		r.send(w, "application/json;odata=minimalmetadata;streaming=true;charset=utf-8", r.json("", id, now))
	}
}

// serviceVersion is the version that Azurite answers with too (its TABLE_API_VERSION).
const serviceVersion = "2026-06-06"

type xmlError struct {
	XMLName xml.Name `xml:"Error"`
	Code    string   `xml:"Code"`
	Message string   `xml:"Message"`
}

func (r *Refusal) send(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(r.Status)
	_, _ = w.Write(body) // the caller may be gone: nothing was done for it
}

func (r *Refusal) text(prefix, id string, now time.Time) string {
	return prefix + r.Message + "\nRequestId:" + id + "\nTime:" + StampText(now)
}

func (r *Refusal) json(prefix, id string, now time.Time) []byte {
	return append(append(append(append([]byte(`{"odata.error":{"code":`), quote(r.Code)...),
		`,"message":{"lang":"en-US","value":`...), quote(r.text(prefix, id, now))...), `}}}`...)
}

func (r *Refusal) writeBatch(w http.ResponseWriter, id string, now time.Time) {
	const part = "--batchresponse_%[1]s\r\nContent-Type: multipart/mixed; boundary=changesetresponse_%[1]s\r\n\r\n--changesetresponse_%[1]s\r\n" +
		"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 %[2]d %[3]s\r\nX-Content-Type-Options: nosniff\r\n" +
		"Cache-Control: no-cache\r\nDataServiceVersion: 3.0;\r\nContent-Type: application/json;odata=minimalmetadata;streaming=true;charset=utf-8\r\n\r\n" +
		"%[4]s\r\n--changesetresponse_%[1]s--\r\n--batchresponse_%[1]s--\r\n"
	body := fmt.Appendf(nil, part, id, r.Status, http.StatusText(r.Status), r.json(strconv.Itoa(r.Index)+":", id, now))
	w.Header().Set("Content-Type", "multipart/mixed; boundary=batchresponse_"+id)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(body)
}

// speaksXML says whether an operation's bodies are XML.
func speaksXML(kind string) bool {
	return kind == inject.Stats || kind == inject.Properties || kind == inject.ACL
}

// requestID is a name for one answer. Nothing is decided by it, so it needs no seed.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
