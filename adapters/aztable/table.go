package aztable

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/adapters/aztable/internal/detour"
	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/internal/azkit"
)

// Codes of the service that decide something.
const (
	codeTableNotFound     = "TableNotFound"
	codeTableExists       = "TableAlreadyExists"
	codeTableBeingDeleted = "TableBeingDeleted"
	codeRowExists         = "EntityAlreadyExists"
	codeRowNotFound       = "ResourceNotFound"
	codeRowNotFoundToo    = "EntityNotFound"
	codeVersion           = "UpdateConditionNotSatisfied"
)

func tableMissing(err error) bool { return azkit.Failed(err, codeTableNotFound, codeTableBeingDeleted) }
func rowMissing(err error) bool   { return azkit.Failed(err, codeRowNotFound, codeRowNotFoundToo) }
func rowExists(err error) bool    { return azkit.Failed(err, codeRowExists) }
func versionMoved(err error) bool { return azkit.Failed(err, codeVersion) }

// refused reports whether a write did not happen because of what was there.
func refused(err error) bool { return rowMissing(err) || rowExists(err) || versionMoved(err) }

// table is one table. Its methods return the service's errors as they are: the callers need the codes and classify
// what remains.
type table struct {
	client *Client
	name   string
}

func (c *Client) table(name string) table { return table{client: c, name: name} }

func (t table) sdk() *aztables.Client { return t.client.service.NewClient(t.name) }

// write makes the context of a write.
func (t table) write(ctx context.Context, op string) context.Context {
	return t.client.options.WriteContext(ctx, op)
}

// get reads a row.
func (t table) get(ctx context.Context, op string, p entity.Partition, rk string) (entity.Entity, error) {
	ctx, body := detour.Untouched(azkit.ReadContext(ctx, op))
	got, err := t.sdk().GetEntity(ctx, p.Key, rk, nil)
	if err != nil {
		return entity.Entity{}, err
	}
	e, err := entity.Decode(*body)
	if err != nil {
		return entity.Entity{}, err
	}
	e.ETag = got.ETag
	if e.RK != rk {
		return entity.Entity{}, entity.Corrupt(op, "asked for row %s, got %s", rk, e.RK)
	}
	return e, e.Belongs(op, p)
}

// page is a part of an answer to a query. date is the service's clock when it answered. last is true on the last one.
type page struct {
	rows []entity.Entity
	date time.Time
	last bool
}

// query yields the pages of a filter within a partition, in order; empty ones too. selected names properties, none
// means all.
func (t table) query(ctx context.Context, op string, p entity.Partition, f azkit.Filter, top int32,
	selected ...string) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		options := aztables.ListEntitiesOptions{
			Filter: azkit.And(azkit.PartitionKey.Equal(p.Key), f).Query(),
			Top:    to.Ptr(top),
		}
		if len(selected) > 0 {
			all := append(selected, "PartitionKey", "RowKey", "Timestamp", entity.PropOf)
			options.Select = to.Ptr(strings.Join(all, ","))
		}
		for pager := t.sdk().NewListEntitiesPager(&options); pager.More(); {
			var resp *http.Response
			ctx, body := detour.Untouched(azkit.ReadContext(ctx, op))
			if _, err := pager.NextPage(policy.WithCaptureResponse(ctx, &resp)); err != nil {
				yield(page{}, err)
				return
			}
			pg, err := decodePage(op, p, *body)
			if err == nil {
				pg.date, err = azkit.Date(resp)
			}
			pg.last = !pager.More()
			if !yield(pg, err) || err != nil {
				return
			}
		}
	}
}

// decodePage reads the rows of a page and checks that they are of the partition.
func decodePage(op string, p entity.Partition, body []byte) (page, error) {
	rows, err := entity.DecodeAll(body)
	for _, e := range rows {
		if err == nil {
			err = e.Belongs(op, p)
		}
	}
	return page{rows: rows}, err
}

// batch makes all actions or none and gives the service's clock after it.
func (t table) batch(ctx context.Context, op string, actions []azkit.Action) (time.Time, error) {
	resp, err := detour.Submit(t.write(ctx, op), t.sdk(), t.client.url+"/"+t.name, actions)
	if err != nil {
		return time.Time{}, err
	}
	return azkit.Date(resp)
}

// insert adds a row that must not exist.
func (t table) insert(ctx context.Context, op string, r entity.Row) error {
	_, err := t.sdk().AddEntity(t.write(ctx, op), r.Text, nil)
	return err
}

// replace puts a row in the place of a version.
func (t table) replace(ctx context.Context, op string, r entity.Row, is azcore.ETag) error {
	_, err := t.sdk().UpdateEntity(t.write(ctx, op), r.Text,
		&aztables.UpdateEntityOptions{IfMatch: &is, UpdateMode: aztables.UpdateModeReplace})
	return err
}

// remove deletes a version of a row.
func (t table) remove(ctx context.Context, op, pk, rk string, is azcore.ETag) error {
	_, err := t.sdk().DeleteEntity(t.write(ctx, op), pk, rk, &aztables.DeleteEntityOptions{IfMatch: &is})
	return err
}

// create makes the table; one that exists is fine.
func (t table) create(ctx context.Context, op string) error {
	_, err := t.client.service.CreateTable(t.write(ctx, op), t.name, nil)
	if azkit.Failed(err, codeTableExists) {
		return nil
	}
	return err
}

// drop deletes the table; one that is gone, or going, is fine.
func (t table) drop(ctx context.Context, op string) error {
	_, err := t.client.service.DeleteTable(t.write(ctx, op), t.name, nil)
	if tableMissing(err) || rowMissing(err) {
		return nil
	}
	return err
}

// tables yields the names of the tables at or above from and below to.
func (c *Client) tables(ctx context.Context, op, from, to string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		name := azkit.Text("TableName")
		pager := c.service.NewListTablesPager(&aztables.ListTablesOptions{Filter: azkit.And(name.AtLeast(from),
			name.Below(to)).Query()})
		for pager.More() {
			answer, err := pager.NextPage(azkit.ReadContext(ctx, op))
			if err != nil {
				yield("", err)
				return
			}
			for _, t := range answer.Tables {
				if t.Name != nil && *t.Name >= from && *t.Name < to && !yield(*t.Name, nil) {
					return
				}
			}
		}
	}
}

// insertion, merge, replacement and deletion are the actions of a batch. A merge or replacement always has a
// condition: without one the service would make the row.
func insertion(r entity.Row) azkit.Action {
	return azkit.Action{Method: http.MethodPost, PK: r.PK, RK: r.RK, Row: r.Text}
}

func merge(r entity.Row, is azcore.ETag) azkit.Action {
	return azkit.Action{Method: http.MethodPatch, PK: r.PK, RK: r.RK, IfMatch: is, Row: r.Text}
}

func replacement(r entity.Row, is azcore.ETag) azkit.Action {
	return azkit.Action{Method: http.MethodPut, PK: r.PK, RK: r.RK, IfMatch: is, Row: r.Text}
}

func deletion(pk, rk string, is azcore.ETag) azkit.Action {
	return azkit.Action{Method: http.MethodDelete, PK: pk, RK: rk, IfMatch: is}
}

// upsertion makes the row or replaces whatever is there.
func upsertion(r entity.Row) azkit.Action {
	return azkit.Action{Method: http.MethodPut, PK: r.PK, RK: r.RK, Row: r.Text}
}

// serviceDate asks for a row, there or not, and gives the service's clock when it answered.
func (t table) serviceDate(ctx context.Context, op string, p entity.Partition, rk string) (time.Time, error) {
	var resp *http.Response
	_, err := t.sdk().GetEntity(policy.WithCaptureResponse(azkit.ReadContext(ctx, op), &resp), p.Key, rk, nil)
	if err != nil && !rowMissing(err) && !tableMissing(err) {
		return time.Time{}, err
	}
	return dateOf(resp, err)
}

// dateOf is the date of an answer, which may have been that there is nothing.
func dateOf(resp *http.Response, err error) (time.Time, error) {
	if resp == nil {
		var answer *azcore.ResponseError
		if errors.As(err, &answer) {
			resp = answer.RawResponse
		}
	}
	return azkit.Date(resp)
}
