package queues

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxListed is the most queues of a page ("List Queues").
const maxListed = 5000

// Listing is what a List Queues asks for.
type Listing struct {
	prefix, marker string
	max            int
	given          bool // max was
	metadata       bool
}

// Listing reads what the request asks for; Check has held its numbers.
func (q *Request) Listing() Listing {
	l := Listing{prefix: q.query.Get("prefix"), marker: q.query.Get("marker"), max: maxListed}
	if n, err := strconv.Atoi(q.query.Get("maxresults")); err == nil && n > 0 {
		l.max, l.given = min(n, maxListed), true
	}
	for what := range strings.SplitSeq(q.query.Get("include"), ",") {
		l.metadata = l.metadata || strings.EqualFold(strings.TrimSpace(what), "metadata")
	}
	return l
}

type enumeration struct {
	XMLName  xml.Name `xml:"EnumerationResults"`
	Endpoint string   `xml:"ServiceEndpoint,attr"`
	Prefix   string   `xml:",omitempty"`
	Marker   string   `xml:",omitempty"`
	Max      int      `xml:"MaxResults,omitempty"`
	Queues   []listed `xml:"Queues>Queue"`
	Next     string   `xml:"NextMarker"`
}

type listed struct {
	Name     string
	Metadata *inner `xml:",omitempty"`
}

// markerOf is where a page goes on: in the service's form, with the account before the name of the next queue.
func (s *Store) markerOf(queue string) string { return "/" + s.Account + "/" + queue }

// Page is the answer to a List Queues, by names. Azurite's own pages go by the order in which queues were made, and
// give
// the first page again and again where that is not the order of the names.
func (s *Store) Page(ctx context.Context, l Listing, endpoint string) ([]byte, error) {
	all, err := s.all(ctx, l.prefix)
	if err != nil {
		return nil, err
	}
	from, _ := strings.CutPrefix(l.marker, s.markerOf(""))
	at, _ := slices.BinarySearchFunc(all, from, func(q listed,
		name string) int {
		return strings.Compare(q.Name, name)
	})
	page := enumeration{Endpoint: endpoint, Prefix: l.prefix, Marker: l.marker, Queues: all[at:]}
	if l.given {
		page.Max = l.max
	}
	if len(page.Queues) > l.max {
		page.Next = s.markerOf(page.Queues[l.max].Name)
		page.Queues = page.Queues[:l.max]
	}
	if !l.metadata {
		for i := range page.Queues {
			page.Queues[i].Metadata = nil
		}
	}
	body, err := xml.Marshal(page)
	if err != nil {
		return nil, fmt.Errorf("queues: a list of queues: %w", err)
	}
	return append([]byte(xml.Header), body...), nil
}

// all are the account's queues with a prefix, by name.
func (s *Store) all(ctx context.Context, prefix string) ([]listed, error) {
	query := url.Values{"comp": {"list"}, "include": {"metadata"}, "maxresults": {"2147483647"}}
	if prefix != "" {
		query.Set("prefix", prefix)
	}
	_, body, err := s.call(ctx, http.MethodGet, "", query, nil, nil)
	if err != nil {
		return nil, err
	}
	var list enumeration
	if err := newDecoder(body).Decode(&list); err != nil {
		return nil, fmt.Errorf("queues: a list of queues: %w", err)
	}
	slices.SortFunc(list.Queues, func(a, b listed) int { return strings.Compare(a.Name, b.Name) })
	return list.Queues, nil
}

// List names the account's queues.
func (s *Store) List(ctx context.Context) ([]string, error) {
	all, err := s.all(ctx, "")
	names := make([]string, len(all))
	for i, q := range all {
		names[i] = q.Name
	}
	return names, err
}
