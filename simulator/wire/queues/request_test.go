package queues

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/simulator/inject"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		method, target string
		kind           string
		queue, message string
		secondary      bool
		write          bool
	}{
		{"GET", "/acc?comp=list", inject.ListQueues, "", "", false, false},
		{"GET", "/acc-secondary/?restype=service&comp=stats", inject.Stats, "", "", true, false},
		{"GET", "/acc/?restype=service&comp=properties", inject.Properties, "", "", false, false},
		{"PUT", "/acc/?restype=service&comp=properties", inject.Properties, "", "", false, true},
		{"PUT", "/acc/jobs", inject.CreateQueue, "jobs", "", false, true},
		{"PUT", "/acc/jobs/", inject.CreateQueue, "jobs", "", false, true},
		{"DELETE", "/acc/jobs", inject.DeleteQueue, "jobs", "", false, true},
		{"HEAD", "/acc/jobs?comp=metadata", inject.QueueMetadata, "jobs", "", false, false},
		{"PUT", "/acc/jobs?comp=metadata", inject.QueueMetadata, "jobs", "", false, true},
		{"GET", "/acc/jobs?comp=acl", inject.ACL, "jobs", "", false, false},
		{"PUT", "/acc/jobs?comp=acl", inject.ACL, "jobs", "", false, true},
		{"POST", "/acc/jobs/messages", inject.PutMessage, "jobs", "", false, true},
		{"GET", "/acc/jobs/messages", inject.GetMessages, "jobs", "", false, true},
		{"GET", "/acc-secondary/jobs/messages?peekonly=true", inject.PeekMessages, "jobs", "", true, false},
		{"GET", "/acc/jobs/messages?peekonly=TRUE", inject.GetMessages, "jobs", "", false, true},
		{"DELETE", "/acc/jobs/messages", inject.ClearMessages, "jobs", "", false, true},
		{"PUT", "/acc/jobs/messages/id?popreceipt=a&visibilitytimeout=1", inject.UpdateMessage, "jobs", "id", false,
			true},
		{"DELETE", "/acc/jobs/messages/id?popreceipt=a", inject.DeleteMessage, "jobs", "id", false, true},
		{"OPTIONS", "/acc/jobs", inject.Other, "", "", false, false},
		{"PATCH", "/acc/jobs", inject.Other, "jobs", "", false, true},
		{"GET", "/acc/jobs/other", inject.Other, "jobs", "", false, false},
	} {
		q := Parse(httptest.NewRequest(c.method, c.target, nil))
		if q.Kind != c.kind || q.Queue != c.queue && c.kind != inject.Other || q.Message != c.message ||
			q.Secondary != c.secondary || q.Write != c.write || q.Account != "acc" {
			t.Errorf("%s %s: %+v", c.method, c.target, q)
		}
	}
}

func TestCheckLetsPass(t *testing.T) {
	for _, c := range []struct{ method, target string }{
		{"PUT", "/acc/a-1"}, {"POST", "/acc/jobs/messages?messagettl=-1&visibilitytimeout=604800"},
		{"POST", "/acc/jobs/messages?messagettl=1"},
		{"GET", "/acc/jobs/messages?numofmessages=32&visibilitytimeout=604800"},
		{"GET", "/acc/jobs/messages?peekonly=true&numofmessages=1"},
		{"PUT", "/acc/jobs/messages/id?popreceipt=&visibilitytimeout=0"},
		{"DELETE", "/acc/jobs/messages/id?popreceipt=x"}, {"GET", "/acc?comp=list&maxresults=5000"},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Header.Set("x-ms-meta-Grüße_1", "x")
		if refusal := Parse(r).Check(); refusal != nil {
			t.Errorf("%s %s: %+v", c.method, c.target, refusal)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		body, want string
		present    bool
		wrong      bool
	}{
		{"", "", false, false},
		{" \r\n", "", false, false},
		{"<QueueMessage><MessageText>a &amp; b&#xD;\r\n</MessageText></QueueMessage>", "a &amp; b&#xD;\r\n", true,
			false},
		{
			"<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<QueueMessage>\n " +
				"<messagetext>é</messagetext>\n</QueueMessage>\n", "é", true, false},
		{"<QueueMessage><MessageText/></QueueMessage>", "", true, false},
		{"<QueueMessage><MessageText><![CDATA[<x>]]></MessageText></QueueMessage>", "<![CDATA[<x>]]>", true, false},
		{"<QueueMessage><Other>a</Other><MessageText>b</MessageText></QueueMessage>", "b", true, false},
		{"<QueueMessage><MessageText>a<b/></MessageText></QueueMessage>", "", false, true},
		{"<QueueMessage><MessageText>&#x1;</MessageText></QueueMessage>", "", false, true},
		{"<QueueMessage><MessageText>a</MessageText>", "", false, true},
		{"<QueueMessage><MessageText>a", "", false, true},
		{"<QueueMessage></QueueMessage>", "", false, true},
		{"{}", "", false, true},
	} {
		text, present, err := Text([]byte(c.body))
		if text != c.want || present != c.present || (err != nil) != c.wrong {
			t.Errorf("%q: %q, %v, %v", c.body, text, present, err)
		}
	}
}

// FuzzText: what is taken for a text is one when it is put into another body.
func FuzzText(f *testing.F) {
	f.Add([]byte("<QueueMessage><MessageText>a &amp; b</MessageText></QueueMessage>"))
	f.Add([]byte("<a><MessageText><![CDATA[]]]]></MessageText></a>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		text, present, err := Text(body)
		if err != nil || !present {
			return
		}
		again, present, err := Text(MessageBody(text))
		if again != text || !present || err != nil {
			t.Errorf("%q: %q, again %q, %v, %v", body, text, again, present, err)
		}
	})
}

func TestItemsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			item := Item{ID: rapid.StringMatching(`[0-9a-f-]{1,36}`).Draw(t, "id"),
				Inserted: "Mon, 23 Nov 2026 09:41:22 GMT",
				Expires:  "Fri, 31 Dec 9999 23:59:59 GMT",
				Receipt:  rapid.StringMatching(`[A-Za-z0-9+/=]{0,20}`).Draw(t, "receipt")}
			if rapid.Bool().Draw(t, "got") {
				n := rapid.IntRange(0, 1000).Draw(t, "dequeues")
				item.Dequeues, item.Text = &n, &Inner{rapid.SampledFrom([]string{"", " ", "a", "&lt;", "a&#xD;\n",
					"é&amp;b"}).Draw(t, "text")}
			}
			items = append(items, item)
		}
		body, err := WriteItems(items)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadItems(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(items, got); diff != "" {
			t.Fatalf("%s: want -, got +:\n%s", body, diff)
		}
	})
}

func TestMetadata(t *testing.T) {
	r := httptest.NewRequest("PUT", "/acc/jobs", nil)
	r.Header = http.Header{"X-Ms-Meta-One": {"1"}, "X-Ms-Meta-Twothree": {"2"}, "X-Ms-Version": {"3"}}
	q := Parse(r)
	if diff := cmp.Diff(map[string]string{"one": "1", "twothree": "2"}, q.Metadata()); diff != "" || q.Check() != nil {
		t.Errorf("%s %v", diff, q.Check())
	}
	r.Header["X-Ms-Meta-One"] = []string{"1", "1"}
	if refusal := Parse(r).Check(); refusal == nil || refusal.Status != http.StatusBadRequest {
		t.Errorf("a name twice: %v", refusal)
	}
	to := http.Header{"X-Ms-Meta-Twothree": {"2"}, "Date": {"now"}}
	Spell(to, http.Header{"X-Ms-Meta-Twothree": {"2"}, "X-Ms-Meta-New": {"n"}},
		map[string]string{"twothree": "twoThree"})
	want := http.Header{"x-ms-meta-twoThree": {"2"}, "x-ms-meta-new": {"n"}, "Date": {"now"}}
	if diff := cmp.Diff(want, to); diff != "" {
		t.Error(diff)
	}
}
