package tables

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

// readBody reads what a write brings, and looks it over.
func (q *Request) readBody(r *http.Request) *odata.Refusal {
	if !q.Write || q.Kind == inject.Delete || q.Kind == inject.DeleteTable {
		return checkTable(q)
	}
	body, bad := readBounded(r)
	if bad != nil {
		return bad
	}
	if strings.Contains(r.Header.Get("Content-Type"), "atom+xml") {
		return odata.Refuse(http.StatusUnsupportedMediaType, "AtomFormatNotSupported", "Atom format is not supported.")
	}
	switch {
	case q.batch:
		return q.readBatch(body)
	case q.Kind == inject.CreateTable:
		return q.readTable(body)
	case changesEntities(q.Kind):
		if bad := checkTable(q); bad != nil {
			return bad
		}
		bad := q.readEntity(0, body)
		q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
		return bad
	}
	q.body = body
	return checkTable(q)
}

// maxBody is in bytes ("Performing entity group transactions"; "Request body too large").
const maxBody = 4 << 20

// readBounded reads a body of at most 4 MiB.
func readBounded(r *http.Request) ([]byte, *odata.Refusal) {
	tooLarge := odata.Refuse(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge",
		"The request body is too large and exceeds the maximum permissible limit.")
	if r.ContentLength > maxBody {
		return nil, tooLarge
	}
	var body []byte
	var err error
	if r.ContentLength > 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	} else if r.Body != nil {
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	}
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, odata.Refuse(http.StatusBadRequest, "IncompleteBody",
				"The request body is shorter than its Content-Length.")
		}
		return nil, odata.Refuse(http.StatusRequestTimeout, "OperationTimedOut", "The request body could not be read.")
	}
	if len(body) > maxBody {
		return nil, tooLarge
	}
	return body, nil
}

// readTable finds the name of a table to make.
func (q *Request) readTable(body []byte) *odata.Refusal {
	q.body = body
	var bad *odata.Refusal
	if q.Table, bad = odata.TableName(body); bad != nil {
		return bad
	}
	return odata.CheckTableName(q.Table)
}
