package compose

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/domain/fault"
	"tidemark/domain/loss"
)

// TestAJournalIsEmptiedUnderNodes deletes every table of the west's journal while nodes of both regions run, as when
// its account was deleted and made again. Nothing is both any more, everything is answered, and no node makes a table
// there, until an operator has retired what is gone and a new journal has joined.
func TestAJournalIsEmptiedUnderNodes(t *testing.T) {
	r := inRegions(t)
	east, west := r.node("east"), r.node("west")
	_, err := Initialise(t.Context(), east)
	r.must(err)
	e, w := r.runs(east), r.runs(west)
	r.both(e, 1, "east", "west")
	r.both(w, 2, "west", "east")
	tables := r.tablesOf("west")
	before := tables(true)
	if !slices.ContainsFunc(before, func(name string) bool { return strings.HasPrefix(name, "G") }) ||
		slices.ContainsFunc(before, func(name string) bool { return strings.HasPrefix(name, "J20") }) {
		t.Errorf("the tables of the west were %v", before)
	}
	for i, n := range []*Node{e, w} {
		comes(t, "a write is one, in the east", func() (any, bool) {
			code, said := r.write(n, "", 3+i)
			if code == http.StatusOK && slices.Contains(said.Regions, "west") {
				t.Fatalf("acknowledged by a journal that is gone: %+v", said.Acknowledgement)
			}
			return said, code == http.StatusOK && said.Durability == "one"
		})
		if code, said := r.write(n, "both", 9); code != http.StatusServiceUnavailable {
			t.Errorf("both, while a journal is gone: %d %+v", code, said)
		}
		comes(t, "everything is answered", func() (any, bool) {
			got, h, text := r.reads(n)
			return text, got >= 3+i && h.Get("Tidemark-Region") == "east"
		})
	}
	if _, err := Initialise(t.Context(), east); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(err.Error(), "run `tidemark retire` first") {
		t.Errorf("init while it is gone: %v", err)
	}
	r.ends(e)
	r.ends(w)
	if left := tables(false); len(left) > 0 {
		t.Errorf("in the account that was emptied somebody made %v", left)
	}
	comes(t, "nobody has written for a while", func() (any, bool) {
		_, err := Retirement{}.Run(t.Context(), east, func(loss.Certificate) error { return nil })
		return err, err == nil
	})
	place, err := Initialise(t.Context(), west)
	r.must(err)
	if place.Region != "west" || len(place.Retired) != 1 {
		t.Errorf("the new journal is %+v", place)
	}
	for i, cfg := range []Config{east, west} {
		n := start(t, cfg)
		r.both(n, 20+i, cfg.Node.Region, cfg.Storage.PeerRegion)
		comes(t, "everything is answered", func() (any, bool) {
			got, h, text := r.reads(n)
			return text, got >= 5+i && h.Get("Tidemark-Region") == cfg.Node.Region
		})
	}
}

// tablesOf gives what lists the tables of a region's journal, and deletes them if it is told to.
func (r *regions) tablesOf(region string) func(deleted bool) []string {
	r.Helper()
	at := r.east
	if region == "west" {
		at = r.west
	}
	account := at.Accounts()[0]
	key, err := aztables.NewSharedKeyCredential(account.Name, account.Key)
	r.must(err)
	service, err := aztables.NewServiceClientWithSharedKey(at.TableURL(account.Name), key, nil)
	r.must(err)
	return func(deleted bool) (names []string) {
		for all := service.NewListTablesPager(nil); all.More(); {
			page, err := all.NextPage(r.Context())
			r.must(err)
			for _, table := range page.Tables {
				names = append(names, *table.Name)
				if deleted {
					_, err := service.DeleteTable(r.Context(), *table.Name, nil)
					r.must(err)
				}
			}
		}
		return names
	}
}
