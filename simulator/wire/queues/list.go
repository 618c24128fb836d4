package queues

import (
	"encoding/xml"
	"fmt"
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

// Prefix is that of the names that are asked for.
func (l Listing) Prefix() string { return l.prefix }

type enumeration struct {
	XMLName  xml.Name `xml:"EnumerationResults"`
	Endpoint string   `xml:"ServiceEndpoint,attr"`
	Prefix   string   `xml:",omitempty"`
	Marker   string   `xml:",omitempty"`
	Max      int      `xml:"MaxResults,omitempty"`
	Queues   []Listed `xml:"Queues>Queue"`
	Next     string   `xml:"NextMarker"`
}

// Listed is a queue in a list of them.
type Listed struct {
	Name     string
	Metadata *Inner `xml:",omitempty"`
}

// Spelled is how the names of its metadata are spelled, by small letters.
func (q Listed) Spelled() (map[string]string, error) {
	spelled := map[string]string{}
	if q.Metadata == nil {
		return spelled, nil
	}
	var names struct {
		All []struct{ XMLName xml.Name } `xml:",any"`
	}
	if err := newDecoder([]byte("<Metadata>" + q.Metadata.XML + "</Metadata>")).Decode(&names); err != nil {
		return nil, err
	}
	for _, n := range names.All {
		spelled[strings.ToLower(n.XMLName.Local)] = n.XMLName.Local
	}
	return spelled, nil
}

// ReadList reads an answer to a List Queues.
func ReadList(body []byte) ([]Listed, error) {
	var list enumeration
	if err := newDecoder(body).Decode(&list); err != nil {
		return nil, fmt.Errorf("queues: a list of queues: %w", err)
	}
	return list.Queues, nil
}

// Page is the answer to a List Queues of an account, of all its queues with the prefix, which are in the order of their
// names. Where it goes on is said in the service's form, with the account before the name of the next queue.
func (l Listing) Page(account, endpoint string, all []Listed) ([]byte, error) {
	marker := "/" + account + "/"
	from, _ := strings.CutPrefix(l.marker, marker)
	byName := func(q Listed, name string) int { return strings.Compare(q.Name, name) }
	at, _ := slices.BinarySearchFunc(all, from, byName)
	page := enumeration{Endpoint: endpoint, Prefix: l.prefix, Marker: l.marker, Queues: slices.Clone(all[at:])}
	if l.given {
		page.Max = l.max
	}
	if len(page.Queues) > l.max {
		page.Next = marker + page.Queues[l.max].Name
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
