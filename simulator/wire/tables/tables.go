// Package tables is the wire form of the Table service as far as the gateway has to understand it: which operation a
// request is, the limits of the service that Azurite does not hold, the stamp that every row carries in the place of
// Azurite's Timestamp and ETag, and the form in which a write is repeated on the secondary.
//
// A write goes Parse, (a look at the rows of NeedsMatch,) Forward, Answer, Replica; a read goes Parse, ForwardRead,
// AnswerRead. A stamp that is zero leaves everything as the client and Azurite have it: that is how an account without
// geo-redundancy is served.
package tables

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tidemark/simulator/wire/odata"
)

// Request is a request to the Table service. It is used by one goroutine.
type Request struct {
	Account     string
	Secondary   bool   // to account-secondary
	Kind        string // inject's name of the operation; of a batch with a single query inject.GetEntity
	Table       string // as sent; "" of operations on the service
	Partition   string // PartitionKey, where there is exactly one (HasPartition)
	Write       bool   // it would change something
	Ops         []Op   // of a write to entities: one, or those of the batch
	Comparisons int    // in $filter

	// HasPartition says that the request is about one partition: the empty string is a PartitionKey too.
	HasPartition bool

	// Plain is the gateway's to set before ForwardRead: the rows of the account carry no stamps, reads are left as
	// they are.
	Plain bool

	ctx      context.Context
	method   string
	path     string // as on the wire: it is signed
	query    string // as on the wire
	host     string
	header   http.Header
	body     []byte // of what is neither an entity nor a batch
	boundary string // of a batch
	batch    bool
	row      string    // of a batch with a query: its RowKey
	stamp    time.Time // of the last Forward
	page     page      // of a query of entities
	sent     []sent    // the wire form of Ops; of a batch with a query that query alone
}

// Op is one write to one entity.
type Op struct {
	Kind         string // inject.Insert, Update, Merge, Upsert, UpsertMerge, Delete
	PartitionKey string
	RowKey       string
	IfMatch      string // as sent; "" where absent
	Bytes        int    // size of the entity as the service counts it, of what was sent; 0 of Delete
}

// sent is the wire form of an operation.
type sent struct {
	verb   string // GET, POST, PUT, MERGE, DELETE
	entity odata.Entity
	accept string // of an operation in a batch: one of the three forms; "" is the default
	prefer string
	wire   []byte // the entity as it was forwarded, with the carrier
}

// TableKey is the table's name as the service compares it: case does not count ("Understanding the Table service data
// model", Table names).
func (q *Request) TableKey() string { return strings.ToLower(q.Table) }

// Batch says whether the request came to $batch.
func (q *Request) Batch() bool { return q.batch }

// Rows is how many rows the request counts as at the scale targets ("Scalability and performance targets for Table
// storage": entities).
func (q *Request) Rows() int { return max(1, len(q.Ops)) }

// Bytes is the size of the entities sent.
func (q *Request) Bytes() int {
	n := 0
	for _, op := range q.Ops {
		n += op.Bytes
	}
	return n
}
