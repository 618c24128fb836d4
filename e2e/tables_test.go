package e2e

import (
	"context"
	"encoding/json"
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
	key, err := aztables.NewSharedKeyCredential(s.account.Name, s.account.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	service, err := aztables.NewServiceClientWithSharedKey(s.server.TableURL(s.account.Name), key, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return lookout{s.t, service}
}

// journal is what a journal holds.
type journal struct {
	blocks []string // writer/number, without voids
	voids  []string
	open   []string // writers whose streams are open
	ended  []string // writers whose streams are ended and not sealed
	sealed []string
}

func (j journal) empty() bool { return len(j.blocks) == 0 && len(j.voids) == 0 }

// journal reads the journal of all months.
func (l lookout) journal() journal {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var j journal
	for _, table := range l.tables(ctx) {
		if len(table) == 7 && table[0] == 'J' && table != "Journal" {
			l.read(ctx, table, &j)
		}
	}
	return j
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
	columns := "PartitionKey,RowKey,void,ended,sealed,live"
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
