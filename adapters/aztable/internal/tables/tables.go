// Package tables calls tables of an account: their rows, by key, by range and in batches, and the tables themselves.
// Errors are the service's as they are, so that who calls can tell their codes.
package tables

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

func Missing(err error) bool      { return azkit.Failed(err, codeTableNotFound, codeTableBeingDeleted) }
func RowMissing(err error) bool   { return azkit.Failed(err, codeRowNotFound, codeRowNotFoundToo) }
func RowExists(err error) bool    { return azkit.Failed(err, codeRowExists) }
func VersionMoved(err error) bool { return azkit.Failed(err, codeVersion) }

// Refused reports whether a write did not happen because of what was there.
func Refused(err error) bool { return RowMissing(err) || RowExists(err) || VersionMoved(err) }

// Table is one table. Its methods return the service's errors as they are: the callers need the codes and classify
// what remains.
type Table struct {
	of   *Service
	name string
}

// Service is the tables of an endpoint.
type Service struct {
	SDK     *aztables.ServiceClient
	URL     string // of the service, as batches name it
	Options azkit.Options
}

// Table is one of them, there or not.
func (s *Service) Table(name string) Table { return Table{of: s, name: name} }

func (t Table) sdk() *aztables.Client { return t.of.SDK.NewClient(t.name) }

// write makes the context of a write.
func (t Table) write(ctx context.Context, op string) context.Context {
	return t.of.Options.WriteContext(ctx, op)
}

// Get reads a row.
func (t Table) Get(ctx context.Context, op string, p entity.Partition, rk string) (entity.Entity, error) {
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

// Page is a part of an answer to a query. Date is the service's clock when it answered. Last is true on the last one.
type Page struct {
	Rows []entity.Entity
	Date time.Time
	Last bool
}

// Query yields the pages of a filter within a partition, in order; empty ones too. selected names properties, none
// means all.
func (t Table) Query(ctx context.Context, op string, p entity.Partition, f azkit.Filter, top int32,
	selected ...string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
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
				yield(Page{}, err)
				return
			}
			pg, err := decodePage(op, p, *body)
			if err == nil {
				pg.Date, err = azkit.Date(resp)
			}
			pg.Last = !pager.More()
			if !yield(pg, err) || err != nil {
				return
			}
		}
	}
}

// decodePage reads the rows of a page and checks that they are of the partition.
func decodePage(op string, p entity.Partition, body []byte) (Page, error) {
	rows, err := entity.DecodeAll(body)
	for _, e := range rows {
		if err == nil {
			err = e.Belongs(op, p)
		}
	}
	return Page{Rows: rows}, err
}

// Batch makes all actions or none and gives the service's clock after it.
func (t Table) Batch(ctx context.Context, op string, actions []azkit.Action) (time.Time, error) {
	resp, err := detour.Submit(t.write(ctx, op), t.sdk(), t.of.URL+"/"+t.name, actions)
	if err != nil {
		return time.Time{}, err
	}
	return azkit.Date(resp)
}

// Insert adds a row that must not exist.
func (t Table) Insert(ctx context.Context, op string, r entity.Row) error {
	_, err := t.sdk().AddEntity(t.write(ctx, op), r.Text, nil)
	return err
}

// Replace puts a row in the place of a version.
func (t Table) Replace(ctx context.Context, op string, r entity.Row, is azcore.ETag) error {
	_, err := t.sdk().UpdateEntity(t.write(ctx, op), r.Text,
		&aztables.UpdateEntityOptions{IfMatch: &is, UpdateMode: aztables.UpdateModeReplace})
	return err
}

// Remove deletes a version of a row.
func (t Table) Remove(ctx context.Context, op, pk, rk string, is azcore.ETag) error {
	_, err := t.sdk().DeleteEntity(t.write(ctx, op), pk, rk, &aztables.DeleteEntityOptions{IfMatch: &is})
	return err
}

// Create makes the table; one that exists is fine.
func (t Table) Create(ctx context.Context, op string) error {
	_, err := t.of.SDK.CreateTable(t.write(ctx, op), t.name, nil)
	if azkit.Failed(err, codeTableExists) {
		return nil
	}
	return err
}

// Drop deletes the table; one that is gone, or going, is fine.
func (t Table) Drop(ctx context.Context, op string) error {
	_, err := t.of.SDK.DeleteTable(t.write(ctx, op), t.name, nil)
	if Missing(err) || RowMissing(err) {
		return nil
	}
	return err
}

// Named yields the names of the tables at or above from and below to.
func (s *Service) Named(ctx context.Context, op, from, to string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		name := azkit.Text("TableName")
		pager := s.SDK.NewListTablesPager(&aztables.ListTablesOptions{Filter: azkit.And(name.AtLeast(from),
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

// Insertion, merge, replacement and deletion are the actions of a batch. A merge or replacement always has a
// condition: without one the service would make the row.
func Insertion(r entity.Row) azkit.Action {
	return azkit.Action{Method: http.MethodPost, PK: r.PK, RK: r.RK, Row: r.Text}
}

func Merge(r entity.Row, is azcore.ETag) azkit.Action {
	return azkit.Action{Method: http.MethodPatch, PK: r.PK, RK: r.RK, IfMatch: is, Row: r.Text}
}

func Replacement(r entity.Row, is azcore.ETag) azkit.Action {
	return azkit.Action{Method: http.MethodPut, PK: r.PK, RK: r.RK, IfMatch: is, Row: r.Text}
}

func Deletion(pk, rk string, is azcore.ETag) azkit.Action {
	return azkit.Action{Method: http.MethodDelete, PK: pk, RK: rk, IfMatch: is}
}

// Upsertion makes the row or replaces whatever is there.
func Upsertion(r entity.Row) azkit.Action {
	return azkit.Action{Method: http.MethodPut, PK: r.PK, RK: r.RK, Row: r.Text}
}

// ServiceDate asks for a row, there or not, and gives the service's clock when it answered.
func (t Table) ServiceDate(ctx context.Context, op string, p entity.Partition, rk string) (time.Time, error) {
	var resp *http.Response
	_, err := t.sdk().GetEntity(policy.WithCaptureResponse(azkit.ReadContext(ctx, op), &resp), p.Key, rk, nil)
	if err != nil && !RowMissing(err) && !Missing(err) {
		return time.Time{}, err
	}
	return DateOf(resp, err)
}

// DateOf is the date of an answer, which may have been that there is nothing.
func DateOf(resp *http.Response, err error) (time.Time, error) {
	if resp == nil {
		var answer *azcore.ResponseError
		if errors.As(err, &answer) {
			resp = answer.RawResponse
		}
	}
	return azkit.Date(resp)
}

// Holds reports whether there is any row in the table. A page may be empty, and others follow.
func (t Table) Holds(ctx context.Context, op string) (is bool, err error) {
	one := &aztables.ListEntitiesOptions{Top: to.Ptr[int32](1)}
	for pager := t.sdk().NewListEntitiesPager(one); pager.More() && err == nil && !is; {
		answer, failed := pager.NextPage(azkit.ReadContext(ctx, op))
		if is, err = len(answer.Entities) > 0, failed; Missing(err) {
			return false, nil
		}
	}
	return is, err
}
