package tables

import (
	"net/http"
	"net/url"
	"strings"

	"tidemark/simulator/inject"
)

// maxOperations is of "Performing entity group transactions".
const maxOperations = 100

// part is one request within a batch, with what of its headers counts.
type part struct {
	verb, target            string
	accept, prefer, ifMatch string
	body                    []byte
}

func badBatch(text string) *Refusal {
	return refuse(http.StatusBadRequest, "InvalidInput", "%s", text)
}

// readBatch takes a batch apart: one change set of writes, or one query alone ("Performing entity group
// transactions").
func (q *Request) readBatch(body []byte) *Refusal {
	q.boundary = boundaryOf(q.header.Get("Content-Type"))
	parts, bad := splitBatch(body, q.boundary)
	if bad != nil {
		return bad
	}
	if len(parts) > maxOperations {
		return badBatch("The batch request operation exceeds the maximum 100 changes per change set.").
			at(maxOperations - 1)
	}
	q.Ops, q.sent = make([]Op, len(parts)), make([]sent, len(parts))
	for i, p := range parts {
		if bad := q.readPart(i, p); bad != nil {
			return bad.at(i)
		}
		if p.verb == http.MethodGet && len(parts) > 1 {
			return badBatch("A query is not permitted in a batch that has other operations.").at(i)
		}
	}
	if parts[0].verb == http.MethodGet {
		q.Kind, q.Write, q.Partition, q.HasPartition = inject.GetEntity, false, q.Ops[0].PartitionKey, true
		q.row = q.Ops[0].RowKey
		q.Ops = nil
		return nil
	}
	return q.checkTransaction()
}

// checkTransaction holds a batch against the rules for its rows together.
func (q *Request) checkTransaction() *Refusal {
	q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
	rows := make(map[string]bool, len(q.Ops))
	for i, op := range q.Ops {
		if op.PartitionKey != q.Partition {
			return otherPartition().at(i)
		}
		if rows[op.RowKey] {
			return refuse(http.StatusBadRequest, "InvalidDuplicateRow",
				"A command with RowKey '%s' is already present in the batch. An entity can appear only once in a batch.", op.RowKey).at(i)
		}
		rows[op.RowKey] = true
	}
	return nil
}

func otherPartition() *Refusal {
	return refuse(http.StatusBadRequest, "CommandsInBatchActOnDifferentPartitions",
		"All commands in a batch must operate on same entity group.")
}

// readPart makes an operation of a request within a batch.
func (q *Request) readPart(i int, p part) *Refusal {
	table, pk, rk, keyed, ok := splitResource(resourceOf(p.target, q.Account))
	if !ok {
		return badBatch("The address of an operation is not of the form table or " +
			"table(PartitionKey='...',RowKey='...').")
	}
	if bad := checkTableName(table); bad != nil {
		return bad
	}
	if i > 0 && !strings.EqualFold(table, q.Table) {
		return otherPartition()
	}
	if i == 0 {
		q.Table = table
	}
	q.sent[i] = sent{verb: p.verb, accept: p.accept, prefer: p.prefer}
	op := &q.Ops[i]
	*op = Op{PartitionKey: pk, RowKey: rk, IfMatch: p.ifMatch}
	if p.verb == http.MethodGet {
		if !keyed {
			return refuse(http.StatusNotImplemented, "NotImplemented",
				"The requested operation is not implemented on the specified resource: Azurite reads only one "+
					"entity by its keys in a batch.")
		}
		return nil
	}
	op.Kind, ok = entityKind(p.verb, keyed, op.IfMatch != "")
	if !ok {
		return refuse(http.StatusMethodNotAllowed, "MethodNotAllowed",
			"The requested method is not allowed on the specified resource.")
	}
	if op.Kind == inject.Delete {
		return checkKeys(*op)
	}
	return q.readEntity(i, p.body)
}

// resourceOf is what a part's address names: after the account, without the query, decoded.
func resourceOf(target, account string) string {
	target, _, _ = strings.Cut(target, "?")
	if _, after, ok := strings.Cut(target, "://"); ok {
		_, target, _ = strings.Cut(after, "/")
	}
	target = strings.TrimPrefix(target, "/")
	if first, rest, ok := strings.Cut(target, "/"); ok && strings.TrimSuffix(first, "-secondary") == account {
		target = rest
	}
	if decoded, err := url.PathUnescape(target); err == nil {
		return decoded
	}
	return target
}
