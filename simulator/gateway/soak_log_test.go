package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/check"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/wire/odata"
)

// place is a partition of a table, as clients name it.
type place struct{ table, pk string }

// diary is the history of a run: what clients did and saw, and the truth stream.
type diary struct {
	mu   sync.Mutex
	h    history.History
	done map[history.Kind]int // calls that were done
}

// did is how many calls of a kind were done.
func (d *diary) did(k history.Kind) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done[k]
}

func (d *diary) begin(process string, c history.Call) *history.Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.h.Begin(time.Now(), history.Op{Process: process, Call: c})
}

func (d *diary) end(op *history.Op, o history.Outcome, a history.Answer, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.h.End(time.Now(), op, o, a, why)
	if o == history.Done {
		if d.done == nil {
			d.done = map[history.Kind]int{}
		}
		d.done[op.Call.Kind]++
	}
}

func (d *diary) enter(phase string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.h.Enter(time.Now(), phase)
}

// hear notes an event in the form in which it leaves the program.
func (d *diary) hear(e Event) {
	told, err := toldAs(e)
	if err != nil {
		panic(err) // TestEventsAreTruth
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.h.Tell(time.Now(), told)
}

func toldAs(e Event) (told history.Event, err error) {
	text, err := json.Marshal(e)
	if err != nil {
		return told, err
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	return told, strict.Decode(&told)
}

// TestEventsAreTruth: the JSON of an event is that of a history.
func TestEventsAreTruth(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	e := Event{At: at, Account: "geo", Kind: "commit", Status: 204, Text: "x", Entry: &georep.Entry{Seq: 7, At: at,
		Due: at, Rows: 2, Bytes: 9, Partition: georep.Partition{Service: georep.Table, Container: "ships", Key: "p",
			Whole: true}}}
	got, err := toldAs(e)
	want := history.Event{At: at, Account: "geo", Kind: "commit", Status: 204, Text: "x", Entry: &history.Entry{Seq: 7,
		At: at, Due: at, Rows: 2, Bytes: 9, Partition: history.Partition{Service: "table", Container: "ships", Key: "p",
			Whole: true}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// verdicts judges the history. A caller that was cut off may have gone a moment before its write was stamped.
func (d *diary) verdicts() []check.Verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	return check.All(&d.h, check.Options{Slack: 200 * time.Millisecond, Patience: time.Minute})
}

// keep writes the history of a test that failed where it can be judged again.
func (d *diary) keep(t *testing.T) {
	if !t.Failed() {
		return
	}
	file, err := os.CreateTemp("", "tidemark-history-*.jsonl")
	if err != nil {
		t.Log(err)
		return
	}
	defer file.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	t.Logf("judge the history again: TIDEMARK_HISTORY=%s go test ./simulator/check -run TestCorpus (%v)", file.Name(),
		d.h.Save(file))
}

// count is how many operations of a kind ended so.
func (d *diary) count(k history.Kind, o history.Outcome) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, op := range d.h.Ops {
		if op.Call.Kind == k && op.Outcome == o {
			n++
		}
	}
	return n
}

// plainTypes need no annotation: JSON has them.
var plainTypes = []any{"Edm.String", "Edm.Int32", "Edm.Double", "Edm.Boolean"}

// parseRow takes a row apart as a client got it; stored is as a store has it, with its carrier. A Timestamp that the
// ETag does not belong to is an error.
func parseRow(raw []byte, stored bool) (row history.Row, err error) {
	row.Fields = map[string]any{}
	if err = json.NewDecoder(bytes.NewReader(raw)).Decode(&row.Fields); err != nil {
		return row, err
	}
	take := func(name string) string {
		text, _ := row.Fields[name].(string)
		delete(row.Fields, name)
		return text
	}
	pk := take("PartitionKey")
	row.Key = take("RowKey")
	stamp, etag, carrier := take("Timestamp"), take("odata.etag"), take(odata.Carrier)
	if stored {
		stamp, etag = carrier, ""
	} else if carrier != "" {
		return row, fmt.Errorf("row %s/%s shows its carrier", pk, row.Key)
	}
	if row.Stamp, err = odata.ParseStampText(stamp); err != nil {
		return row, err
	}
	if etag != "" && etag != odata.ETag(row.Stamp) {
		return row, fmt.Errorf("row %s/%s has Timestamp %s and ETag %s", pk, row.Key, stamp, etag)
	}
	for name, value := range row.Fields {
		if strings.HasPrefix(name, "odata.") || strings.HasSuffix(name, "@odata.type") &&
			slices.Contains(plainTypes, value) || name == "Timestamp@odata.type" {
			delete(row.Fields, name)
		}
	}
	return row, nil
}
