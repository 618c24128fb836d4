package azkit

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Action is one change of a batch. Method is POST to insert, PUT to replace, PATCH to merge, DELETE. Without IfMatch
// a replacement or merge makes the row if there is none; a deletion needs it. Row is the row's JSON with its keys; a
// deletion has none.
type Action struct {
	Method  string
	PK, RK  string
	IfMatch azcore.ETag
	Row     []byte
}

// Batch is the body of a request that makes all of its actions or none.
type Batch struct {
	Body        []byte
	ContentType string
	actions     int
}

// NewBatch writes actions on the table at a URL as a change set in a batch, the parts of a multipart body.
func NewBatch(tableURL string, actions []Action) Batch {
	size := 512
	for _, a := range actions {
		size += 512 + 2*(len(a.PK)+len(a.RK)+len(tableURL)) + len(a.Row)
	}
	outer, inner := "batch_"+rand.Text(), "changeset_"+rand.Text() // a row cannot hold what it cannot guess
	b := append(make([]byte, 0, size), "--"+outer+"\r\nContent-Type: multipart/mixed; boundary="+inner+"\r\n\r\n"...)
	for _, a := range actions {
		b = append(b, "--"+inner+"\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"...)
		b = a.append(b, tableURL)
		b = append(b, "\r\n"...)
	}
	b = append(b, "--"+inner+"--\r\n\r\n--"+outer+"--\r\n"...)
	return Batch{Body: b, ContentType: "multipart/mixed; boundary=" + outer, actions: len(actions)}
}

// append writes the action as an HTTP request.
func (a Action) append(b []byte, tableURL string) []byte {
	b = append(b, a.Method+" "+tableURL...)
	if a.Method != http.MethodPost {
		b = append(b, "(PartitionKey='"+url.PathEscape(a.PK)+"',RowKey='"+url.PathEscape(a.RK)+"')"...)
	}
	b = append(b, " HTTP/1.1\r\nAccept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0\r\n"...)
	if a.Method == http.MethodPost {
		b = append(b, "Prefer: return-no-content\r\n"...)
	}
	if a.IfMatch != "" {
		b = append(b, "If-Match: "+string(a.IfMatch)+"\r\n"...)
	}
	if a.Method != http.MethodDelete {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(a.Row))+"\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, a.Row...)
}
