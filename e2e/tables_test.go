package e2e

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// lookout reads the stored rows past the proxy, as a customer of the account can.
type lookout struct {
	t       testing.TB
	service *aztables.ServiceClient
}

func (s *site) lookout() lookout {
	s.t.Helper()
	key, err := aztables.NewSharedKeyCredential(s.Account.Name, s.Account.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	service, err := aztables.NewServiceClientWithSharedKey(s.Server.TableURL(s.Account.Name), key, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return lookout{s.t, service}
}

// journal is what a journal holds.
type journal struct {
	blocks []string // writer/number, without voids
	voids  []string
	marks  map[string]int // by writer: every number at or below it was dropped
	open   []string       // writers whose streams are open
	ended  []string       // writers whose streams are ended and not sealed
	sealed []string
}

func (j journal) empty() bool { return len(j.blocks) == 0 && len(j.voids) == 0 }

// dropped reports whether every block lies at or below its stream's mark: nobody reads it any more.
func (j journal) dropped() bool {
	for _, b := range slices.Concat(j.blocks, j.voids) {
		writer, number, _ := strings.Cut(b, "/")
		if n, err := strconv.Atoi(number); err != nil || n > j.marks[writer] {
			return false
		}
	}
	return true
}

// ofStreams are the journal's tables of streams, of a month each, of a generation or of before there were any.
var ofStreams = regexp.MustCompile(`^(J|G[A-Z2-7]{26})[0-9]{6}$`)

// journal reads the journal of all months.
func (l lookout) journal() journal {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	j := journal{marks: map[string]int{}}
	for _, table := range l.tables(ctx) {
		if ofStreams.MatchString(table) {
			l.read(ctx, table, &j)
		}
	}
	return j
}

// drained waits until the journal holds no block.
func (l lookout) drained() time.Duration {
	l.t.Helper()
	_, took := l.wait(journal.empty)
	return took
}

// over reports whether every stream has ended and is sealed.
func (j journal) over() bool { return len(j.open)+len(j.ended) == 0 }

// wait waits until the journal is as it should be.
func (l lookout) wait(good func(journal) bool) (journal, time.Duration) {
	l.t.Helper()
	began, pause := time.Now(), 50*time.Millisecond
	for {
		j := l.journal()
		took := time.Since(began)
		if good(j) {
			return j, took
		}
		if took > time.Duration(count(100, 3600))*time.Second { // ten times what is promised; a campaign piles up more
			l.t.Fatalf("not within %s: the journal drains. Left are blocks %v, voids %v, open streams %v, streams "+
				"ended and not sealed %v",
				took, j.blocks, j.voids, j.open, j.ended)
		}
		time.Sleep(pause)
		pause = min(2*pause, time.Second)
	}
}

func (l lookout) tables(ctx context.Context) []string {
	l.t.Helper()
	var names []string
	for pager := l.service.NewListTablesPager(nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			l.t.Fatalf("list tables: %v", err)
		}
		for _, t := range page.Tables {
			names = append(names, *t.Name)
		}
	}
	return names
}

func (l lookout) read(ctx context.Context, table string, j *journal) {
	l.t.Helper()
	columns := "PartitionKey,RowKey,void,ended,sealed,mark"
	pager := l.service.NewClient(table).NewListEntitiesPager(&aztables.ListEntitiesOptions{Select: &columns})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			l.t.Fatalf("read %s: %v", table, err)
		}
		for _, entity := range page.Entities {
			var r row
			if err := json.Unmarshal(entity, &r); err != nil {
				l.t.Fatalf("row of %s: %v: %s", table, err, entity)
			}
			j.add(r)
		}
	}
}

func (j *journal) add(r row) {
	parts := strings.Split(r.RowKey, ",")
	switch {
	case len(parts) == 4 && parts[0] == "k" && parts[3] == "0":
		if r.Void {
			j.voids = append(j.voids, blockName(r.RowKey))
		} else {
			j.blocks = append(j.blocks, blockName(r.RowKey))
		}
	case len(parts) == 3 && parts[0] == "i" && parts[2] == "c":
		j.marks[parts[1]], _ = strconv.Atoi(r.Mark)
	case len(parts) == 3 && parts[0] == "i" && parts[2] == "a":
		switch {
		case r.Sealed:
			j.sealed = append(j.sealed, parts[1])
		case r.Ended:
			j.ended = append(j.ended, parts[1])
		default:
			j.open = append(j.open, parts[1])
		}
	}
}
