package sharedkey

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/simulator/azurite/azuritetest"
)

const testKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

func newKey(t *testing.T, account, key string) *Key {
	t.Helper()
	k, err := New(account, key)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct{ account, key, want string }{
		{"", testKey, "no name"},
		{"acc", "no base64!", "account acc is not base64"},
		{"acc", "", "account acc is empty"},
	} {
		if _, err := New(c.account, c.key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%q, %q) = %v, want an error with %q", c.account, c.key, err, c.want)
		}
	}
}

// TestAzuriteAccepts sends what we sign to a real Azurite: every form of path, query, header and body that the
// gateway uses.
func TestAzuriteAccepts(t *testing.T) {
	server, account := azuritetest.Account(t)
	type service struct {
		base string
		sign func(*http.Request)
	}
	k := newKey(t, account.Name, account.Key)
	table := service{server.TableURL(account.Name), k.SignTable}
	queue := service{server.QueueURL(account.Name), k.SignQueue}
	for _, c := range []struct {
		service
		method, path, body string
		header             map[string]string
		want               int
	}{
		{table, "POST", "/Tables", `{"TableName":"rows"}`, nil, 201},
		{table, "POST", "/rows", `{"PartitionKey":"a b","RowKey":"r%'ü"}`, nil, 201},
		{table, "GET", "/rows(PartitionKey='a%20b',RowKey='r%25''%C3%BC')?$select=RowKey", "", nil, 200},
		{table, "GET", "-secondary/rows()?$filter=RowKey%20eq%20'x'", "", nil, 200},
		{table, "GET", "-secondary/?restype=service&comp=stats", "", nil, 200},
		{table, "DELETE", "/rows(PartitionKey='a%20b',RowKey='r%25''%C3%BC')", "", map[string]string{"If-Match": "*"},
			204},
		{queue, "PUT", "/jobs", "", map[string]string{"x-ms-meta-a_b": "1", "x-ms-meta-a1": "2",
			"x-ms-meta-Ab": " two  words "}, 201},
		{queue, "POST", "/jobs/messages?messagettl=-1&visibilitytimeout=0",
			"<QueueMessage><MessageText>x</MessageText></QueueMessage>", nil, 201},
		{queue, "GET", "/jobs/messages?peekonly=true&numofmessages=32", "", nil, 200},
		{queue, "GET", "-secondary/jobs/messages?peekonly=true", "", nil, 200},
		{queue, "GET", "-secondary?comp=list&prefix=a%2Bb%20c%3D", "", nil, 200},
		{queue, "GET", "-secondary/?restype=service&comp=stats", "", nil, 200},
		{queue, "DELETE", "/jobs/messages/none?popreceipt=MjNO%2Bw%3D%3D", "", nil, 404},
		{queue, "DELETE", "/jobs", "", nil, 204},
	} {
		r := request(t, c.method, c.base+c.path, c.body, c.header)
		c.sign(r)
		if status, body := do(t, r); status != c.want {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, status, c.want, body)
		}
	}
	flipped := request(t, "GET", queue.base+"?comp=list", "", nil)
	queue.sign(flipped)
	flipped.Header.Set("x-ms-version", "2019-02-02") // after signing
	if status, _ := do(t, flipped); status != 403 {
		t.Errorf("a header added after signing: %d, want 403", status)
	}
}

func request(t *testing.T, method, target, body string, header map[string]string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json;odata=nometadata")
	if body != "" && body[0] == '{' {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return r
}

func do(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// capture answers every request with 500 after it handed it over, as a server reads it.
func capture(t *testing.T) (server *httptest.Server, captured func() *http.Request) {
	t.Helper()
	requests := make(chan *http.Request, 1)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(server.Close)
	return server, func() *http.Request { return <-requests }
}

func TestSDKRequestsPassAndFlippedBytesFail(t *testing.T) {
	server, captured := capture(t)
	for name, call := range sdkCalls(t) {
		for _, suffix := range []string{"", "-secondary"} {
			t.Run(name+suffix, func(t *testing.T) {
				call(t.Context(), server.URL+"/acc"+suffix)
				r := captured()
				k := newKey(t, "acc", testKey)
				check := k.CheckQueue
				if strings.HasPrefix(name, "table") {
					check = k.CheckTable
				}
				if signed, right := check(r); !signed || !right {
					t.Fatalf("%s %s: signed %v, right %v", r.Method, r.URL, signed, right)
				}
				for what, wrong := range flips(r) {
					if signed, right := check(wrong); !signed || right {
						t.Errorf("%s: signed %v, right %v", what, signed, right)
					}
				}
				if _, right := newKey(t, "acd", testKey).CheckQueue(r); right {
					t.Error("right for another account")
				}
			})
		}
	}
}

// sdkCalls are calls of the SDKs of both services, whose errors are not looked at.
func sdkCalls(t *testing.T) map[string]func(ctx context.Context, endpoint string) {
	once := policy.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}
	queue := func(endpoint string) *azqueue.QueueClient {
		cred, err := azqueue.NewSharedKeyCredential("acc", testKey)
		if err != nil {
			t.Fatal(err)
		}
		c, err := azqueue.NewQueueClientWithSharedKeyCredential(endpoint+"/jobs", cred,
			&azqueue.ClientOptions{ClientOptions: once})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	table := func(endpoint string) *aztables.ServiceClient {
		cred, err := aztables.NewSharedKeyCredential("acc", testKey)
		if err != nil {
			t.Fatal(err)
		}
		c, err := aztables.NewServiceClientWithSharedKey(endpoint, cred, &aztables.ClientOptions{ClientOptions: once})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	text := "two"
	return map[string]func(context.Context, string){
		"queue put": func(ctx context.Context, e string) { _, _ = queue(e).EnqueueMessage(ctx, "text", nil) },
		"queue update": func(ctx context.Context, e string) {
			_,
				_ = queue(e).UpdateMessage(ctx, "id", "a+b/c=", "new", nil)
		},
		"queue delete": func(ctx context.Context, e string) { _, _ = queue(e).DeleteMessage(ctx, "id", "a+b/c=", nil) },
		"queue create": func(ctx context.Context, e string) {
			_, _ = queue(e).Create(ctx, &azqueue.CreateOptions{Metadata: map[string]*string{"one": &text,
				"a_b": &text}})
		},
		"queue clear": func(ctx context.Context, e string) { _, _ = queue(e).ClearMessages(ctx, nil) },
		"table get": func(ctx context.Context, e string) {
			_, _ = table(e).NewClient("rows").GetEntity(ctx, "a b", "ü'%", nil)
		},
		"table stats": func(ctx context.Context, e string) { _, _ = table(e).GetStatistics(ctx, nil) },
		"table insert": func(ctx context.Context, e string) {
			_, _ = table(e).NewClient("rows").AddEntity(ctx, []byte(`{"PartitionKey":"p","RowKey":"r"}`), nil)
		},
	}
}

// flips are the request with one byte changed of each thing that both services sign: the date, the path and the
// signature.
func flips(r *http.Request) map[string]*http.Request {
	wrong := map[string]*http.Request{}
	change := func(what string, how func(*http.Request)) {
		c := r.Clone(context.Background())
		how(c)
		wrong[what] = c
	}
	flip := func(s string, i int) string { return s[:i] + string(s[i]^1) + s[i+1:] }
	change("date", func(c *http.Request) { c.Header.Set("x-ms-date", flip(c.Header.Get("x-ms-date"), 5)) })
	change("path", func(c *http.Request) { c.URL = &url.URL{Path: r.URL.Path + "x", RawQuery: r.URL.RawQuery} })
	value := r.Header.Get("Authorization")
	change("signature", func(c *http.Request) { c.Header.Set("Authorization", flip(value, len(value)-3)) })
	change("account", func(c *http.Request) {
		c.Header.Set("Authorization",
			strings.Replace(value, " acc", " acb", 1))
	})
	return wrong
}

func TestQueueSignsQueryLengthAndHeaders(t *testing.T) {
	k := newKey(t, "acc", testKey)
	signed := func() *http.Request {
		r := httptest.NewRequest("POST", "http://host/acc/jobs/messages?visibilitytimeout=30&Timeout=5&x==",
			strings.NewReader("<QueueMessage/>"))
		k.SignQueue(r)
		return r
	}
	if _, right := k.CheckQueue(signed()); !right {
		t.Fatal("not right as it was signed")
	}
	for what, change := range map[string]func(*http.Request){
		"query":   func(r *http.Request) { r.URL.RawQuery = "visibilitytimeout=31&Timeout=5" },
		"length":  func(r *http.Request) { r.ContentLength++ },
		"header":  func(r *http.Request) { r.Header.Set("x-ms-meta-a", "b") },
		"If":      func(r *http.Request) { r.Header.Set("If-Match", "*") },
		"verb":    func(r *http.Request) { r.Method = "PUT" },
		"no such": func(r *http.Request) { r.Header.Set("Authorization", "SharedKey ") },
	} {
		r := signed()
		change(r)
		if isSigned, right := k.CheckQueue(r); !isSigned || right {
			t.Errorf("%s: signed %v, right %v", what, isSigned, right)
		}
	}
	r := signed()
	// names are lower-cased, values decoded, what is not name=value left out
	r.URL.RawQuery = "VisibilityTimeout=3%30&timeout=5&y=="
	if _, right := k.CheckQueue(r); !right {
		t.Error("the same query in another spelling is not right")
	}
}

func TestNotChecked(t *testing.T) {
	k := newKey(t, "acc", testKey)
	for what, change := range map[string]func(*http.Request){
		"no Authorization": func(*http.Request) {},
		"a token":          func(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") },
		"a SAS":            func(r *http.Request) { r.URL.RawQuery = "sv=2020-02-10&sig=abc%3D" },
	} {
		r := httptest.NewRequest("GET", "http://host/acc/jobs", nil)
		change(r)
		if signed, right := k.CheckQueue(r); signed || right {
			t.Errorf("%s: signed %v, right %v", what, signed, right)
		}
	}
}

func TestOrderOfHeaders(t *testing.T) {
	h := http.Header{"X-Ms-Meta-A1": {"1"}, "X-Ms-Meta-A_": {" 2 "}, "x-ms-meta-a": {"0"}, "Accept": {"x"},
		"X-Ms-Meta-Ab": {"3", "4"}}
	want := "x-ms-meta-a:0\nx-ms-meta-a_:2\nx-ms-meta-a1:1\nx-ms-meta-ab:3, 4\n"
	if got := msHeaders(h); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestKnownString holds the strings to sign, letter by letter.
func TestKnownString(t *testing.T) {
	k := newKey(t, "acc", testKey)
	k.now = func() time.Time { return time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC) }
	r := httptest.NewRequest("GET", "http://host/acc/jobs/messages?peekonly=true&numofmessages=2", nil)
	k.SignQueue(r)
	want := "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Thu, 02 Jan 2020 03:04:05 " +
		"GMT\n/acc/acc/jobs/messages\nnumofmessages:2\npeekonly:true"
	if got := queueFull(r, "/acc/jobs/messages", "acc"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	k.SignTable(r)
	if got, want := tableLite(r, "/acc/rows()", "acc"), "Thu, 02 Jan 2020 03:04:05 GMT\n/acc/acc/rows()"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := r.Header.Get("Authorization"); !strings.HasPrefix(got, "SharedKeyLite acc:") {
		t.Errorf("Authorization %q", got)
	}
}
