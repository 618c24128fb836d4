package ledger

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/wire/queues"
)

const made = `<?xml version="1.0"?><EnumerationResults ServiceEndpoint="http://127.0.0.1:1/acc"><Queues>` +
	`<Queue><Name>c</Name><Metadata><One>1 &amp; 2</One></Metadata></Queue><Queue><Name>a</Name><Metadata/></Queue>` +
	`<Queue><Name>d</Name></Queue><Queue><Name>b</Name></Queue></Queues><NextMarker/></EnumerationResults>`

// TestPagesOfQueues goes through a list by pages of every size, as a client does.
func TestPagesOfQueues(t *testing.T) {
	s := &Store{Base: "http://store", Account: "acc", Sign: func(*http.Request) {},
		Do: func(r *http.Request) (*http.Response, error) {
			if q := r.URL.Query(); q.Get("comp") != "list" || q.Has("marker") {
				t.Errorf("asked for %s", r.URL)
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(made))}, nil
		}}
	for _, query := range []string{"", "&maxresults=1", "&maxresults=2", "&maxresults=3&include=metadata",
		"&maxresults=4", "&maxresults=9"} {
		var got []string
		for marker := ""; ; {
			q := queues.Parse(httptest.NewRequest("GET", "/acc?comp=list"+query+"&marker="+marker, nil))
			body, err := s.Page(t.Context(), q.Listing(), "http://host:2/acc&b")
			if err != nil {
				t.Fatal(err)
			}
			var page struct {
				Endpoint string `xml:"ServiceEndpoint,attr"`
				Marker   string
				Queues   []queues.Listed `xml:"Queues>Queue"`
				Next     string          `xml:"NextMarker"`
			}
			if err := xml.Unmarshal(body, &page); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if page.Endpoint != "http://host:2/acc&b" || page.Marker != marker {
				t.Errorf("%s: %s", query, body)
			}
			for _, listed := range page.Queues {
				got = append(got, listed.Name)
				if has := listed.Metadata != nil && strings.Contains(listed.Metadata.XML,
					"1 &amp; 2"); has != (listed.Name == "c" && strings.Contains(query, "metadata")) {
					t.Errorf("%s: the metadata of %s: %s", query, listed.Name, body)
				}
			}
			if marker = page.Next; marker == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"a", "b", "c", "d"}, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	if names, err := s.List(t.Context()); err != nil || !slices.Equal(names, []string{"a", "b", "c", "d"}) {
		t.Errorf("%v, %v", names, err)
	}
}
