package tables

import (
	"net/http"
	"net/url"
	"strings"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

// readBatch takes a batch apart: one change set of writes, or one query alone ("Performing entity group
// transactions").
func (q *Request) readBatch(body []byte) *odata.Refusal {
	q.boundary = odata.Boundary(q.header.Get("Content-Type"))
	parts, bad := odata.SplitBatch(body, q.boundary)
	if bad != nil {
		return bad
	}
	if len(parts) > odata.MaxOperations {
		return odata.BadBatch("The batch request operation exceeds the maximum 100 changes per change set.").
			At(odata.MaxOperations - 1)
	}
	q.Ops, q.sent = make([]Op, len(parts)), make([]sent, len(parts))
	for i, p := range parts {
		if bad := q.readPart(i, p); bad != nil {
			return bad.At(i)
		}
		if p.Verb == http.MethodGet && len(parts) > 1 {
			return odata.BadBatch("A query is not permitted in a batch that has other operations.").At(i)
		}
	}
	if parts[0].Verb == http.MethodGet {
		q.Kind, q.Write, q.Partition, q.HasPartition = inject.GetEntity, false, q.Ops[0].PartitionKey, true
		q.row = q.Ops[0].RowKey
		q.Ops = nil
		return nil
	}
	return q.checkTransaction()
}

// checkTransaction holds a batch against the rules for its rows together.
func (q *Request) checkTransaction() *odata.Refusal {
	q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
	rows := make(map[string]bool, len(q.Ops))
	for i, op := range q.Ops {
		if op.PartitionKey != q.Partition {
			return otherPartition().At(i)
		}
		if rows[op.RowKey] {
			return odata.Refuse(http.StatusBadRequest, "InvalidDuplicateRow",
				"A command with RowKey '%s' is already present in the batch. "+
					"An entity can appear only once in a batch.", op.RowKey).At(i)
		}
		rows[op.RowKey] = true
	}
	return nil
}

func otherPartition() *odata.Refusal {
	return odata.Refuse(http.StatusBadRequest, "CommandsInBatchActOnDifferentPartitions",
		"All commands in a batch must operate on same entity group.")
}

// readPart makes an operation of a request within a batch.
func (q *Request) readPart(i int, p odata.Part) *odata.Refusal {
	table, pk, rk, keyed, ok := odata.SplitResource(resourceOf(p.Target, q.Account))
	if !ok {
		return odata.BadBatch("The address of an operation is not of the form table or " +
			"table(PartitionKey='...',RowKey='...').")
	}
	if bad := odata.CheckTableName(table); bad != nil {
		return bad
	}
	if i > 0 && !strings.EqualFold(table, q.Table) {
		return otherPartition()
	}
	if i == 0 {
		q.Table = table
	}
	q.sent[i] = sent{verb: p.Verb, accept: p.Accept, prefer: p.Prefer}
	op := &q.Ops[i]
	*op = Op{PartitionKey: pk, RowKey: rk, IfMatch: p.IfMatch}
	if p.Verb == http.MethodGet {
		if !keyed {
			return odata.Refuse(http.StatusNotImplemented, "NotImplemented",
				"The requested operation is not implemented on the specified resource: Azurite reads only one "+
					"entity by its keys in a batch.")
		}
		return nil
	}
	op.Kind, ok = entityKind(p.Verb, keyed, op.IfMatch != "")
	if !ok {
		return odata.Refuse(http.StatusMethodNotAllowed, "MethodNotAllowed",
			"The requested method is not allowed on the specified resource.")
	}
	if op.Kind == inject.Delete {
		return odata.CheckKeys(pk, rk)
	}
	return q.readEntity(i, p.Body)
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
