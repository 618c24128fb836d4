package tables

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
)

// Refusal is an answer in the service's form that the gateway gives itself. Codes and messages: "Table service error
// codes" and "Common REST API error codes"; where those give no words the text says what the limit is.
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

// Write sends the refusal as the service does: XML where the operation speaks XML; of an operation of a batch within
// a multipart 202, with its index before the message ("Performing entity group transactions", Sample error response).
// q is nil where Parse refused: its place tells the batch.
func (r *Refusal) Write(w http.ResponseWriter, q *Request, now time.Time) {
	form := wire.JSON
	if q != nil {
		form = FormOf(q.Kind)
	}
	if r.Index >= 0 {
		r.writeBatch(w, now)
		return
	}
	r.wire().Write(w, form, now)
}

func (r *Refusal) wire() wire.Refusal {
	return wire.Refusal{Status: r.Status, Code: r.Code, Message: r.Message}
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
		r.wire().JSON(strconv.Itoa(r.Index)+":", id, now))
	wire.Send(w, http.StatusAccepted, "multipart/mixed; boundary=batchresponse_"+id, body)
}

// FormOf is how an operation's bodies are written.
func FormOf(kind string) wire.Form {
	if kind == inject.Stats || kind == inject.Properties || kind == inject.ACL {
		return wire.XML
	}
	return wire.JSON
}
