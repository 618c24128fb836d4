package ledger

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/wire/queues"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// sent is a request as Record wants it.
func sent(method, target string) *queues.Request {
	return queues.Parse(httptest.NewRequest(method, target, nil))
}

// stored is a message in an answer of a store.
func stored(id string, dequeues int, text string) queues.Item {
	item := queues.Item{ID: id, Inserted: queues.FormatTime(noon), Expires: queues.FormatTime(noon.Add(time.Hour)),
		Receipt: "receipt of " +
			id, Visible: queues.FormatTime(noon.Add(time.Minute))}
	if dequeues > 0 {
		item.Dequeues, item.Text = &dequeues, &queues.Inner{XML: text}
	}
	return item
}

func put(l *Ledger, region, id, text string, now time.Time) *Change {
	return l.Record(region, sent("POST", "/acc/jobs/messages"),
		&Answer{Status: 201, Items: []queues.Item{stored(id, 0, "")}},
		text, true, now)
}

func get(l *Ledger, region string, items ...queues.Item) ([]queues.Item, *Change) {
	a := &Answer{Status: 200, Items: items}
	c := l.Record(region, sent("GET", "/acc/jobs/messages"), a, "", false, noon)
	return a.Items, c
}

func TestRecordCountsOnFromTheOtherRegion(t *testing.T) {
	l := NewLedger(1 << 20)
	put(l, "east", "m", "text", noon)
	_, c := get(l, "east", stored("m", 3, "text"))
	if c.Messages[0].Dequeues != 3 {
		t.Fatalf("change %+v", c)
	}
	// As Apply leaves it at the other region: another id, and a store that has not counted yet.
	l.keep(l.at("west", "jobs"), &kept{Message: c.Messages[0], local: "w"}, noon)
	items, c := get(l, "west", stored("w", 2, "text"))
	if got := items[0]; got.ID != "m" || *got.Dequeues != 5 || got.Receipt != "receipt of w" {
		t.Errorf("received %+v, %d times", got, *got.Dequeues)
	}
	want := Message{ID: "m", Inserted: noon, Expires: noon.Add(time.Hour), Visible: noon.Add(time.Minute + time.Second),
		Dequeues: 5, Text: "text"}
	if diff := cmp.Diff([]Message{want}, c.Messages); diff != "" {
		t.Errorf("change: want -, got +:\n%s", diff)
	}
	two := 2
	shown := l.Peeked("west", "jobs", []queues.Item{{ID: "w", Dequeues: &two}, {ID: "x"}}, noon)
	if len(shown) != 2 || shown[0].ID != "m" || *shown[0].Dequeues != 5 || shown[1].ID != "x" {
		t.Errorf("peeked %+v", shown)
	}
	if got := l.Local("west", "jobs", "m"); got != "w" {
		t.Errorf("m is %q in west, want w", got)
	}
	if got := l.Local("west", "jobs", "w"); got != "w" {
		t.Errorf("an id that is not known became %q", got)
	}
}

func TestPeekedHidesWhatExpiredOrIsDoubtful(t *testing.T) {
	l := NewLedger(1 << 20)
	put(l, "east", "m", "text", noon)
	if got := l.Peeked("east", "jobs", []queues.Item{{ID: "m"}}, noon.Add(time.Hour)); len(got) != 1 {
		t.Errorf("in the second in which it expires: %+v", got)
	}
	if got := l.Peeked("east", "jobs", []queues.Item{{ID: "m"}}, noon.Add(time.Hour+time.Second)); len(got) != 0 {
		t.Errorf("expired: %+v", got)
	}
	l.Doubt("east", "jobs")
	if got := l.Peeked("east", "jobs", []queues.Item{{ID: "m"}, {ID: "unknown"}}, noon); len(got) != 1 ||
		got[0].ID != "m" {
		t.Errorf("in doubt: %+v", got)
	}
}

func TestRecordGivesWhatIsToBeRepeated(t *testing.T) {
	l := NewLedger(1 << 20)
	ok := func(method, target string, status int, h http.Header, text string) *Change {
		q := sent(method, target)
		if h == nil {
			h = http.Header{}
		}
		return l.Record("east", q, &Answer{Status: status, Header: h}, text, text != "", noon)
	}
	if c := ok("PUT", "/acc/jobs", 204, nil, ""); c == nil || c.Kind != "queue-metadata" {
		t.Errorf("a queue that was there before the ledger: %+v", c)
	}
	if c := ok("PUT", "/acc/jobs", 204, nil, ""); c != nil {
		t.Errorf("a queue that was there: %+v", c)
	}
	if c := ok("PUT", "/acc/jobs", 409, nil, ""); c != nil {
		t.Errorf("refused: %+v", c)
	}
	put(l, "east", "m", "text", noon)
	updated := http.Header{"X-Ms-Popreceipt": {"new"}, "X-Ms-Time-Next-Visible": {queues.FormatTime(noon)}}
	if c := ok("PUT", "/acc/jobs/messages/m?popreceipt=a&visibilitytimeout=0", 204, updated, ""); c == nil ||
		c.Messages[0].Text != "text" || !c.Messages[0].Visible.Equal(noon) {
		t.Errorf("an update without a text: %+v", c)
	}
	if c := ok("PUT", "/acc/jobs/messages/m?popreceipt=a&visibilitytimeout=9", 204, updated, "new"); c == nil ||
		c.Messages[0].Text != "new" || !c.Messages[0].Visible.Equal(noon.Add(time.Second)) {
		t.Errorf("an update: %+v", c)
	}
	if c := ok("PUT", "/acc/jobs/messages/none?popreceipt=a&visibilitytimeout=0", 204, updated, "new"); c != nil {
		t.Errorf("an update of what is not known: %+v", c)
	}
	if c := ok("GET", "/acc/jobs/messages", 200, nil, ""); c != nil {
		t.Errorf("nothing received: %+v", c)
	}
	gone := http.Header{"X-Ms-Error-Code": {"MessageNotFound"}}
	if c := ok("DELETE", "/acc/jobs/messages/m?popreceipt=a", 404, gone, ""); c == nil || c.Keys()[0] != "m" {
		t.Errorf("a message that the store has not: %+v", c)
	}
	if c := ok("DELETE", "/acc/jobs/messages/m?popreceipt=a", 404, gone, ""); c != nil {
		t.Errorf("again: %+v", c)
	}
	if c := ok("DELETE", "/acc/jobs", 204, nil, ""); c == nil || c.Keys()[0] != "jobs" || l.Has("east", "jobs") {
		t.Errorf("the queue deleted: %+v", c)
	}
}

func TestTextsAreBounded(t *testing.T) {
	l := NewLedger(1000)
	text := strings.Repeat("x", 100)
	for i := range 4 {
		put(l, "east", string(rune('a'+i)), text, noon)
	}
	if l.Full(noon, 300) || !l.Full(noon, 301) {
		t.Errorf("with %d of 1000 bytes: 300 full %v, 301 full %v", l.texts, l.Full(noon, 300), l.Full(noon, 301))
	}
	if l.Full(noon.Add(2*time.Hour), 500) || l.texts != 0 {
		t.Errorf("%d bytes after everything has expired", l.texts)
	}
	put(l, "east", "a", text, noon)
	put(l, "east", "a", text+text, noon)
	if l.texts != 200 {
		t.Errorf("%d bytes, want 200: one message in the place of another", l.texts)
	}
	l.Forget("east")
	if l.texts != 0 || l.Has("east", "jobs") {
		t.Errorf("forgotten, and still %d bytes", l.texts)
	}
}

func TestHiddenAndLeft(t *testing.T) {
	at := func(visible, expires time.Duration) Message {
		return Message{Visible: noon.Add(visible), Expires: noon.Add(expires)}
	}
	for _, c := range []struct {
		m            Message
		hidden, left int
	}{
		{at(-time.Second, time.Hour), 0, 3601},
		{at(1500*time.Millisecond, 10*time.Second), 2, 11},
		// longer hidden than it lives: the service wants it the other way round
		{at(time.Hour, time.Second), 3600, 3601},
		{at(30*24*time.Hour, 60*24*time.Hour), queues.SevenDays, 60*24*3600 + 1},
		{Message{Visible: noon, Expires: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}, 0, -1},
	} {
		if h := c.m.hidden(noon); h != c.hidden || c.m.left(noon, h) != c.left {
			t.Errorf("%+v: hidden %d, left %d, want %d, %d", c.m, h, c.m.left(noon, h), c.hidden, c.left)
		}
	}
}

// TestRecordTakesTheTextUp: what a Get shows holds, should an Update have been done whose answer was lost. A text
// that only stands differently in its XML stays as its client wrote it.
func TestRecordTakesTheTextUp(t *testing.T) {
	l := NewLedger(1 << 20)
	put(l, "east", "m", "a &#62; b", noon)
	for _, c := range []struct{ shown, want string }{{"a &gt; b", "a &#62; b"},
		{"longer than before", "longer than before"}, {"", ""}} {
		if _, change := get(l, "east", stored("m", 1, c.shown)); change.Messages[0].Text != c.want ||
			l.texts != len(c.want) {
			t.Errorf("%q was shown: the ledger has %q, and %d bytes", c.shown, change.Messages[0].Text, l.texts)
		}
	}
}

// TestLatest: only the last receipt of a message that is known, and none after a Get whose answer was lost.
func TestLatest(t *testing.T) {
	l := NewLedger(1 << 20)
	update := func(id, receipt string) *queues.Request {
		return sent("PUT", "/acc/jobs/messages/"+id+"?visibilitytimeout=0&popreceipt="+url.QueryEscape(receipt))
	}
	latest := update("m", "receipt of m")
	if l.Latest("east", latest) {
		t.Error("of a queue that is not known")
	}
	put(l, "east", "m", "text", noon)
	if !l.Latest("east", latest) || l.Latest("east", update("m", "another")) ||
		l.Latest("east", update("x", "receipt of m")) || l.Latest("west", latest) {
		t.Error("another receipt, message or region is the latest, or the latest is not")
	}
	l.Void("east", "jobs")
	if l.Latest("east", latest) || l.Latest("east", update("m", "")) {
		t.Error("after a Get whose answer was lost")
	}
}
