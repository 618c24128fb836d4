package tables

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

// Replica is a write in the form in which it is repeated on the secondary: done again it changes nothing, whatever
// the secondary has of it: insert, update and upsert are upserts, merges are merging upserts, a delete of a row that
// is absent is as good as done. The client's conditions are left out: the primary has decided. It is used by one
// goroutine at a time, and remembers what its calls have found.
type Replica struct {
	Table string
	Kind  string // inject.Batch, Insert..., CreateTable, DeleteTable, ACL, Properties
	Rows  []ReplicaRow
	Body  []byte // of ACL and Properties: as sent

	gone   []bool // Rows that are deleted already
	post   []bool // Rows too large for Azurite to update: insert them
	delete bool   // the single row has to be deleted before it is inserted
	calls  []int  // the Rows of the last Request
}

// ReplicaRow is one row of it, with its carrier.
type ReplicaRow struct {
	Kind         string // inject.Upsert, UpsertMerge, Delete
	PartitionKey string
	RowKey       string
	Body         []byte // JSON with the carrier; nil of Delete
}

// Replica is the write as it has to be repeated; call it after it committed. It keeps the bytes of the last Forward
// with this stamp.
func (q *Request) Replica(stamp time.Time) *Replica {
	r := &Replica{Table: q.Table, Kind: q.Kind, Body: q.body, Rows: make([]ReplicaRow, 0, len(q.Ops))}
	for i, op := range q.Ops {
		row := ReplicaRow{Kind: inject.Upsert, PartitionKey: op.PartitionKey, RowKey: op.RowKey}
		switch op.Kind {
		case inject.Delete:
			row.Kind = inject.Delete
		case inject.Merge, inject.UpsertMerge:
			row.Kind = inject.UpsertMerge
		}
		if row.Kind != inject.Delete {
			if row.Body = q.sent[i].wire; row.Body == nil || !q.stamp.Equal(stamp) {
				row.Body = q.sent[i].entity.Stamped(stamp)
			}
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// Keys are the row keys it writes.
func (r *Replica) Keys() []string {
	keys := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		keys[i] = row.RowKey
	}
	return keys
}

// Request is the next call that repeats the write on an account of an Azurite, unsigned; sign it, send it, and give
// the answer to Done, which says whether there is another.
func (r *Replica) Request(base, account string) (*http.Request, error) {
	base = strings.TrimSuffix(base, "/")
	switch r.Kind {
	case inject.CreateTable:
		return newCall(http.MethodPost, base, "/"+account+"/Tables", "", fmt.Appendf(nil, `{"TableName":%q}`, r.Table))
	case inject.DeleteTable:
		return newCall(http.MethodDelete, base, "/"+account+"/Tables('"+r.Table+"')", "", nil)
	case inject.ACL:
		return xmlCall(newCall(http.MethodPut, base, "/"+account+"/"+r.Table, "comp=acl", r.Body))
	case inject.Properties:
		return xmlCall(newCall(http.MethodPut, base, "/"+account+"/", "restype=service&comp=properties", r.Body))
	}
	if r.gone == nil {
		r.gone, r.post = make([]bool, len(r.Rows)), make([]bool, len(r.Rows))
	}
	r.calls = r.calls[:0]
	for i := range r.Rows {
		if !r.gone[i] {
			r.calls = append(r.calls, i)
		}
	}
	switch len(r.calls) {
	case 0:
		return nil, fmt.Errorf("the write to %s is done: nothing is left to repeat", r.Table)
	case 1:
		return r.single(base, account)
	}
	return r.batch(base, account)
}

// single is the call of one row.
func (r *Replica) single(base, account string) (*http.Request, error) {
	i := r.calls[0]
	row := r.Rows[i]
	table := "/" + account + "/" + r.Table
	address := table + "(PartitionKey='" + odata.DoubleQuotes(row.PartitionKey) + "',RowKey='" +
		odata.DoubleQuotes(row.RowKey) + "')"
	switch {
	case row.Kind == inject.Delete || r.delete:
		call, err := newCall(http.MethodDelete, base, address, "", nil)
		if err == nil {
			call.Header.Set("If-Match", "*")
		}
		return call, err
	case r.post[i]:
		return newCall(http.MethodPost, base, table, "", row.withKeys())
	case row.Kind == inject.UpsertMerge:
		return newCall(http.MethodPatch, base, address, "", row.Body)
	}
	return newCall(http.MethodPut, base, address, "", row.Body)
}

// withKeys is the body with its keys, which an insert needs.
func (row ReplicaRow) withKeys() []byte {
	e, bad := odata.Scan(row.Body)
	if e.Body == nil || bad != nil && bad.Code != "PropertyNameInvalid" || e.HasPK && e.HasRK {
		return row.Body
	}
	op := Op{PartitionKey: row.PartitionKey, RowKey: row.RowKey}
	var c composer
	c.body(&op, &sent{entity: e}, true)
	return c.b
}

// batch is the call of several rows.
func (r *Replica) batch(base, account string) (*http.Request, error) {
	const boundary = "batch_tidemark"
	size := 256
	for _, i := range r.calls {
		size += 360 + len(r.Rows[i].Body)
	}
	c := composer{b: make([]byte, 0, size), host: "127.0.0.1", account: account, table: r.Table}
	c.open(boundary)
	for _, i := range r.calls {
		row := r.Rows[i]
		op := Op{Kind: row.Kind, PartitionKey: row.PartitionKey, RowKey: row.RowKey}
		s := sent{entity: odata.Known(row.Body)}
		verb, condition := http.MethodPut, ""
		switch {
		case row.Kind == inject.Delete:
			verb, condition = http.MethodDelete, "*"
		case r.post[i]:
			verb, op.Kind, s.entity = http.MethodPost, inject.Insert, odata.Known(row.withKeys())
		case row.Kind == inject.UpsertMerge:
			verb = "MERGE"
		}
		s.prefer = "return-no-content"
		c.operation(verb, &op, condition, &s)
	}
	call, err := newCall(http.MethodPost, base, "/"+account+"/$batch", "", c.close(boundary))
	if err == nil {
		call.Header.Set("Content-Type", "multipart/mixed; boundary="+boundary)
	}
	return call, err
}

func newCall(method, base, path, query string, body []byte) (*http.Request, error) {
	to, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	to.Path, to.RawQuery = path, query
	call, err := http.NewRequestWithContext(context.Background(), method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	call.Header.Set("Accept", "application/json;odata=nometadata")
	call.Header.Set("x-ms-version", "2019-02-02")
	if len(body) > 0 {
		call.Header.Set("Content-Type", "application/json")
		call.Header.Set("Prefer", "return-no-content")
	}
	return call, nil
}

func xmlCall(call *http.Request, err error) (*http.Request, error) {
	if err == nil {
		call.Header.Set("Content-Type", "application/xml")
		call.Header.Del("Prefer")
	}
	return call, err
}

// Done says whether the effect of the write is there, by the answer to the last Request. Without an error and not
// done, another Request is to be sent; with an error the last one is to be repeated later. A batch whose answer was
// lost comes to an end too: its upserts are as they were, and a delete that finds no row is taken out of it.
func (r *Replica) Done(status int, body io.Reader) (bool, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxAnswer))
	if err != nil {
		return false, fmt.Errorf("read azurite's answer: %w", err)
	}
	failed := &failure{index: 0, status: status, code: codeOf(text)}
	switch {
	case len(r.calls) > 1 && status == http.StatusAccepted:
		done := 0
		if done, failed = batchStatus(text); failed == nil && done == len(r.calls) {
			return true, nil
		}
		if failed == nil {
			return false, fmt.Errorf("repeat a batch of %s: azurite answered %d of %d operations", r.Table, done,
				len(r.calls))
		}
	case status/100 == 2:
		return !r.step(), nil
	case len(r.calls) > 1:
		failed.index = -1 // the batch as a whole was refused
	}
	return r.failed(failed)
}

// step goes from deleting a large row to inserting it, and says whether it did.
func (r *Replica) step() bool {
	if !r.delete {
		return false
	}
	r.delete = false
	return true
}

// failed decides what an answer that is not success means.
func (r *Replica) failed(f *failure) (bool, error) {
	switch {
	case r.Kind == inject.CreateTable && f.status == http.StatusConflict, r.Kind == inject.DeleteTable &&
		f.status == http.StatusNotFound:
		return true, nil
	case f.index < 0 || f.index >= len(r.calls):
		return false, fmt.Errorf("repeat %s of %s: azurite answered %d %s", r.Kind, r.Table, f.status, f.code)
	}
	i := r.calls[f.index]
	row := r.Rows[i]
	switch {
	case f.code == "ResourceNotFound" && r.delete:
		return !r.step(), nil
	case f.code == "ResourceNotFound" && row.Kind == inject.Delete:
		r.gone[i] = true
		return !slices.Contains(r.gone, false), nil
	case f.code == "EntityAlreadyExists" && r.post[i]:
		return true, nil // nobody else writes here, so it is this write that is there: the answer to it was lost
	case f.code == "EntityTooLarge" && row.Kind == inject.Upsert && !r.post[i]:
		r.post[i], r.delete = true, len(r.calls) == 1
		return false, nil
	}
	return false, fmt.Errorf("repeat %s of row %q of %s: azurite answered %d %s", row.Kind, row.RowKey, r.Table,
		f.status, f.code)
}
