package gateway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

const (
	targets = "Scalability and performance targets for Table storage"
)

var lagRules = []rule{
	{name: "of the account, of a table, of a partition: the most precise holds",
		want: "there: fast/p; not there: fast/slow, slow/p", alone: "there: fast/p, fast/slow, slow/p",
		source: chosenHere, see: func(s *side) string {
			fast, q := s.made("Fast")
			slow, r := s.made("Slow")
			s.order(func() {
				s.a.SetLag(georep.Scope{}, lag(s.t, "constant 1h"))
				s.a.SetLag(georep.Scope{Service: georep.Table, Container: "Fast"}, lag(s.t, "none"))
				s.a.SetLag(georep.Scope{Service: georep.Table, Container: "Fast", Key: "slow"}, lag(s.t, "constant 1h"))
			})
			s.upsert(fast, "slow", "r", 1)
			s.upsert(slow, "p", "r", 1)
			s.upsert(fast, "p", "r", 1)
			s.wait("the fast one arrives", func() bool { return s.read(q, "p", "r") != "" })
			var there, not []string
			for _, row := range []struct {
				c        *aztables.Client
				name, pk string
			}{{q, "fast/p", "p"}, {q, "fast/slow", "slow"}, {r, "slow/p", "p"}} {
				if s.seenRow(row.c, row.pk, "r") == "none" {
					not = append(not, row.name)
				} else {
					there = append(there, row.name)
				}
			}
			seen := "there: " + strings.Join(there, ", ")
			if len(not) > 0 {
				seen += "; not there: " + strings.Join(not, ", ")
			}
			return seen
		}},
	{name: "constant, uniform, log-normal, Pareto, bursts, a recorded trace: of half a second each",
		want: "all after half a second", alone: "all sooner", source: chosenHere, see: func(s *side) string {
			p, q := s.made("Orders")
			models := []string{"constant 500ms", "uniform 500ms 700ms", "log-normal median 1s sigma 0.01",
				"pareto min 500ms alpha 20", "bursts every 1h for 30m lag 500ms else 0s", "trace 0s:500ms 1h:0s"}
			took := make([]time.Duration, len(models))
			var work sync.WaitGroup
			for i, model := range models {
				s.order(func() {
					s.a.SetLag(georep.Scope{Service: georep.Table, Container: "Orders", Key: model}, lag(s.t, model))
				})
				work.Go(func() {
					if _, err := p.AddEntity(s.t.Context(), entity(model, "r", value(1)), nil); err != nil {
						s.t.Error(err)
						return
					}
					// since the answer: the lag counts from the commit, before it
					for start := time.Now(); took[i] == 0 && time.Since(start) < guard; {
						if _, err := q.GetEntity(s.t.Context(), model, "r", nil); err == nil {
							took[i] = time.Since(start)
						}
					}
				})
			}
			work.Wait()
			const least = 400 * time.Millisecond // some of the lag may pass before the answer is here
			switch {
			case slices.Min(took) >= least:
				return "all after half a second"
			case slices.Max(took) < least:
				return "all sooner"
			}
			return fmt.Sprint(took)
		}},
	{name: "a pause of a partition, and its end", want: "none, then 1", alone: "1, then 1", source: chosenHere,
		see: func(s *side) string {
			p, q := s.made("Orders")
			scope := georep.Scope{Service: georep.Table, Container: "orders", Key: "p"}
			s.order(func() { s.a.Pause(scope) })
			s.upsert(p, "p", "r", 1)
			s.upsert(p, "other", "r", 1)
			s.wait("the other partition arrives", func() bool { return s.read(q, "other", "r") == "1" })
			first := s.seenRow(q, "p", "r")
			s.order(func() { s.a.Resume(scope) })
			s.settle()
			return first + ", then " + s.seenRow(q, "p", "r")
		}},
	{name: "writes over the bound of the backlog (here 2)", want: "ok, ok, 503 ServerBusy; when it has drained: ok",
		alone:  "ok, ok, ok; when it has drained: ok",
		source: chosenHere, plan: plan{geo: georep.Options{MaxBacklog: 2}}, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.stop()
			var outcomes []string
			add := func(key string) string {
				_, err := p.AddEntity(s.t.Context(), entity("p", key, value(1)), nil)
				return said(err)
			}
			for _, key := range []string{"1", "2", "3"} {
				outcomes = append(outcomes, add(key))
			}
			s.goOn()
			s.settle()
			return strings.Join(outcomes, ", ") + "; when it has drained: " + add("4")
		}},
}

// during sees something while an outage lasts.
func (s *side) during(o network.Outage, see func() string) string {
	id := ""
	s.order(func() { id = s.begin(o) })
	seen := see()
	s.order(func() { s.end(id) })
	return seen
}

var outageRules = []rule{
	{name: "the region refuses, resets, hangs, answers 503; then it is back",
		want:  "refuse: torn connection; reset: torn connection; hang: no answer; 503: 503 ServerBusy; back: ok",
		alone: "refuse: ok; reset: ok; hang: ok; 503: ok; back: ok", source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			var all []string
			for _, f := range []inject.How{inject.Refuse, inject.Torn, inject.Silent, inject.Busy} {
				within := guard
				if f == inject.Silent {
					within = 300 * time.Millisecond
				}
				all = append(all, string(f)+": "+s.during(network.Outage{Region: "east", How: f},
					func() string { return s.ask(p, within) }))
			}
			return strings.Join(append(all, "back: "+s.ask(p, guard)), "; ")
		}},
	{name: "a call that hangs, when the path heals", want: "answered after it", alone: "answered before it",
		source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			id := ""
			s.order(func() { id = s.begin(network.Outage{Region: "east", How: inject.Silent}) })
			done := make(chan string, 1)
			go func() { done <- s.ask(p, guard) }()
			select {
			case <-done:
				return "answered before it"
			case <-time.After(300 * time.Millisecond):
			}
			s.order(func() { s.end(id) })
			if <-done == "ok" {
				return "answered after it"
			}
			return "not answered"
		}},
	{name: "only the table service of a region", want: "tables: torn connection; queues: ok",
		alone: "tables: ok; queues: ok", source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			jobs, _ := s.queue("jobs")
			return s.during(network.Outage{Region: "east", Parts: []network.Part{network.Table}}, func() string {
				_, err := jobs.EnqueueMessage(s.t.Context(), "text", nil)
				return "tables: " + s.ask(p, guard) + "; queues: " + said(err)
			})
		}},
	{name: "one way: the request is lost, the answer is lost",
		want: "request: torn connection, none; answer: torn connection, 1", alone: "request: ok, 1; answer: ok, 1",
		source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			write := func(key string) func() string {
				return func() string {
					_, err := p.AddEntity(s.t.Context(), entity("p", key, value(1)), nil)
					return said(err)
				}
			}
			request := s.during(network.Outage{From: network.Outside, To: "east", Parts: []network.Part{network.Table},
				How: inject.Torn}, write("request"))
			answer := s.during(network.Outage{From: "east", To: network.Outside, How: inject.Torn}, write("answer"))
			return "request: " + request + ", " + s.seenRow(p, "p", "request") + "; answer: " + answer + ", " +
				s.seenRow(p, "p", "answer")
		}},
	{name: "from one region only", want: "from west: torn connection; from east: ok; from outside: ok",
		alone: "from west: ok; from east: ok; from outside: ok", source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			return s.during(network.Outage{From: "west", To: "east"}, func() string {
				var all []string
				for _, place := range []network.Place{"west", "east", network.Outside} {
					all = append(all, fmt.Sprintf("from %s: %s", place,
						s.ask(s.from(place).NewClient("Orders"), guard)))
				}
				return strings.Join(all, "; ")
			})
		}},
	{name: "distance: outside to east 100 ms, outside to west 200 ms, one way",
		want:  "the primary after 200 ms or more, the secondary after 400 ms or more",
		alone: "the primary sooner, the secondary sooner", source: chosenHere,
		plan: plan{distance: map[[2]network.Place]time.Duration{{network.Outside, "east"}: 100 * time.Millisecond,
			{network.Outside, "west"}: 200 * time.Millisecond}}, see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			took := func(c *aztables.Client, least time.Duration) string {
				fastest := guard
				for range 3 {
					start := time.Now()
					if got := s.ask(c, guard); got != "ok" {
						return got
					}
					fastest = min(fastest, time.Since(start))
				}
				if fastest >= least {
					return fmt.Sprintf("after %d ms or more", least.Milliseconds())
				}
				return "sooner"
			}
			return "the primary " + took(p, 200*time.Millisecond) + ", the secondary " + took(q, 400*time.Millisecond)
		}},
	{name: "the secondary's region: what the primary takes meanwhile arrives after",
		want:  "primary ok, secondary torn connection; Last Sync Time stands; then 1",
		alone: "primary ok, secondary ok; Last Sync Time goes on; then 1", source: blog, see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 0)
			s.settle()
			seen := s.during(network.Outage{Region: "west"}, func() string {
				_, err := p.UpsertEntity(s.t.Context(), entity("p", "r", value(1)), nil)
				return "primary " + said(err) + ", secondary " + s.ask(q, guard)
			})
			// The statistics cannot be asked while west is away; a cut between the regions leaves both endpoints.
			at := time.Now()
			seen += s.during(network.Outage{From: "east", To: "west"}, func() string {
				s.upsert(p, "p", "r", 1)
				beyond(at)
				if s.lastSync(georep.Table).After(at) {
					return "; Last Sync Time goes on"
				}
				return "; Last Sync Time stands"
			})
			s.settle()
			return seen + "; then " + s.seenRow(q, "p", "r")
		}},
}

var grayRules = []rule{
	{name: "slow reads", want: "after 200 ms or more", alone: "sooner", source: chosenHere, see: func(s *side) string {
		p, _ := s.made("Orders")
		s.upsert(p, "p", "r", 1)
		s.order(func() { s.fault("delay constant 200ms if operation=get-entity") })
		fastest := guard
		for range 3 {
			start := time.Now()
			s.ask(p, guard)
			fastest = min(fastest, time.Since(start))
		}
		if fastest >= 200*time.Millisecond {
			return "after 200 ms or more"
		}
		return "sooner"
	}},
	{
		name: "an error rate of one half, seeded", want: "some 500 OperationTimedOut, some ok; a second time the " +
			"same ones", alone: "all ok; a second time the same ones", source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			series := func() (all []string) {
				s.order(func() { s.fault("status 500 OperationTimedOut if operation=get-entity p=0.5") })
				for range 40 {
					all = append(all, s.ask(p, guard))
				}
				s.order(func() { s.fault() })
				return all
			}
			first, second := series(), series()
			kinds := slices.Compact(slices.Sorted(slices.Values(first)))
			seen := "all " + kinds[0]
			if len(kinds) > 1 {
				seen = "some " + strings.Join(kinds, ", some ")
			}
			if slices.Equal(first, second) {
				return seen + "; a second time the same ones"
			}
			return seen + "; a second time others"
		}},
	{name: "over the target of a partition (scaled from 2,000 to 0.2 rows a second)",
		want: "ok, 503 ServerBusy; another partition: ok", alone: "ok, ok; another partition: ok", source: targets,
		plan: plan{targets: Targets{Partition: 0.2}}, see: func(s *side) string {
			p, _ := s.made("Orders")
			add := func(pk, rk string) string {
				_, err := p.AddEntity(s.t.Context(), entity(pk, rk, value(1)), nil)
				return said(err)
			}
			return add("p", "1") + ", " + add("p", "2") + "; another partition: " + add("q", "1")
		}},
	{name: "over the target of the account (scaled from 20,000 to 2 rows a second), batches of 5",
		want: "503 ServerBusy", alone: "ok", source: targets, plan: plan{targets: Targets{Account: 2}},
		see: func(s *side) string {
			p, _ := s.made("Orders")
			for i := range 20 {
				if _, err := p.SubmitTransaction(s.t.Context(), inserts(fmt.Sprint("p", i), "1", "2", "3", "4", "5"),
					nil); err != nil {
					return said(err)
				}
			}
			return "ok"
		}},
	{name: "commit, then lose the answer of an insert: the SDK tries again",
		want: "409 EntityAlreadyExists; stored: 1; the truth stream: insert lost once, stored", alone: "ok; stored: 1",
		source: "azcore retries torn connections; Insert Entity", see: func(s *side) string {
			s.made("Orders")
			c := s.again("Orders")
			s.order(func() { s.fault("reset after commit if operation=insert times=1") })
			_, err := c.AddEntity(s.t.Context(), entity("p", "r", value(1)), nil)
			return said(err) + "; stored: " + s.seenRow(c, "p", "r") + truth(s, "insert")
		}},
	{name: "commit, then lose the answer of an upsert: the SDK tries again",
		want: "ok; stored: 1; the truth stream: upsert lost once, stored", alone: "ok; stored: 1",
		source: "azcore retries 500; Insert Or Replace Entity", see: func(s *side) string {
			s.made("Orders")
			c := s.again("Orders")
			s.order(func() { s.fault("status 500 OperationTimedOut after commit if operation=upsert times=1") })
			_, err := c.UpsertEntity(s.t.Context(), entity("p", "r", value(1)),
				&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
			return said(err) + "; stored: " + s.seenRow(c, "p", "r") + truth(s, "upsert")
		}},
	{name: "commit, then lose the answer of a batch of 100 inserts: the SDK tries again",
		want:   "202 with 409 EntityAlreadyExists; 100 rows; the truth stream: batch lost once, stored",
		alone:  "ok; 100 rows",
		source: "Performing Entity Group Transactions", see: func(s *side) string {
			p, q := s.made("Orders")
			s.order(func() { s.fault("reset after commit if operation=batch times=1") })
			var keys []string
			for i := range 100 {
				keys = append(keys, fmt.Sprintf("%03d", i))
			}
			_, err := s.again("Orders").SubmitTransaction(s.t.Context(), inserts("p", keys...), nil)
			s.settle()
			if rows, there := len(s.rows(p)), len(s.rows(q)); rows != there {
				return fmt.Sprintf("%d rows, %d at the secondary", rows, there)
			}
			return said(err) + fmt.Sprintf("; %d rows", len(s.rows(p))) + truth(s, "batch")
		}},
	{name: "lose the request of an insert instead: the SDK tries again", want: "ok; stored: 1; lost answers: 0",
		source: chosenHere, see: func(s *side) string {
			s.made("Orders")
			c := s.again("Orders")
			s.order(func() { s.fault("reset if operation=insert times=1") })
			_, err := c.AddEntity(s.t.Context(), entity("p", "r", value(1)), nil)
			return said(err) + "; stored: " + s.seenRow(c, "p", "r") +
				fmt.Sprintf("; lost answers: %d", len(s.told("lost-answer")))
		}},
	{name: "hold a request: its sender gives up, and it arrives all the same",
		want: "no answer; then 1; the truth stream: insert lost once, stored", alone: "ok; then 1",
		source: chosenHere, see: func(s *side) string {
			p, _ := s.made("Orders")
			seen := "no answer"
			if s.alone {
				_, err := p.AddEntity(s.t.Context(), entity("p", "1", value(1)), nil)
				seen = said(err)
			} else {
				s.fault("hold 1s if operation=insert times=1")
				s.impatientInsert(p, "p")
			}
			s.wait("the row is there", func() bool { return s.read(p, "p", "1") == "1" })
			s.wait("its answer is lost", func() bool { return s.alone || len(s.told("lost-answer")) > 0 })
			return seen + "; then " + s.seenRow(p, "p", "1") + truth(s, "insert")
		}},
	{name: "commit, then lose the answer of Put Message: put again", want: "torn connection, ok; 2 messages",
		alone: "ok, ok; 2 messages", source: "Put Message has no condition", see: func(s *side) string {
			jobs, _ := s.queue("jobs")
			s.order(func() { s.fault("reset after commit if operation=put-message times=1") })
			_, first := jobs.EnqueueMessage(s.t.Context(), "text", nil)
			_, second := jobs.EnqueueMessage(s.t.Context(), "text", nil)
			n := int32(32)
			peeked := must[azqueue.PeekMessagesResponse](s.t)(jobs.PeekMessages(s.t.Context(),
				&azqueue.PeekMessagesOptions{NumberOfMessages: &n}))
			return fmt.Sprintf("%s, %s; %d messages", said(first), said(second), len(peeked.Messages))
		}},
}

// truth is what the truth stream tells of the answers that were lost. Azurite alone has none.
func truth(s *side, operation string) string {
	if s.alone {
		return ""
	}
	lost := s.told("lost-answer")
	if len(lost) != 1 || lost[0].Call == nil || lost[0].Call.Operation != operation {
		return fmt.Sprintf("; the truth stream: %+v", lost)
	}
	seen := "; the truth stream: " + operation + " lost once"
	if e := lost[0].Entry; e != nil && e.Seq > 0 {
		seen += ", stored"
	}
	return seen
}
