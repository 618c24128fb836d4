package gateway

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/sharedkey"
)

const (
	transactions = "Performing Entity Group Transactions"
	dataModel    = "Understanding the Table service data model"
)

// added is what an insert of these properties gives.
func added(pk, rk string, row map[string]any) func(*side) string {
	return func(s *side) string {
		p, _ := s.made("Orders")
		_, err := p.AddEntity(s.t.Context(), entity(pk, rk, row), nil)
		return said(err)
	}
}

// submitted is what a transaction gives, and how many rows there are then.
func submitted(actions ...aztables.TransactionAction) func(*side) string {
	return func(s *side) string {
		p, _ := s.made("Orders")
		_, err := p.SubmitTransaction(s.t.Context(), actions, nil)
		return fmt.Sprintf("%s; %d rows", said(err), len(s.rows(p)))
	}
}

func numbered(pk string, n int) []aztables.TransactionAction {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("%03d", i))
	}
	return inserts(pk, keys...)
}

// heavy are inserts of rows of 100 KiB.
func heavy(n int) (actions []aztables.TransactionAction) {
	for i := range n {
		row := properties(4, 25<<10)
		actions = append(actions, aztables.TransactionAction{ActionType: aztables.TransactionTypeAdd,
			Entity: entity("p", fmt.Sprint(i), row)})
	}
	return actions
}

// compared is what a query of that many comparisons gives.
func compared(n int) func(*side) string {
	return func(s *side) string {
		p, _ := s.made("Orders")
		filter := strings.Repeat("n ne 7 and ", n-1) + "n ne 8"
		_, err := p.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter}).NextPage(s.t.Context())
		return said(err)
	}
}

var tableLimitRules = []rule{
	{name: "a batch over two partitions", want: "202 with 400 CommandsInBatchActOnDifferentPartitions; 0 rows",
		alone: "ok; 2 rows", source: transactions, see: submitted(append(inserts("p", "1"), inserts("q", "1")...)...)},
	{name: "a batch of 100", want: "ok; 100 rows", source: transactions, see: submitted(numbered("p", 100)...)},
	{name: "a batch of 101", want: "202 with 400 InvalidInput; 0 rows",
		alone: "an answer that the SDK cannot read; 0 rows", source: transactions,
		see: submitted(numbered("p", 101)...)},
	{name: "a row twice in a batch", want: "202 with 400 InvalidDuplicateRow; 0 rows", source: transactions,
		see: submitted(append(inserts("p", "1"), inserts("p", "1")...)...)},
	{name: "a batch of over 4 MiB", want: "413 RequestBodyTooLarge; 0 rows", alone: "ok; 42 rows",
		stock: "413 RequestBodyTooLarge; 0 rows", source: transactions, see: submitted(heavy(42)...)},
	{name: "a batch that fails at its second row", want: "202 with 409 EntityAlreadyExists; 1 rows",
		source: transactions, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.batch(p, "p", "2")
			_, err := p.SubmitTransaction(s.t.Context(), inserts("p", "1", "2", "3"), nil)
			return fmt.Sprintf("%s; %d rows", said(err), len(s.rows(p)))
		}},
	{name: "253 properties", want: "400 TooManyProperties", alone: "ok", source: dataModel,
		see: added("p", "r", properties(253, 1))},
	{name: "a property of 64 KiB and a letter", want: "400 PropertyValueTooLarge", source: dataModel,
		see: added("p", "r", properties(1, 32<<10+1))},
	{name: "a row of 1 MiB and 2 bytes", want: "400 EntityTooLarge", alone: "ok", source: dataModel,
		see: added("p", "r", rowOf(1<<20+2))},
	{name: "a property's name of 256 letters", want: "400 PropertyNameTooLong", alone: "ok", source: dataModel,
		see: added("p", "r", map[string]any{strings.Repeat("n", 256): 1})},
	{name: "a property's name with a dash", want: "400 PropertyNameInvalid", alone: "ok", source: dataModel,
		see: added("p", "r", map[string]any{"a-b": 1})},
	{name: "a key of 513 letters", want: "400 KeyValueTooLarge", alone: "400 InvalidInput", source: targets,
		see: added(strings.Repeat("k", 513), "r", nil)},
	{name: "a key with a slash", want: "400 OutOfRangeInput", alone: "400 InvalidInput", source: dataModel,
		see: added("a/b", "r", nil)},
	{name: "a key with a control letter (U+0085)", want: "400 OutOfRangeInput", alone: "400 InvalidInput",
		source: dataModel, see: added("a\u0085b", "r", nil)},
	{name: "a table's name with a dash", want: "400 InvalidResourceName", alone: "400", source: dataModel,
		see: func(s *side) string {
			p, _ := s.tables()
			_, err := p.CreateTable(s.t.Context(), "a-b-c", nil)
			return said(err)
		}},
	{name: "a table called by its name in another case: made, inserted into, read from, deleted",
		stock: "409 TableAlreadyExists, then 404 TableNotFound, then 404 TableNotFound, then ok, then 404 " +
			"TableNotFound", source: dataModel,
		want: "409 TableAlreadyExists, then ok, then ok, then ok, then 404 TableNotFound", see: otherCase},
	{name: "the resources of tables and of batches in another case: made, listed, changed, deleted",
		want: "201, then 200, then 202, then 204", stock: "400, then 400, then 400, then 500",
		source: "inferred: no table can be called tables in any case, and names of tables have none",
		see:    otherResource},
	{name: "201 comparisons in a filter", want: "ok", source: "live tests of Orleans, against the service itself",
		see: compared(201)},
	{name: "15 comparisons in a filter, where what is documented is asked for", want: "ok", source: "Query Entities",
		see: compared(15), plan: plan{comparisons: 15}},
	{name: "16 comparisons in a filter, where what is documented is asked for", want: "400 InvalidInput", alone: "ok",
		source: "Query Entities", see: compared(16), plan: plan{comparisons: 15}},
	{name: "a filter of 1,500 comparisons, 28 KiB of address", want: "ok",
		source: "chosen here; no page says how long an address may be",
		see:    compared(1500)},
	{name: "$top over 1,000", want: "400 InvalidInput", alone: "200", source: "Query Entities",
		see: func(s *side) string {
			s.made("Orders")
			resp, _ := s.raw(http.MethodGet, georep.Table, false, "/Orders()?$top=1001", "", "Accept",
				"application/json")
			return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("X-Ms-Error-Code")))
		}},
}

// otherCase calls a table by other spellings than the one by which it was made.
func otherCase(s *side) string {
	p, q := s.made("Orders")
	s.upsert(p, "p", "1", 1)
	primary, secondary := s.tables()
	upper, lower, there := primary.NewClient("ORDERS"), primary.NewClient("orders"), secondary.NewClient("oRDERS")
	read := func(c *aztables.Client) string {
		_, err := c.GetEntity(s.t.Context(), "p", "1", nil)
		return said(err)
	}
	_, made := upper.CreateTable(s.t.Context(), nil)
	_, inserted := lower.AddEntity(s.t.Context(), entity("p", "2", value(2)), nil)
	_, listed := lower.NewListEntitiesPager(nil).NextPage(s.t.Context())
	s.settle()
	outcomes := []string{said(made), said(inserted), each(read(upper), said(listed), read(there))}
	_, deleted := upper.Delete(s.t.Context(), nil)
	s.settle()
	return strings.Join(append(outcomes, said(deleted), each(read(p), read(q))), ", then ")
}

// otherResource speaks to the resources of tables and of batches in other cases than they are documented.
func otherResource(s *side) string {
	const batch = "--batch_b\r\nContent-Type: multipart/mixed; boundary=changeset_c\r\n\r\n--changeset_c\r\n" +
		"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nPOST URL/Orders HTTP/1.1\r\n" +
		"Accept: application/json;odata=minimalmetadata\r\nContent-Type: application/json\r\n\r\n" +
		`{"PartitionKey":"p","RowKey":"r"}` + "\r\n--changeset_c--\r\n--batch_b--\r\n"
	var outcomes []string
	for _, c := range []struct{ method, path, body, kind string }{
		{"POST", "/TABLES", `{"TableName":"Orders"}`, "application/json"},
		{"GET", "/tables()", "", ""},
		{"POST", "/$BATCH", strings.ReplaceAll(batch, "URL", s.url(network.Outside, georep.Table)),
			"multipart/mixed; boundary=batch_b"},
		{"DELETE", "/tables('ORDERS')", "", ""},
	} {
		resp, text := s.raw(c.method, georep.Table, false, c.path, c.body, "Content-Type", c.kind, "Accept",
			"application/json;odata=minimalmetadata")
		outcome := strconv.Itoa(resp.StatusCode)
		if resp.StatusCode/100 == 2 && c.method == "POST" && !strings.Contains(text, "Orders") {
			outcome += " " + text
		}
		outcomes = append(outcomes, outcome)
		s.settle()
	}
	return strings.Join(outcomes, ", then ")
}

// pagedQueues lists queues by pages of two that were not made in the order of their names.
func pagedQueues(s *side) string {
	for _, name := range []string{"jobs-e", "jobs-b", "jobs-d", "jobs-a", "jobs-c", "other"} {
		s.queue(name)
	}
	service, _ := s.queues()
	prefix, size := "jobs-", int32(2)
	pager := service.NewListQueuesPager(&azqueue.ListQueuesOptions{Prefix: &prefix, MaxResults: &size})
	var pages []string
	for pager.More() && len(pages) < 4 {
		page := must[azqueue.ListQueuesResponse](s.t)(pager.NextPage(s.t.Context()))
		var names []string
		for _, q := range page.Queues {
			names = append(names, strings.TrimPrefix(*q.Name, prefix))
		}
		pages = append(pages, strings.Join(names, " "))
	}
	return strings.Join(pages, ", ")
}

var queueLimitRules = []rule{
	{name: "a list by pages, of queues that were not made in the order of their names", want: "a b, c d, e",
		alone: "a b, c", source: "List Queues", see: pagedQueues},
	{name: "a message of 64 KiB", want: "ok", source: "Put Message", see: putOf(64 << 10)},
	{name: "a message of 64 KiB and a byte", want: "413 RequestBodyTooLarge", source: "Put Message",
		see: putOf(64<<10 + 1)},
	{name: "32 messages at once, and 33", want: "ok, 400 OutOfRangeQueryParameterValue", source: "Get Messages",
		see: func(s *side) string {
			jobs, _ := s.queue("jobs")
			var outcomes []string
			for _, n := range []int32{32, 33} {
				_, err := jobs.DequeueMessages(s.t.Context(), &azqueue.DequeueMessagesOptions{NumberOfMessages: &n})
				outcomes = append(outcomes, said(err))
			}
			return strings.Join(outcomes, ", ")
		}},
	{name: "hidden for longer than it lives (7 days, unsaid)", want: "400 InvalidQueryParameterValue", alone: "ok",
		source: "Put Message", see: func(s *side) string {
			jobs, _ := s.queue("jobs")
			hidden := int32(7 * 24 * 3600)
			_, err := jobs.EnqueueMessage(s.t.Context(), "text",
				&azqueue.EnqueueMessageOptions{VisibilityTimeout: &hidden})
			return said(err)
		}},
	{name: "names of metadata: set in a case, read at both endpoints, listed; one that is there twice",
		want: "FooBar, x_Y; FooBar, x_Y; FooBar, x_Y; 400", alone: "FooBar, x_Y; FooBar, x_Y; FooBar, x_Y; 201",
		source: "Naming Queues and Metadata", see: spelledMetadata},
	{name: "a queue's name with a bar", want: "400 InvalidResourceName", alone: "ok",
		source: "Naming Queues and Metadata", see: func(s *side) string {
			p, _ := s.queues()
			_, err := p.CreateQueue(s.t.Context(), "a|b", nil)
			return said(err)
		}},
	{name: "an update without a receipt", want: "400 MissingRequiredQueryParameter", alone: "400",
		source: "Update Message", see: func(s *side) string {
			jobs, _ := s.queue("jobs")
			put := must[azqueue.EnqueueMessagesResponse](s.t)(jobs.EnqueueMessage(s.t.Context(), "text", nil))
			resp, _ := s.raw(http.MethodPut, georep.Queue, false, "/jobs/messages/"+*put.Messages[0].MessageID+
				"?visibilitytimeout=1", "<QueueMessage><MessageText>a</MessageText></QueueMessage>", "X-Ms-Version",
				"2021-12-02")
			return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("X-Ms-Error-Code")))
		}},
}

func putOf(size int) func(*side) string {
	return func(s *side) string {
		jobs, _ := s.queue("jobs")
		_, err := jobs.EnqueueMessage(s.t.Context(), strings.Repeat("x", size), nil)
		return said(err)
	}
}

// spelledMetadata sets metadata and reads the names as they come over the wire.
func spelledMetadata(s *side) string {
	ask := func(method, endpoint, path string, names ...string) string {
		r, err := http.NewRequestWithContext(s.t.Context(), method, endpoint+path, http.NoBody)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, name := range names {
			r.Header["x-ms-meta-"+name] = append(r.Header["x-ms-meta-"+name], "v")
		}
		must[*sharedkey.Key](s.t)(sharedkey.New(s.account.Name, s.account.Key)).SignQueue(r)
		r.Close = true
		c, err := net.Dial("tcp", r.URL.Host)
		if err != nil {
			s.t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if err := r.Write(c); err != nil {
			s.t.Fatal(err)
		}
		return string(must[[]byte](s.t)(io.ReadAll(c)))
	}
	names := func(answer, pattern string) string {
		var all []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(answer, -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	at := s.url(network.Outside, georep.Queue)
	ask("PUT", at, "/jobs", "FooBar", "x_Y")
	s.settle()
	const inHeaders = `(?im)^x-ms-meta-(\w+):`
	here := names(ask("GET", at, "/jobs?comp=metadata"), inHeaders)
	there := names(ask("GET", at+"-secondary", "/jobs?comp=metadata"), inHeaders)
	listed := names(ask("GET", at, "?comp=list&include=metadata"), `<(\w+)>v</`)
	_, twice, _ := strings.Cut(ask("PUT", at, "/other", "FooBar", "FooBar"), " ")
	return strings.Join([]string{here, there, listed, twice[:3]}, "; ")
}
