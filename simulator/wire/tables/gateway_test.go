package tables_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/sharedkey"
	"tidemark/simulator/wire/tables"
)

// epoch is far from now, so that no Azurite's own Timestamp can be taken for a stamp.
var epoch = time.Date(2031, 5, 6, 7, 8, 9, 123456700, time.UTC)

// stand is the least gateway: a stamp for each write, the rows' stamps read for conditional ones, everything else the
// package's.
type stand struct {
	t        *testing.T
	base     string // of Azurite
	account  azurite.Account
	front    *httptest.Server
	mu       sync.Mutex
	stamp    time.Time
	replicas []*tables.Replica
	plain    bool // no stamps
}

func newStand(t *testing.T) *stand {
	t.Helper()
	server, account := azuritetest.Account(t)
	s := &stand{t: t, base: strings.TrimSuffix(server.TableURL(account.Name), "/"+account.Name), account: account,
		stamp: epoch}
	s.front = httptest.NewServer(s)
	t.Cleanup(s.front.Close)
	return s
}

func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Unix(0, 0)
	q, bad := tables.Parse(r, tables.Limits{Comparisons: tables.DocumentedComparisons})
	if bad != nil {
		bad.Write(w, tables.FormOf(q.Kind), now)
		return
	}
	q.Plain = s.plain
	if err := s.serve(w, q, now); err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
}

func (s *stand) serve(w http.ResponseWriter, q *tables.Request, now time.Time) error {
	if !q.Write {
		out, err := q.ForwardRead(s.base)
		if err != nil {
			return err
		}
		answer, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		return q.AnswerRead(w, answer, now)
	}
	if s.stamp = s.stamp.Add(100 * time.Nanosecond); s.plain {
		s.stamp = time.Time{}
	}
	out, err := q.Forward(s.base, s.stamp, s.matches(q))
	if err != nil {
		return err
	}
	answer, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	committed, err := q.Answer(w, answer, s.stamp, now)
	if committed {
		s.replicas = append(s.replicas, q.Replica(s.stamp))
	}
	return err
}

// matches reads the rows of the conditional operations.
func (s *stand) matches(q *tables.Request) map[int]tables.Match {
	found := map[int]tables.Match{}
	for _, i := range q.NeedsMatch() {
		found[i] = s.match(q.Table, q.Ops[i].PartitionKey, q.Ops[i].RowKey)
	}
	return found
}

func (s *stand) match(table, pk, rk string) tables.Match {
	row, err := s.direct().NewClient(table).GetEntity(s.t.Context(), pk, rk, nil)
	if err != nil {
		return tables.Match{}
	}
	_, text, _ := strings.Cut(string(row.Value), `"TidemarkStamp":"`)
	text, _, _ = strings.Cut(text, `"`)
	at, _ := odata.ParseStampText(text)
	return tables.Match{Found: true, Stamp: at, Native: string(row.ETag)}
}

func (s *stand) client(url string) *aztables.ServiceClient {
	s.t.Helper()
	cred, err := aztables.NewSharedKeyCredential(s.account.Name, s.account.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := aztables.NewServiceClientWithSharedKey(url+"/"+s.account.Name, cred,
		&aztables.ClientOptions{ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *stand) through() *aztables.ServiceClient { return s.client(s.front.URL) }
func (s *stand) direct() *aztables.ServiceClient  { return s.client(s.base) }

func (s *stand) table(name string) *aztables.Client {
	s.t.Helper()
	if _, err := s.through().CreateTable(s.t.Context(), name, nil); err != nil {
		s.t.Fatal(err)
	}
	return s.through().NewClient(name)
}

// raw sends bytes of our own, signed with SharedKeyLite.
func (s *stand) raw(url, method, pathQuery, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, url+"/"+s.account.Name+pathQuery,
		strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	s.sign(r)
	return do(s.t, r)
}

func do(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// sign signs as the replicator does.
func (s *stand) sign(r *http.Request) {
	s.t.Helper()
	key, err := sharedkey.New(s.account.Name, s.account.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	key.SignTable(r)
}
