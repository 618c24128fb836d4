package gateway

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/wire/tables"
)

const pagination = "Query timeout and pagination"

// pageRules are about pages of queries of entities: clients have to take every one.
var pageRules = []rule{
	{name: "pages of six rows in three partitions, where that is asked for", want: "1 2 3", alone: "6",
		source: pagination + ": where a partition ends", see: paged(nil), plan: plan{pages: tables.PagesBorders}},
	{name: "the same at the secondary, with a filter, and no key in $select", want: "1 2 2", alone: "5",
		source: pagination + ": where a partition ends", see: pagedElsewhere, plan: plan{pages: tables.PagesBorders}},
	{name: "pages of two at most ($top) that come empty, where that is asked for", want: "0 2 0 2 0 2", alone: "2 2 2",
		source: pagination + ": a page may have no row", see: paged(&aztables.ListEntitiesOptions{Top: top(2)}),
		plan: plan{pages: tables.PagesEmpty}},
	{name: "the same in a local account", want: "0 2 0 2 0 2", alone: "2 2 2",
		source: pagination + ": a page may have no row", see: paged(&aztables.ListEntitiesOptions{Top: top(2)}),
		plan: plan{pages: tables.PagesEmpty, local: true}},
	{name: "a table without rows, where pages come empty", want: "0", source: pagination,
		see: func(s *side) string {
			p, _ := s.made("Orders")
			return pagesOf(s, p, nil)
		}, plan: plan{pages: tables.PagesEmpty}},
	{name: "pages of one row to ten, where that is asked for: 60 rows, in more than six pages or not",
		want:  "60 rows, more",
		alone: "60 rows, not", source: "chosen here", see: pagedShort, plan: plan{pages: tables.PagesShort}},
	{name: "pages that are drawn, at both endpoints: every row once, in as many pages at both",
		want:   "6 rows, 6 rows, equal",
		source: "chosen here", see: pagedDrawn, plan: plan{pages: tables.PagesDrawn}},
}

func top(n int32) *int32 { return &n }

// six makes a table of three partitions, of one, two and three rows.
func six(s *side) (primary, secondary *aztables.Client) {
	p, q := s.made("Orders")
	for i, rows := range []int{1, 2, 3} {
		for n := range rows {
			s.upsert(p, fmt.Sprintf("it's %d", i), fmt.Sprintf("r%d", n), 10*i+n)
		}
	}
	s.settle()
	return p, q
}

// paged is how many rows the pages of a query have.
func paged(o *aztables.ListEntitiesOptions) func(*side) string {
	return func(s *side) string {
		p, _ := six(s)
		return pagesOf(s, p, o)
	}
}

// pagesOf is how many rows the pages of a query have; a row that comes twice, or that has a key that was not asked for,
// is told.
func pagesOf(s *side, c *aztables.Client, o *aztables.ListEntitiesOptions) string {
	s.t.Helper()
	var pages []string
	seen := map[string]bool{}
	for pager := c.NewListEntitiesPager(o); pager.More() && len(pages) < 100; {
		page := must[aztables.ListEntitiesResponse](s.t)(pager.NextPage(s.t.Context()))
		pages = append(pages, fmt.Sprint(len(page.Entities)))
		for _, e := range page.Entities {
			var row map[string]any
			if err := json.Unmarshal(e, &row); err != nil {
				s.t.Fatalf("%s: %v", e, err)
			}
			if o != nil && o.Select != nil && (row["PartitionKey"] != nil || row["RowKey"] != nil) || seen[string(e)] {
				return fmt.Sprintf("again, or with keys: %s", e)
			}
			seen[string(e)] = true
		}
	}
	return strings.Join(pages, " ")
}

// pagedElsewhere asks the secondary for the values alone of all rows but one.
func pagedElsewhere(s *side) string {
	_, q := six(s)
	filter, names := "RowKey ne 'r2'", "n"
	return pagesOf(s, q, &aztables.ListEntitiesOptions{Filter: &filter, Select: &names})
}

// pagedShort asks for 60 rows of one partition.
func pagedShort(s *side) string {
	p, _ := s.made("Orders")
	for n := range 60 {
		s.upsert(p, "p", fmt.Sprintf("r%02d", n), n)
	}
	pages := strings.Fields(pagesOf(s, p, nil))
	rows := 0
	for _, n := range pages {
		var of int
		_, _ = fmt.Sscan(n, &of)
		rows += of
	}
	return fmt.Sprintf("%d rows, %s", rows, map[bool]string{true: "more", false: "not"}[len(pages) > 6])
}

// pagedDrawn asks both endpoints, by pages of one at most.
func pagedDrawn(s *side) string {
	p, q := six(s)
	one := &aztables.ListEntitiesOptions{Top: top(1)}
	here, there := pagesOf(s, p, one), pagesOf(s, q, one)
	equal := map[bool]string{true: "equal", false: here + " and " + there}[here == there]
	return fmt.Sprintf("%d rows, %d rows, %s", strings.Count(here, "1"), strings.Count(there, "1"), equal)
}
