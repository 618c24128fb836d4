package tables

import (
	"net/http"
	"strings"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

// readEntity looks over the body of an operation and completes its keys.
func (q *Request) readEntity(i int, body []byte) *odata.Refusal {
	op := &q.Ops[i]
	if len(strings.TrimSpace(string(body[:min(len(body), 8)]))) == 0 && op.Kind != inject.Insert {
		body = []byte("{}") // the Cosmos client merges without a body when there are only keys
	}
	e, bad := odata.Scan(body)
	if bad != nil {
		return bad
	}
	q.sent[i].entity = e
	if op.Kind == inject.Insert {
		if !e.HasPK || !e.HasRK {
			return odata.Refuse(http.StatusBadRequest, "PropertiesNeedValue",
				"The values are not specified for all properties in the entity.")
		}
		op.PartitionKey, op.RowKey = e.PK, e.RK
	} else if e.HasPK && e.PK != op.PartitionKey || e.HasRK && e.RK != op.RowKey {
		return odata.Refuse(http.StatusBadRequest, "InvalidInput",
			"The keys in the entity are not those of the address: leave them out or make them equal.")
	}
	if bad := odata.CheckKeys(op.PartitionKey, op.RowKey); bad != nil {
		return bad
	}
	op.Bytes = e.Bytes(op.PartitionKey, op.RowKey)
	return odata.CheckSize(op.Bytes)
}

// checkTable looks at the name and the keys of a write without a body too.
func checkTable(q *Request) *odata.Refusal {
	if !q.Write {
		return nil
	}
	if q.Table != "" {
		if bad := odata.CheckTableName(q.Table); bad != nil {
			return bad
		}
	}
	if q.Kind != inject.Delete {
		return nil
	}
	q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
	return odata.CheckKeys(q.Ops[0].PartitionKey, q.Ops[0].RowKey)
}
