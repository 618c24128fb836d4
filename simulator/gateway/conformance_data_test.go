package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/georep"
)

// pagedEmptyKey goes through the rows of the partition whose key is empty, as a client does that takes an empty
// header for none.
func pagedEmptyKey(s *side) string {
	p, _ := s.made("Orders")
	for i := range 3 {
		body := `{"PartitionKey":"","RowKey":"` + strconv.Itoa(i) + `"}`
		must[aztables.AddEntityResponse](s.t)(p.AddEntity(s.t.Context(), []byte(body), nil))
	}
	var seen []string
	for path := "/Orders()?$top=2"; path != ""; {
		resp, text := s.raw("GET", georep.Table, false, path, "", "Accept", "application/json;odata=nometadata")
		var page struct{ Value []struct{ RowKey string } }
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			s.t.Fatalf("%v: %s", err, text)
		}
		seen = append(seen, fmt.Sprint(len(page.Value), " rows"))
		partition, row := resp.Header.Get("X-Ms-Continuation-Nextpartitionkey"),
			resp.Header.Get("X-Ms-Continuation-Nextrowkey")
		if path = ""; partition != "" && row != "" {
			path = "/Orders()?$top=2&NextPartitionKey=" + url.QueryEscape(partition) + "&NextRowKey=" +
				url.QueryEscape(row)
		}
	}
	return strings.Join(seen, ", then ")
}

var dataRules = []rule{
	{name: "pages of the partition whose key is empty, by a client that takes an empty header for none",
		want: "2 rows, then 1 rows", alone: "2 rows", source: "Query timeout and pagination", see: pagedEmptyKey},
	{name: "a new row", want: "none, then 1", alone: "1, then 1", source: blog, see: func(s *side) string {
		p, q := s.made("Orders")
		s.stop()
		s.upsert(p, "p", "r", 1)
		first := s.seenRow(q, "p", "r")
		s.goOn()
		s.settle()
		return first + ", then " + s.seenRow(q, "p", "r")
	}},
	{name: "an update: the previous version until it arrives", want: "1, then 2", alone: "2, then 2", source: blog,
		see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			s.stop()
			s.upsert(p, "p", "r", 2)
			first := s.seenRow(q, "p", "r")
			s.goOn()
			s.settle()
			return first + ", then " + s.seenRow(q, "p", "r")
		}},
	{name: "a deleted row, until the delete arrives", want: "1, then none", alone: "none, then none", source: blog,
		see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			s.stop()
			must[aztables.DeleteEntityResponse](s.t)(p.DeleteEntity(s.t.Context(), "p", "r", nil))
			first := s.seenRow(q, "p", "r")
			s.goOn()
			s.settle()
			return first + ", then " + s.seenRow(q, "p", "r")
		}},
	{name: "order within a partition: a later write with a shorter lag", want: "never without the earlier",
		source: blog, see: func(s *side) string {
			p, q := s.made("Orders")
			partition, start := laggingWrite(s, p)
			time.Sleep(time.Until(start.Add(700 * time.Millisecond)))
			s.upsert(p, partition, "2", 2)
			for {
				if later := s.seenRow(q, partition, "2"); later != "none" {
					if s.seenRow(q, partition, "1") == "none" {
						return "without the earlier"
					}
					return "never without the earlier"
				}
			}
		}},
	{name: "order across partitions: one lags", want: "only the later write", alone: "both writes", source: blog,
		see: func(s *side) string {
			p, q := s.made("Orders")
			s.order(func() {
				s.a.SetLag(georep.Scope{Service: georep.Table, Container: "Orders", Key: "slow"},
					lag(s.t, "constant 1h"))
			})
			s.upsert(p, "slow", "1", 1)
			s.upsert(p, "fast", "1", 2)
			s.wait("the later arrives", func() bool { return s.read(q, "fast", "1") == "2" })
			if s.seenRow(q, "slow", "1") == "none" {
				return "only the later write"
			}
			return "both writes"
		}},
	{name: "a batch of 100, while it arrives", want: "0 or 100 rows", alone: "100 rows", source: blog,
		see: func(s *side) string {
			p, q := s.made("Orders")
			s.stop()
			var keys []string
			for i := range 100 {
				keys = append(keys, fmt.Sprintf("%03d", i))
			}
			s.batch(p, "p", keys...)
			counts := []string{fmt.Sprint(len(s.rows(q)))}
			s.goOn()
			s.wait("it arrives", func() bool {
				n := fmt.Sprint(len(s.rows(q)))
				if !slices.Contains(counts, n) {
					counts = append(counts, n)
				}
				return n == "100"
			})
			return strings.Join(counts, " or ") + " rows"
		}},
	{name: "Timestamp and ETag, in single reads and in queries", want: "equal", source: dataModel,
		see: func(s *side) string {
			p, q := s.made("Orders")
			written := s.upsert(p, "p", "r", 1)
			s.batch(p, "b", "1", "2")
			s.settle()
			one := must[aztables.GetEntityResponse](s.t)(p.GetEntity(s.t.Context(), "p", "r", nil))
			other := must[aztables.GetEntityResponse](s.t)(q.GetEntity(s.t.Context(), "p", "r", nil))
			if one.ETag != written || other.ETag != written {
				return fmt.Sprintf("ETag %s written, %s and %s read", written, one.ETag, other.ETag)
			}
			if diff := cmp.Diff(s.rows(p), s.rows(q)); diff != "" {
				return diff
			}
			return "equal"
		}},
	{name: "ETag in queries that do not $select the Timestamp", want: "equal, and no property more than selected",
		source: "Querying tables and entities", see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			one, other := selected(s, p, "", "n"), selected(s, q, "", "n")
			for i, row := range []map[string]any{one[0], other[0]} {
				if row["odata.etag"] == nil || len(row) != 2 {
					return fmt.Sprintf("endpoint %d: %v", i, row)
				}
			}
			if diff := cmp.Diff(one, other); diff != "" {
				return diff
			}
			return "equal, and no property more than selected"
		}},
	{name: "$filter on the Timestamp: eq, ge and lt of a row's own",
		want: "[1 1 0] on the primary, [1 1 0] on the secondary", source: "Querying tables and entities",
		see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			at := stampOf(s, p).UTC().Format("2006-01-02T15:04:05.0000000Z")
			var found [2][]int
			for i, c := range []*aztables.Client{p, q} {
				for _, is := range []string{"eq", "ge", "lt"} {
					found[i] = append(found[i], len(selected(s, c, "Timestamp "+is+" datetime'"+at+"'", "")))
				}
			}
			return fmt.Sprintf("%v on the primary, %v on the secondary", found[0], found[1])
		}},
	{name: "a row of 252 properties", want: "equal", source: dataModel, see: func(s *side) string {
		return wholeRow(s, properties(252, 8))
	}},
	{name: "a row of exactly 1 MiB", want: "equal", stock: "400 EntityTooLarge", source: dataModel,
		see: func(s *side) string {
			return wholeRow(s, rowOf(1<<20))
		}},
	{name: "a conditional write with an ETag that the secondary gave", want: "ok, then 412 UpdateConditionNotSatisfied",
		source: "Specifying conditional headers", see: func(s *side) string {
			p, q := s.made("Orders")
			s.upsert(p, "p", "r", 1)
			s.settle()
			read := must[aztables.GetEntityResponse](s.t)(q.GetEntity(s.t.Context(), "p", "r", nil))
			_, first := p.UpdateEntity(s.t.Context(), entity("p", "r", value(2)), replaceIf(read.ETag))
			_, second := p.UpdateEntity(s.t.Context(), entity("p", "r", value(3)), replaceIf(read.ETag))
			return said(first) + ", then " + said(second)
		}},
}

func selected(s *side, c *aztables.Client, filter, fields string) (rows []map[string]any) {
	s.t.Helper()
	o := &aztables.ListEntitiesOptions{}
	if filter != "" {
		o.Filter = &filter
	}
	if fields != "" {
		o.Select = &fields
	}
	full := aztables.MetadataFormatMinimal
	o.Format = &full
	page := must[aztables.ListEntitiesResponse](s.t)(c.NewListEntitiesPager(o).NextPage(s.t.Context()))
	for _, raw := range page.Entities {
		var row map[string]any
		if err := json.Unmarshal(raw, &row); err != nil {
			s.t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// properties gives a row that many of them, of that many letters.
func properties(n, letters int) map[string]any {
	row := map[string]any{}
	for i := range n {
		row[fmt.Sprintf("p%03d", i)] = strings.Repeat("x", letters)
	}
	return row
}

// rowOf gives the row p/r properties so that it has exactly that size, as "Understanding the Table service data
// model" counts: 4 bytes, the keys' letters twice, and of every property 8 bytes, its name's letters twice, and its
// value (of binary its bytes and 4).
func rowOf(size int) map[string]any {
	row := map[string]any{}
	size -= 4 + 2*len("pr")
	for i := 0; size > 0; i++ {
		name := fmt.Sprintf("x%02d", i)
		own := 8 + 2*len(name) + 4
		n := min(size-own, 60<<10)
		if rest := size - own - n; rest > 0 && rest < 64 {
			n -= 64
		}
		row[name], row[name+"@odata.type"] = base64.StdEncoding.EncodeToString(make([]byte, n)), "Edm.Binary"
		size -= own + n
	}
	return row
}

// wholeRow writes a row and compares what both endpoints give, by its keys and in a query, with what was written.
func wholeRow(s *side, row map[string]any) string {
	p, q := s.made("Wide")
	for _, write := range []func() (azcore.ETag, error){
		func() (azcore.ETag, error) {
			r, err := p.AddEntity(s.t.Context(), entity("p", "r", row), nil)
			return r.ETag, err
		},
		func() (azcore.ETag, error) {
			r, err := p.UpsertEntity(s.t.Context(), entity("p", "r", row),
				&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
			return r.ETag, err
		},
	} {
		tag, err := write()
		if err != nil {
			return said(err)
		}
		s.settle()
		if diff := cmp.Diff(s.rows(p), s.rows(q)); diff != "" {
			return diff
		}
		read := must[aztables.GetEntityResponse](s.t)(q.GetEntity(s.t.Context(), "p", "r", nil))
		var got map[string]any
		if err := json.Unmarshal(read.Value, &got); err != nil {
			return err.Error()
		}
		for name, v := range row {
			if got[name] != v {
				return "property " + name + " differs"
			}
		}
		if n := len(got) - len(row); read.ETag != tag || n != 5 { // keys, Timestamp, odata.etag and odata.metadata
			return fmt.Sprintf("%d properties more than were written, ETag %s of %s", n, read.ETag, tag)
		}
	}
	return "equal"
}

// laggingWrite writes a row while the lag is long, which it is for 600 ms from the start that it gives. On a machine
// so slow that the write took until then it tries again, in another partition.
func laggingWrite(s *side, p *aztables.Client) (partition string, start time.Time) {
	s.t.Helper()
	for try := range 50 {
		partition = "p" + strconv.Itoa(try)
		s.order(func() { s.a.SetLag(georep.Scope{}, lag(s.t, "trace 0s:1200ms 600ms:0s")) })
		start = time.Now()
		s.upsert(p, partition, "1", 1)
		if s.alone || time.Since(start) < 500*time.Millisecond {
			return partition, start
		}
	}
	s.t.Fatal("50 writes took over 500 ms each: nothing can be said of their order")
	return "", start
}
