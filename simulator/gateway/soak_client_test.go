package gateway

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/history"
)

// batchTags are the ETags in the answer to a batch, or the refusal in it: aztables gives neither.
type batchTags struct {
	etags   []azcore.ETag
	refusal error
}

type batchTagsKey struct{}

var (
	etagLine    = regexp.MustCompile(`(?im)^etag:\s*(\S+)`)
	refusalLine = regexp.MustCompile(`(?s)HTTP/1.1 ([45]\d\d).*"code":\s*"(\w+)"`)
)

// Do reads the ETags of a batch.
func (batchTags) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	into, ok := req.Raw().Context().Value(batchTagsKey{}).(*batchTags)
	if err != nil || !ok {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	for _, m := range etagLine.FindAllSubmatch(body, -1) {
		into.etags = append(into.etags, azcore.ETag(m[1]))
	}
	if m := refusalLine.FindSubmatch(body); m != nil {
		status, _ := strconv.Atoi(string(m[1])) // three digits
		into.refusal = &azcore.ResponseError{StatusCode: status, ErrorCode: string(m[2])}
	}
	return resp, err
}

func (f *fleet) client(endpoint string) *aztables.ServiceClient {
	f.r.t.Helper()
	cred, err := aztables.NewSharedKeyCredential(f.r.account.Name, f.r.account.Key)
	if err != nil {
		f.r.t.Fatal(err)
	}
	c, err := aztables.NewServiceClientWithSharedKey(endpoint, cred,
		&aztables.ClientOptions{ClientOptions: policy.ClientOptions{
			Retry: once, PerCallPolicies: []policy.Policy{batchTags{}}}})
	if err != nil {
		f.r.t.Fatal(err)
	}
	return c
}

// single does one operation on one row: insert, merge, replace, upserts, conditional or not.
func (f *fleet) single(ctx context.Context, verb string, p place, row history.Row,
	match azcore.ETag) (azcore.ETag, error) {
	c := f.primary.NewClient(p.table)
	body := rowBody(p, row)
	mode := aztables.UpdateModeReplace
	if row.Do == history.Merge {
		mode = aztables.UpdateModeMerge
	}
	switch verb {
	case "insert":
		resp, err := c.AddEntity(ctx, body, nil)
		return resp.ETag, err
	case "update":
		o := &aztables.UpdateEntityOptions{UpdateMode: mode}
		if match != "" {
			o.IfMatch = &match
		}
		resp, err := c.UpdateEntity(ctx, body, o)
		return resp.ETag, err
	case "upsert":
		resp, err := c.UpsertEntity(ctx, body, &aztables.UpsertEntityOptions{UpdateMode: mode})
		return resp.ETag, err
	}
	o := &aztables.DeleteEntityOptions{}
	if match != "" {
		o.IfMatch = &match
	}
	_, err := c.DeleteEntity(ctx, p.pk, row.Key, o)
	return "", err
}

// batch does some operations at once, and gives the ETag that they share.
func (f *fleet) batch(ctx context.Context, p place, actions []aztables.TransactionAction) (azcore.ETag, error) {
	into := &batchTags{}
	_, err := f.primary.NewClient(p.table).SubmitTransaction(context.WithValue(ctx, batchTagsKey{}, into), actions, nil)
	if err != nil {
		return "", cmp.Or(into.refusal, err)
	}
	if tags := slices.Compact(into.etags); len(tags) != 1 {
		return "", fmt.Errorf("a batch has ETags %q", tags)
	}
	return into.etags[0], nil
}

// read reads a partition as a process of the history.
func (f *fleet) read(ctx context.Context, process, endpoint string, of *aztables.ServiceClient, p place) error {
	op := f.begin(process, history.Call{Kind: history.ReadRows, Endpoint: endpoint, Table: p.table, Partition: p.pk})
	rows, err := list(ctx, of, p, strings.HasPrefix(endpoint, "store"))
	if err != nil {
		f.end(op, history.Unknown, history.Answer{}, err.Error())
		return fmt.Errorf("read %v at the %s: %w", p, endpoint, err)
	}
	f.end(op, history.Done, history.Answer{Rows: rows}, "")
	return nil
}

// list gives the rows of a partition. A table that is not there is empty.
func list(ctx context.Context, of *aztables.ServiceClient, p place, stored bool) (rows []history.Row, err error) {
	o := &aztables.ListEntitiesOptions{Filter: to.Ptr("PartitionKey eq '" + p.pk + "'"),
		Format: to.Ptr(aztables.MetadataFormatMinimal)}
	for pager := of.NewClient(p.table).NewListEntitiesPager(o); pager.More(); {
		page, err := pager.NextPage(ctx)
		if text := code(err); text == "Not Found TableNotFound" || text == "Not Found ResourceNotFound" {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for _, raw := range page.Entities {
			row, err := parseRow(raw, stored)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// asked asks for the Last Sync Time as a process of the history, which gets it later than it is.
func (f *fleet) asked(ctx context.Context, process string, late time.Duration) (time.Time, error) {
	op := f.begin(process, history.Call{Kind: history.Stats, Service: "table", Endpoint: history.Secondary})
	at, err := lastSync(ctx, f.secondary)
	if err != nil {
		f.end(op, history.Unknown, history.Answer{}, err.Error())
		return at, err
	}
	at = at.Add(late)
	f.end(op, history.Done, history.Answer{State: "live", LastSync: at}, "")
	return at, nil
}

func (f *fleet) tableNames(ctx context.Context, of *aztables.ServiceClient) ([]string, error) {
	var names []string
	for pager := of.NewListTablesPager(nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, table := range page.Tables {
			names = append(names, strings.ToLower(*table.Name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// lastSync is the Last Sync Time as the secondary endpoint gives it.
func lastSync(ctx context.Context, of *aztables.ServiceClient) (time.Time, error) {
	stats, err := of.GetStatistics(ctx, nil)
	if err != nil {
		return time.Time{}, err
	}
	if g := stats.GeoReplication; g != nil && g.LastSyncTime != nil {
		return *g.LastSyncTime, nil
	}
	return time.Time{}, fmt.Errorf("the statistics have no Last Sync Time: %+v", stats.GeoReplication)
}
