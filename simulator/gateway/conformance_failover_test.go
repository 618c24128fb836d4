package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

const (
	recovery  = "Azure storage disaster recovery planning and failover"
	planned   = "How customer-managed planned failover works"
	unplanned = "How customer-managed unplanned failover works"
)

// phases is a failover whose phases can be seen.
var phases = plan{geo: georep.Options{Windows: georep.Windows{Announce: time.Second, Down: time.Second,
	Complete: time.Second}}}

// through orders a failover and sees both endpoints in each of its phases.
func through(s *side, kind georep.Kind) string {
	p, q := s.made("Orders")
	s.upsert(p, "p", "r", 1)
	s.drain()
	if err := s.a.Failover(kind); err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, phase := range []georep.Phase{georep.Announced, georep.Down, georep.Completing, georep.Steady} {
		s.wait(string(phase), func() bool {
			return s.a.Status().Phase == phase && (s.a.Endpoints().
				Primary.Availability == account.Down) == (phase == georep.Down)
		})
		all = append(all, fmt.Sprintf("%s: %s, %s", phase, s.ask(p, guard), s.ask(q, guard)))
	}
	now := s.a.Status()
	return strings.Join(all, "; ") + fmt.Sprintf("; primary %s, secondary %q", now.Primary, now.Secondary)
}

var failoverRules = []rule{
	{name: "planned: primary and secondary endpoint in its phases", orders: true, source: planned, plan: phases,
		want: `announced: ok, ok; down: torn connection, torn connection; completing: ok, ok; steady: ok, ok; ` +
			`primary west, secondary "east"`,
		see: func(s *side) string { return through(s, georep.Planned) }},
	{name: "unplanned: primary and secondary endpoint in its phases", orders: true, source: unplanned, plan: phases,
		want: `announced: ok, ok; down: torn connection, torn connection; completing: ok, 403 ` +
			`InsufficientAccountPermissions; steady: ok, 403 InsufficientAccountPermissions; primary west, secondary ""`,
		see: func(s *side) string { return through(s, georep.Unplanned) }},
	{name: "planned, with writes that have a lag", orders: true, source: planned,
		want: "nothing lost; 3 of 3 rows at the new primary, Timestamp and ETag as before", see: func(s *side) string {
			p, _ := s.made("Orders")
			s.a.SetLag(georep.Scope{}, lag(s.t, "constant 300ms"))
			for _, pk := range []string{"a", "b", "c"} {
				s.upsert(p, pk, "r", 1)
			}
			before := s.rows(p)
			s.failover(georep.Planned)
			if diff := cmp.Diff(before, s.rows(p)); diff != "" || len(s.a.Discarded()) != 0 {
				return fmt.Sprintf("lost %+v: %s", s.a.Discarded(), diff)
			}
			return fmt.Sprintf("nothing lost; %d of 3 rows at the new primary, Timestamp and ETag as before",
				len(before))
		}},
	{name: "unplanned, with writes that have not arrived", orders: true, source: recovery,
		want: "gone: b/new, c/r; listed: b/new, c/r; none older than the Last Sync Time", see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "a", "r", 1)
			s.upsert(p, "b", "r", 1)
			s.drain()
			s.pause()
			s.upsert(p, "b", "new", 2)
			s.upsert(p, "c", "r", 2)
			before := s.rows(p)
			s.failover(georep.Unplanned)
			after := s.rows(p)
			var gone, listed []string
			for key := range before {
				if after[key] == nil {
					gone = append(gone, key)
				}
			}
			slices.Sort(gone)
			loss := s.a.Discarded()[0]
			age := "none older than the Last Sync Time"
			for _, e := range loss.Entries {
				listed = append(listed, e.Partition.Key+"/"+strings.Join(loss.Keys[e.Seq], ","))
				if e.At.Before(loss.LastSync[georep.Table]) {
					age = fmt.Sprintf("%v is older than the Last Sync Time", e)
				}
			}
			return "gone: " + strings.Join(gone, ", ") + "; listed: " + strings.Join(listed, ", ") + "; " + age
		}},
	{name: "after an unplanned one: LRS, re-enabled, bootstrap, live, failed back", orders: true, source: recovery,
		want: "none, 403 InsufficientAccountPermissions; bootstrap; live: equal; failed back: primary east, the " +
			"same rows", plan: plan{copyRate: 20}, see: func(s *side) string {
			p, q := s.made("Orders")
			s.batch(p, "p", "1", "2", "3", "4", "5")
			s.upsert(p, "p", "r", 1)
			s.drain()
			s.failover(georep.Unplanned)
			seen := fmt.Sprintf("%s, %s", s.a.Status().State, s.ask(q, guard))
			if err := s.a.Reenable("east"); err != nil {
				s.t.Fatal(err)
			}
			seen += fmt.Sprintf("; %s", s.a.Status().State)
			s.wait("live", func() bool { return s.a.Status().State == georep.Live })
			s.drain()
			rows := s.rows(p)
			if diff := cmp.Diff(rows, s.rows(q)); diff != "" {
				return seen + diff
			}
			seen += "; live: equal"
			s.failover(georep.Planned)
			if diff := cmp.Diff(rows, s.rows(p)); diff != "" {
				return seen + diff
			}
			return seen + fmt.Sprintf("; failed back: primary %s, the same rows", s.a.Status().Primary)
		}},
	{name: "a conditional write with an ETag read before an unplanned one", orders: true, source: chosenHere,
		want: "ok, with a new ETag; once more: 412 UpdateConditionNotSatisfied", see: func(s *side) string {
			p, _ := s.made("Orders")
			tag := s.upsert(p, "p", "r", 1)
			s.drain()
			s.failover(georep.Unplanned)
			next, err := p.UpdateEntity(s.t.Context(), entity("p", "r", value(2)), replaceIf(tag))
			seen := said(err)
			if next.ETag != tag && next.ETag != azcore.ETag("") {
				seen += ", with a new ETag"
			}
			_, err = p.UpdateEntity(s.t.Context(), entity("p", "r", value(3)), replaceIf(tag))
			return seen + "; once more: " + said(err)
		}},
	{name: "the names of the endpoints", orders: true, source: recovery,
		want: "the client of before reads 1 and writes", see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.drain()
			id := s.begin(network.Outage{Region: "east"})
			s.failover(georep.Unplanned)
			read := s.seenRow(p, "p", "r")
			s.upsert(p, "p", "r", 2)
			s.end(id)
			return "the client of before reads " + read + " and writes"
		}},
	{
		name: "an order that cannot be carried out: no Last Sync Time, replication paused, no primary, one under " +
			"way, no secondary", orders: true, source: recovery,
		want: "not live, paused, primary down, in progress, no secondary",
		plan: plan{geo: georep.Options{Windows: georep.Windows{Announce: 300 * time.Millisecond}}},
		see: func(s *side) string {
			s.made("Orders")
			var all []string
			try := func(k georep.Kind) {
				err := s.a.Failover(k)
				name := fmt.Sprint(err)
				for e, text := range map[error]string{georep.ErrNotLive: "not live", georep.ErrPaused: "paused",
					georep.ErrPrimaryDown: "primary down", georep.ErrInProgress: "in progress",
					georep.ErrNoSecondary: "no secondary"} {
					if errors.Is(err, e) {
						name = text
					}
				}
				all = append(all, name)
			}
			s.a.SetUnavailable(true)
			try(georep.Unplanned)
			s.a.SetUnavailable(false)
			s.pause()
			try(georep.Planned)
			s.resume()
			id := s.begin(network.Outage{Region: "east"})
			s.wait("the outage is known", func() bool { return canFailover(s, georep.Planned) != nil })
			try(georep.Planned)
			s.end(id)
			s.wait("its end is known", func() bool { return canFailover(s, georep.Unplanned) == nil })
			if err := s.a.Failover(georep.Unplanned); err != nil {
				s.t.Fatal(err)
			}
			try(georep.Unplanned)
			s.wait("it has ended", func() bool { return s.a.Status().Phase == georep.Steady })
			try(georep.Unplanned)
			return strings.Join(all, ", ")
		}},
}

// canFailover says whether the account knows by now what the network is like.
func canFailover(s *side, k georep.Kind) error {
	return s.a.CanFailover(k)
}

var queueRules = []rule{
	{name: "every write, and Get Messages, which hides what it gives", want: "403 InsufficientAccountPermissions",
		alone: "ok", source: "inferred: no page says it of Get Messages", see: func(s *side) string {
			jobs, q := s.queue("jobs")
			put := must[azqueue.EnqueueMessagesResponse](s.t)(jobs.EnqueueMessage(s.t.Context(), "text", nil))
			id, receipt := *put.Messages[0].MessageID, *put.Messages[0].PopReceipt
			s.settle()
			ctx, hidden := s.t.Context(), int32(0)
			_, enqueue := q.EnqueueMessage(ctx, "text", nil)
			updated, update := q.UpdateMessage(ctx, id, receipt, "new",
				&azqueue.UpdateMessageOptions{VisibilityTimeout: &hidden})
			if update == nil {
				receipt = *updated.PopReceipt
			}
			_, remove := q.DeleteMessage(ctx, id, receipt, nil)
			_, get := q.DequeueMessage(ctx, nil)
			_, metadata := q.SetMetadata(ctx, nil)
			_, clear := q.ClearMessages(ctx, nil)
			_, gone := q.Delete(ctx, nil)
			_, made := q.Create(ctx, nil)
			return each(said(enqueue), said(update), said(remove), said(get), said(metadata), said(clear), said(gone),
				said(made))
		}},
	{name: "peek and the queue's properties", want: "text; ok; metadata value", source: "inferred: they change nothing",
		see: func(s *side) string {
			p, q := s.queues()
			text := "value"
			must[azqueue.CreateResponse](s.t)(p.CreateQueue(s.t.Context(), "jobs",
				&azqueue.CreateOptions{Metadata: map[string]*string{"name": &text}}))
			must[azqueue.EnqueueMessagesResponse](s.t)(p.NewQueueClient("jobs").
				EnqueueMessage(s.t.Context(), "text", nil))
			s.settle()
			jobs := q.NewQueueClient("jobs")
			properties, err := jobs.GetProperties(s.t.Context(), nil)
			return texts(s, jobs) + "; " + said(err) + "; metadata " + *properties.Metadata["Name"]
		}},
	{name: "a message put, and deleted, before that arrives",
		want:  "put: nothing, then text; deleted: text, then nothing",
		alone: "put: text, then text; deleted: nothing, then nothing", source: blog, see: func(s *side) string {
			jobs, q := s.queue("jobs")
			s.stop()
			put := must[azqueue.EnqueueMessagesResponse](s.t)(jobs.EnqueueMessage(s.t.Context(), "text", nil))
			seen := "put: " + texts(s, q)
			s.goOn()
			s.settle()
			seen += ", then " + texts(s, q)
			s.stop()
			must[azqueue.DeleteMessageResponse](s.t)(jobs.DeleteMessage(s.t.Context(), *put.Messages[0].MessageID,
				*put.Messages[0].PopReceipt, nil))
			seen += "; deleted: " + texts(s, q)
			s.goOn()
			s.settle()
			return seen + ", then " + texts(s, q)
		}},
	{name: "after an unplanned failover: ghosts and re-deliveries", orders: true,
		want:   "the deleted one is back, the one being worked on is given again, the one put last is gone",
		source: recovery, see: func(s *side) string {
			jobs, _ := s.queue("jobs")
			ghost := must[azqueue.EnqueueMessagesResponse](s.t)(jobs.EnqueueMessage(s.t.Context(), "deleted", nil)).
				Messages[0]
			must[azqueue.EnqueueMessagesResponse](s.t)(jobs.EnqueueMessage(s.t.Context(), "taken", nil))
			s.drain()
			s.pause()
			must[azqueue.DeleteMessageResponse](s.t)(jobs.DeleteMessage(s.t.Context(), *ghost.MessageID,
				*ghost.PopReceipt, nil))
			long := int32(600)
			must[azqueue.DequeueMessagesResponse](s.t)(jobs.DequeueMessage(s.t.Context(),
				&azqueue.DequeueMessageOptions{VisibilityTimeout: &long}))
			must[azqueue.EnqueueMessagesResponse](s.t)(jobs.EnqueueMessage(s.t.Context(), "last", nil))
			s.failover(georep.Unplanned)
			if got := texts(s, jobs); got != "deleted, taken" {
				return "there are: " + got
			}
			return "the deleted one is back, the one being worked on is given again, the one put last is gone"
		}},
}

// texts are the messages that a queue shows.
func texts(s *side, q *azqueue.QueueClient) string {
	s.t.Helper()
	n := int32(32)
	shown := must[azqueue.PeekMessagesResponse](s.t)(q.PeekMessages(s.t.Context(),
		&azqueue.PeekMessagesOptions{NumberOfMessages: &n}))
	var all []string
	for _, m := range shown.Messages {
		all = append(all, *m.MessageText)
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

var local = plan{local: true}

var localRules = []rule{
	{name: "the -secondary endpoint, read and written", want: "403 InsufficientAccountPermissions", alone: "ok",
		source: statsPage, plan: local, see: func(s *side) string {
			p, _ := s.tables()
			must[aztables.CreateTableResponse](s.t)(p.CreateTable(s.t.Context(), "Journal", nil))
			_, q := s.tables()
			_, list := q.NewListTablesPager(nil).NextPage(s.t.Context())
			_, stats := q.GetStatistics(s.t.Context(), nil)
			_, write := q.NewClient("Journal").AddEntity(s.t.Context(), entity("p", "r", value(1)), nil)
			_, j := s.queues()
			_, queues := j.NewListQueuesPager(nil).NextPage(s.t.Context())
			return each(said(list), said(stats), said(write), said(queues))
		}},
	{name: "what that refusal says", want: messageNoSecondary, alone: "no refusal: 200", source: statsPage, plan: local,
		see: func(s *side) string {
			resp, body := s.raw(http.MethodGet, georep.Queue, true, "/?restype=service&comp=stats", "")
			if _, message, ok := strings.Cut(body, "<Message>"); ok {
				message, _, _ = strings.Cut(message, "\n")
				return message
			}
			return fmt.Sprint("no refusal: ", resp.StatusCode)
		}},
	{name: "its rows in the other region", orders: true, want: "none, after a second", source: chosenHere, plan: local,
		see: func(s *side) string {
			p, _ := s.tables()
			must[aztables.CreateTableResponse](s.t)(p.CreateTable(s.t.Context(), "Journal", nil))
			s.upsert(p.NewClient("Journal"), "p", "r", 1)
			time.Sleep(time.Second)
			west := tableService(s.t, s.account, s.servers["west"].TableURL(s.account.Name))
			page := must[aztables.ListTablesResponse](s.t)(west.NewListTablesPager(nil).NextPage(s.t.Context()))
			if len(page.Tables) == 0 && len(s.told("apply")) == 0 {
				return "none, after a second"
			}
			return fmt.Sprintf("%d tables, %d entries applied", len(page.Tables), len(s.told("apply")))
		}},
	{name: "when its region goes down, and when the other does", want: "its own: torn connection; the other: ok",
		alone: "its own: ok; the other: ok", source: chosenHere, plan: local, see: func(s *side) string {
			p, _ := s.tables()
			must[aztables.CreateTableResponse](s.t)(p.CreateTable(s.t.Context(), "Journal", nil))
			c := p.NewClient("Journal")
			s.upsert(c, "p", "r", 1)
			own := s.during(network.Outage{Region: "east"}, func() string { return s.ask(c, guard) })
			return "its own: " + own + "; the other: " +
				s.during(network.Outage{Region: "west"}, func() string { return s.ask(c, guard) })
		}},
	{name: "the service's limits: a batch over two partitions",
		want: "202 with 400 CommandsInBatchActOnDifferentPartitions", alone: "ok", source: transactions, plan: local,
		see: func(s *side) string {
			p, _ := s.tables()
			must[aztables.CreateTableResponse](s.t)(p.CreateTable(s.t.Context(), "Journal", nil))
			_, err := p.NewClient("Journal").SubmitTransaction(s.t.Context(),
				append(inserts("p", "1"), inserts("q", "1")...), nil)
			return said(err)
		}},
	{name: "a failover, and geo-redundancy", orders: true, want: "refused, refused", source: chosenHere, plan: local,
		see: func(s *side) string {
			var all []string
			for _, err := range []error{s.a.Failover(georep.Unplanned), s.a.Reenable("west")} {
				if err == nil {
					all = append(all, "taken")
					continue
				}
				all = append(all, "refused")
			}
			return strings.Join(all, ", ")
		}},
}
