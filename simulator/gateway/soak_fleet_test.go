package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/gateway/internal/tables"
	"tidemark/simulator/network"
)

// soakSeed is TIDEMARK_SEED, or a new one; it is printed.
func soakSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("TIDEMARK_SEED=%q: write a number", text)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	return seed
}

func campaign() bool { return os.Getenv("TIDEMARK_CAMPAIGN") == "1" }

// fleet is writers and readers that stand outside, and what they know.
type fleet struct {
	r      *rig
	places []place
	serial map[string]*sync.Mutex // of a partition's single deletions, and of a table's own writes: the truth stream has them in this order

	primary, secondary *aztables.ServiceClient

	mu       sync.Mutex
	writes   []written
	unnamed  []written // without a stamp, in order
	acked    map[place]time.Time
	etags    map[string]azcore.ETag // of a row, the last that anybody got
	failures map[string]int
	sights   []sight
	wrong    []string
}

func newFleet(r *rig, tableNames []string, keys int) *fleet {
	f := &fleet{r: r, serial: map[string]*sync.Mutex{}, acked: map[place]time.Time{}, etags: map[string]azcore.ETag{}, failures: map[string]int{}}
	for _, name := range tableNames {
		f.serial[name] = &sync.Mutex{}
		for k := range keys {
			p := place{name, fmt.Sprintf("p%d", k)}
			f.places = append(f.places, p)
			f.serial[p.table+"/"+p.pk] = &sync.Mutex{}
		}
	}
	f.primary, f.secondary = f.client(r.url(network.Outside)), f.client(r.url(network.Outside)+"-secondary")
	return f
}

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
	c, err := aztables.NewServiceClientWithSharedKey(endpoint, cred, &aztables.ClientOptions{ClientOptions: policy.ClientOptions{
		Retry: once, PerCallPolicies: []policy.Policy{batchTags{}}}})
	if err != nil {
		f.r.t.Fatal(err)
	}
	return c
}

func (f *fleet) fail(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// acknowledged writes into the ledger what was done, with its stamp. Without an ETag it has none yet.
func (f *fleet) acknowledged(w written, etag azcore.ETag) {
	w.ended = time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if etag == "" {
		f.unnamed = append(f.unnamed, w)
		return
	}
	stamp, ok := tables.ParseETag(string(etag))
	if !ok {
		f.wrong = append(f.wrong, fmt.Sprintf("ETag %s of a write to %v", etag, w.place))
		return
	}
	w.stamp = stamp
	f.writes = append(f.writes, w)
	if stamp.After(f.acked[w.place]) {
		f.acked[w.place] = stamp
	}
	for _, op := range w.ops {
		if op.kind != "delete" {
			f.etags[w.table+"/"+w.pk+"/"+op.rk] = etag
		}
	}
}

func (f *fleet) etag(p place, rk string) azcore.ETag {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.etags[p.table+"/"+p.pk+"/"+rk]
}

// refusals are answers that a writer among others has to expect: of rows and tables that are there or not, and of conditions.
var refusals = regexp.MustCompile(`^(Not Found (ResourceNotFound|TableNotFound|EntityNotFound)|Conflict (EntityAlreadyExists|TableAlreadyExists)|Precondition Failed UpdateConditionNotSatisfied)$`)

// refused counts an expected refusal. False: the outcome is something else.
func (f *fleet) refused(err error) bool {
	text := code(err)
	if !refusals.MatchString(text) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures[text]++
	return true
}

// fields are a row's, of every type, some of them absent.
func fields(rng *rand.Rand, id int) map[string]any {
	all := []map[string]any{
		{"small": float64(rng.IntN(1000))},
		{"half": float64(rng.IntN(1000)) + 0.5},
		{"yes": rng.IntN(2) == 0},
		{"text": fmt.Sprintf("ü%d", rng.IntN(1000))},
		{"large": strconv.FormatInt(rng.Int64(), 10), "large@odata.type": "Edm.Int64"},
		{"when": "2026-03-01T12:00:00.1234567Z", "when@odata.type": "Edm.DateTime"},
		{"bytes": "AAEC", "bytes@odata.type": "Edm.Binary"},
		{"guid": fmt.Sprintf("00000000-0000-4000-8000-%012d", rng.IntN(1000)), "guid@odata.type": "Edm.Guid"},
		{"either": "text"},
		{"either": strconv.Itoa(rng.IntN(1000)), "either@odata.type": "Edm.Int64"},
	}
	props := map[string]any{"id": float64(id)}
	for _, i := range rng.Perm(len(all))[:1+rng.IntN(4)] {
		for name := range all[i] {
			delete(props, name+"@odata.type")
		}
		maps.Copy(props, all[i])
	}
	return props
}

func wire(p place, op rowOp) []byte {
	m := maps.Clone(op.fields)
	if m == nil {
		m = map[string]any{}
	}
	m["PartitionKey"], m["RowKey"] = p.pk, op.rk
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and booleans always marshal
	}
	return b
}

// single does one operation on one row: insert, merge, replace, upserts, conditional or not.
func (f *fleet) single(ctx context.Context, verb string, p place, op rowOp, match azcore.ETag) (azcore.ETag, error) {
	c := f.primary.NewClient(p.table)
	body := wire(p, op)
	mode := aztables.UpdateModeReplace
	if op.kind == "merge" {
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
	_, err := c.DeleteEntity(ctx, p.pk, op.rk, o)
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

// read reads a partition. A table that is not there is empty.
func (f *fleet) read(ctx context.Context, of *aztables.ServiceClient, p place, stored bool) (state, error) {
	rows := state{}
	o := &aztables.ListEntitiesOptions{Filter: to.Ptr("PartitionKey eq '" + p.pk + "'"), Format: to.Ptr(aztables.MetadataFormatMinimal)}
	for pager := of.NewClient(p.table).NewListEntitiesPager(o); pager.More(); {
		page, err := pager.NextPage(ctx)
		if text := code(err); text == "Not Found TableNotFound" || text == "Not Found ResourceNotFound" {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for _, raw := range page.Entities {
			_, rk, v, err := parseRow(raw, stored)
			if err != nil {
				return nil, err
			}
			rows[rk] = v
		}
	}
	return rows, nil
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
