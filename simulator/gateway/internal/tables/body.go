package tables

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"tidemark/simulator/inject"
)

// readBody reads what a write brings, and looks it over.
func (q *Request) readBody(r *http.Request, verb, rest string) *Refusal {
	if !q.Write || q.Kind == inject.Delete || q.Kind == inject.DeleteTable {
		return checkTable(q)
	}
	body, bad := readBounded(r)
	if bad != nil {
		return bad
	}
	if strings.Contains(r.Header.Get("Content-Type"), "atom+xml") {
		return refuse(http.StatusUnsupportedMediaType, "AtomFormatNotSupported", "Atom format is not supported.")
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

// checkTable looks at the name and the keys of a write without a body too.
func checkTable(q *Request) *Refusal {
	if !q.Write {
		return nil
	}
	if q.Table != "" {
		if bad := checkTableName(q.Table); bad != nil {
			return bad
		}
	}
	if q.Kind != inject.Delete {
		return nil
	}
	q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
	return checkKeys(q.Ops[0])
}

func checkKeys(op Op) *Refusal {
	if bad := checkKey("PartitionKey", op.PartitionKey); bad != nil {
		return bad
	}
	return checkKey("RowKey", op.RowKey)
}

// readBounded reads a body of at most 4 MiB.
func readBounded(r *http.Request) ([]byte, *Refusal) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge",
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
			return nil, refuse(http.StatusBadRequest, "IncompleteBody",
				"The request body is shorter than its Content-Length.")
		}
		return nil, refuse(http.StatusRequestTimeout, "OperationTimedOut", "The request body could not be read.")
	}
	if len(body) > maxBody {
		return nil, tooLarge
	}
	return body, nil
}

// readEntity looks over the body of an operation and completes its keys.
func (q *Request) readEntity(i int, body []byte) *Refusal {
	op := &q.Ops[i]
	if len(strings.TrimSpace(string(body[:min(len(body), 8)]))) == 0 && op.Kind != inject.Insert {
		body = []byte("{}") // the Cosmos client merges without a body when there are only keys
	}
	e, bad := scanEntity(body)
	if bad != nil {
		return bad
	}
	q.sent[i].entity = e
	if op.Kind == inject.Insert {
		if !e.hasPK || !e.hasRK {
			return refuse(http.StatusBadRequest, "PropertiesNeedValue",
				"The values are not specified for all properties in the entity.")
		}
		op.PartitionKey, op.RowKey = e.pk, e.rk
	} else if e.hasPK && e.pk != op.PartitionKey || e.hasRK && e.rk != op.RowKey {
		return refuse(http.StatusBadRequest, "InvalidInput",
			"The keys in the entity are not those of the address: leave them out or make them equal.")
	}
	if bad := checkKeys(*op); bad != nil {
		return bad
	}
	op.Bytes = e.bytesWith(op.PartitionKey, op.RowKey)
	return checkSize(op.Bytes)
}

// readTable finds the name of a table to make.
func (q *Request) readTable(body []byte) *Refusal {
	s := scanner{b: body}
	if !s.eat('{') {
		return malformed()
	}
	for first := true; !s.eat('}'); first = false {
		p, ok := s.property(first)
		if !ok {
			return malformed()
		}
		if string(p.name) == "TableName" {
			q.Table = p.valueText()
		}
	}
	q.body = body
	if q.Table == "" {
		return refuse(http.StatusBadRequest, "PropertiesNeedValue",
			"The values are not specified for all properties in the entity.")
	}
	return checkTableName(q.Table)
}
