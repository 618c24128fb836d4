package odata

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tidemark/simulator/wire"
)

// Refusal is an answer in the service's form that the gateway gives itself. Codes and messages: "Table service error
// codes" and "Common REST API error codes"; where those give no words the text says what the limit is.
type Refusal struct {
	wire.Refusal
	Index int // of a batch: the operation at fault, or -1
}

// Error makes a refusal an error for logs and tests.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

// Refuse is a refusal of a request as a whole.
func Refuse(status int, code, format string, args ...any) *Refusal {
	return &Refusal{wire.Refusal{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}, -1}
}

// At is the same refusal of one operation of a batch.
func (r *Refusal) At(index int) *Refusal {
	if r != nil {
		r.Index = index
	}
	return r
}

func malformed() *Refusal {
	return Refuse(http.StatusBadRequest, "InvalidInput", "An error occurred while processing this request.")
}

// Write sends the refusal as the service does, in the form that the operation speaks; of an operation of a batch
// within a multipart 202, with its index before the message ("Performing entity group transactions", Sample error
// response).
func (r *Refusal) Write(w http.ResponseWriter, form wire.Form, now time.Time) {
	if r.Index >= 0 {
		r.writeBatch(w, now)
		return
	}
	r.Refusal.Write(w, form, now)
}

func (r *Refusal) writeBatch(w http.ResponseWriter, now time.Time) {
	const part = "--batchresponse_%[1]s\r\nContent-Type: multipart/mixed; " +
		"boundary=changesetresponse_%[1]s\r\n\r\n--changesetresponse_%[1]s\r\n" +
		"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 %[2]d " +
		"%[3]s\r\nX-Content-Type-Options: nosniff\r\n" +
		"Cache-Control: no-cache\r\nDataServiceVersion: 3.0;\r\nContent-Type: " +
		"application/json;odata=minimalmetadata;streaming=true;charset=utf-8\r\n\r\n" +
		"%[4]s\r\n--changesetresponse_%[1]s--\r\n--batchresponse_%[1]s--\r\n"
	id := wire.Head(w.Header(), now)
	body := fmt.Appendf(nil, part, id, r.Status, http.StatusText(r.Status),
		r.JSON(strconv.Itoa(r.Index)+":", id, now))
	wire.Send(w, http.StatusAccepted, "multipart/mixed; boundary=batchresponse_"+id, body)
}
