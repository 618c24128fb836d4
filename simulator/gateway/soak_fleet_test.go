package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/history"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/odata"
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

// fleet is writers and readers that stand outside, and what they did and saw.
type fleet struct {
	diary
	r      *rig
	places []place
	// of a partition's single deletions, and of a table's own writes: the truth stream has them in this order
	serial map[string]*sync.Mutex

	primary, secondary *aztables.ServiceClient

	mu    sync.Mutex
	etags map[rowName]azcore.ETag // the last that anybody got
	wrong []string
}

type rowName struct {
	place
	rk string
}

func newFleet(r *rig, tableNames []string, keys int) *fleet {
	f := &fleet{r: r, serial: map[string]*sync.Mutex{}, etags: map[rowName]azcore.ETag{}}
	r.mu.Lock()
	r.tap = f.hear
	r.mu.Unlock()
	r.t.Cleanup(func() { f.keep(r.t) })
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

func (f *fleet) fail(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// sent says that a write begins; the first row is that by which it is known if its answer is lost.
func (f *fleet) sent(process string, p place, rows ...history.Row) *history.Op {
	return f.begin(process, history.Call{Kind: history.WriteRows, Endpoint: history.Primary, Table: p.table,
		Partition: p.pk, Rows: rows})
}

// ended says what became of a write. Without an ETag it has no stamp. False: it may have been done or not.
func (f *fleet) ended(op *history.Op, etag azcore.ETag, err error) bool {
	switch {
	case err != nil && refusals.MatchString(code(err)):
		f.end(op, history.Refused, history.Answer{}, code(err))
		return true
	case err != nil:
		f.end(op, history.Unknown, history.Answer{}, err.Error())
		return false
	}
	var a history.Answer
	if etag != "" {
		stamp, ok := odata.ParseETag(string(etag))
		if !ok {
			f.fail("ETag %s of a write to %s/%s", etag, op.Call.Table, op.Call.Partition)
		}
		a.Stamp = stamp
	}
	f.end(op, history.Done, a, "")
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, row := range op.Call.Rows {
		if row.Do == history.Put || row.Do == history.Merge {
			f.etags[rowName{place{op.Call.Table, op.Call.Partition}, row.Key}] = etag
		}
	}
	return true
}

func (f *fleet) etag(p place, rk string) azcore.ETag {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.etags[rowName{p, rk}]
}

// refusals are answers that a writer among others has to expect: of rows and tables that are there or not, and of
// conditions.
var refusals = regexp.MustCompile(`^(Not Found (ResourceNotFound|TableNotFound|EntityNotFound)|Conflict ` +
	`(EntityAlreadyExists|TableAlreadyExists)|Precondition Failed UpdateConditionNotSatisfied)$`)

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

func rowBody(p place, row history.Row) []byte {
	m := maps.Clone(row.Fields)
	if m == nil {
		m = map[string]any{}
	}
	m["PartitionKey"], m["RowKey"] = p.pk, row.Key
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and booleans always marshal
	}
	return b
}
