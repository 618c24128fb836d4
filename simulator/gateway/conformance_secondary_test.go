package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

const (
	blog       = "Windows Azure Storage Redundancy Options and RA-GRS (2013)"
	statsPage  = "Get Table Service Stats"
	chosenHere = "chosen here"
)

var secondaryWriteRules = []rule{
	{name: "every write to entities and tables", want: "403 InsufficientAccountPermissions; nothing has changed",
		alone:  "ok; the primary has changed",
		source: blog, see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			before := s.rows(p)
			outcomes := writesTo(s, q)
			_, err := q.CreateTable(s.t.Context(), nil)
			if s.alone && said(err) == "409 TableAlreadyExists" { // it would have made it
				err = nil
			}
			outcomes = append(outcomes, said(err))
			changed := "nothing has changed"
			if !cmp.Equal(before, s.rows(p)) {
				changed = "the primary has changed"
			}
			_, err = q.Delete(s.t.Context(), nil)
			return each(append(outcomes, said(err))...) + "; " + changed
		}},
	{name: "a batch", want: "403 InsufficientAccountPermissions", alone: "500", source: blog,
		see: func(s *side) string {
			_, q := s.made("Orders")
			_, err := q.SubmitTransaction(s.t.Context(), inserts("b", "1", "2"), nil)
			return said(err)
		}},
	{name: "what the refusal says", want: "Write operations to the secondary location are not allowed.",
		alone:  "no message: 204",
		source: "the error tables of Microsoft's storage SDKs", see: func(s *side) string {
			s.made("Orders")
			resp, body := s.raw(http.MethodPut, georep.Table, true, "/Orders(PartitionKey='p',RowKey='r')", `{"n":1}`,
				"Content-Type", "application/json")
			var failed struct {
				Error struct {
					Message struct{ Value string } `json:"message"`
				} `json:"odata.error"`
			}
			if json.Unmarshal([]byte(body), &failed) != nil {
				return fmt.Sprint("no message: ", resp.StatusCode)
			}
			first, _, _ := strings.Cut(failed.Error.Message.Value, "\n")
			return first
		}},
}

// writesTo tries every kind of write to an entity; there is the row p/r.
func writesTo(s *side, c *aztables.Client) []string {
	ctx := s.t.Context()
	_, add := c.AddEntity(ctx, entity("p", "new", value(2)), nil)
	_, merge := c.UpsertEntity(ctx, entity("p", "m", value(2)), nil)
	_, replace := c.UpsertEntity(ctx, entity("p", "r", value(2)),
		&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	_, update := c.UpdateEntity(ctx, entity("p", "r", value(3)), nil)
	_, remove := c.DeleteEntity(ctx, "p", "r", nil)
	return []string{said(add), said(merge), said(replace), said(update), said(remove)}
}

var statisticsRules = []rule{
	{name: "Last Sync Time while a write is missing", want: "not after the write; after it when it has arrived",
		alone:  "after the write; after it when it has arrived",
		source: blog, see: func(s *side) string {
			p, q := s.made("Orders")
			s.stop()
			s.upsert(p, "p", "r", 1)
			at := stampOf(s, p)
			beyond(at)
			first := "not after the write"
			if s.lastSync(georep.Table).After(at) {
				first = "after the write"
			}
			s.goOn()
			s.wait("the write arrives", func() bool { return s.read(q, "p", "r") == "1" })
			s.wait("the Last Sync Time is after it", func() bool { return s.lastSync(georep.Table).After(at) })
			return first + "; after it when it has arrived"
		}},
	{name: "Last Sync Time while the gateway holds a write", want: "not after its arrival", alone: "after its arrival",
		source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.order(func() { s.fault("delay constant 2s if operation=upsert-merge") })
			at := time.Now()
			done := make(chan error, 1)
			go func() { _, err := p.UpsertEntity(s.t.Context(), entity("p", "r", value(1)), nil); done <- err }()
			s.order(func() { s.wait("it arrives", func() bool { return s.a.Status().UnderWay == 1 }) })
			arrived := time.Now()
			beyond(arrived)
			last := s.lastSync(georep.Table)
			if err := <-done; err != nil {
				s.t.Fatal(err)
			}
			if last.After(arrived) {
				return "after its arrival"
			}
			if last.Before(at.Add(-5 * time.Second)) {
				return "long before its arrival"
			}
			return "not after its arrival"
		}},
	{name: "a Last Sync Time a service", want: "that of tables stands, that of queues goes on",
		alone: "that of tables goes on, that of queues goes on", source: blog, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.queue("jobs")
			s.order(func() { s.a.Pause(georep.Scope{Service: georep.Table}) })
			s.upsert(p, "p", "r", 1)
			at := stampOf(s, p)
			beyond(at)
			state := func(of georep.Service) string {
				if s.lastSync(of).After(at) {
					return "goes on"
				}
				return "stands"
			}
			return "that of tables " + state(georep.Table) + ", that of queues " + state(georep.Queue)
		}},
	{name: "its form", want: "RFC 1123, GMT, to the second", source: statsPage, see: func(s *side) string {
		form := regexp.MustCompile(`^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$`)
		for _, service := range []georep.Service{georep.Table, georep.Queue} {
			if all := s.statistics(service); all.Status != "live" || !form.MatchString(all.LastSyncTime) {
				return fmt.Sprintf("%+v", all)
			}
		}
		return "RFC 1123, GMT, to the second"
	}},
	{name: "while they cannot be computed", want: "unavailable and no time; live again after",
		alone: "live; live again after", source: blog, see: func(s *side) string {
			s.order(func() { s.a.SetUnavailable(true) })
			first := stateOf(s)
			s.order(func() { s.a.SetUnavailable(false) })
			return first + "; " + stateOf(s) + " again after"
		}},
	{name: "while the secondary gets its first copy", want: "bootstrap and no time; live at the end", orders: true,
		source: blog, plan: plan{copyRate: 5}, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.batch(p, "p", "1", "2", "3", "4", "5", "6")
			s.batch(p, "p", "7", "8", "9")
			s.drain()
			s.failover(georep.Unplanned)
			if err := s.a.Reenable("east"); err != nil {
				s.t.Fatal(err)
			}
			s.wait("the secondary answers", func() bool {
				return s.a.Endpoints().
					Secondary.Availability == account.Serving
			})
			first := stateOf(s)
			s.wait("live", func() bool { return s.statistics(georep.Table).Status == "live" })
			return first + "; live at the end"
		}},
	{name: "on the primary endpoint", want: "400 InvalidQueryParameterValue",
		source: "azure-cosmos-table-dotnet#26, azure-storage-cpp#230", see: func(s *side) string {
			p, _ := s.tables()
			_, err := p.GetStatistics(s.t.Context(), nil)
			q, _ := s.queues()
			_, queueErr := q.GetStatistics(s.t.Context(), nil)
			return each(said(err), said(queueErr))
		}},
	{name: "through aztables and azqueue", want: "live, live", source: statsPage, see: func(s *side) string {
		_, q := s.tables()
		of := must[aztables.GetStatisticsResponse](s.t)(q.GetStatistics(s.t.Context(), nil))
		_, j := s.queues()
		queues, err := j.GetStatistics(s.t.Context(), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		return fmt.Sprintf("%s, %s", *of.GeoReplication.Status, *queues.GeoReplication.Status)
	}},
}

// stateOf is the state of both services, and whether there is a time.
func stateOf(s *side) string {
	var all []string
	for _, service := range []georep.Service{georep.Table, georep.Queue} {
		of := s.statistics(service)
		if of.LastSyncTime == "" {
			of.Status += " and no time"
		}
		all = append(all, of.Status)
	}
	return each(all...)
}

// stampOf is the Timestamp of the row p/r.
func stampOf(s *side, c *aztables.Client) time.Time {
	s.t.Helper()
	row := must[aztables.GetEntityResponse](s.t)(c.GetEntity(s.t.Context(), "p", "r", nil))
	var e struct{ Timestamp time.Time }
	if err := json.Unmarshal(row.Value, &e); err != nil || e.Timestamp.IsZero() {
		s.t.Fatalf("Timestamp of %s: %v", row.Value, err)
	}
	return e.Timestamp
}
