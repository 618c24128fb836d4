package tables_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/wire/odata"
)

// after is the n-th stamp of a stand.
func after(n int) time.Time { return epoch.Add(time.Duration(n) * 100 * time.Nanosecond) }

func entity(t testing.TB, pk, rk string, properties map[string]any) []byte {
	t.Helper()
	row := map[string]any{"PartitionKey": pk, "RowKey": rk}
	for k, v := range properties {
		row[k] = v
	}
	b, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantRow reads a row through the stand and holds its Timestamp, ETag and absence of a carrier.
func wantRow(t *testing.T, c *aztables.Client, pk, rk string, stamp time.Time) map[string]any {
	t.Helper()
	got, err := c.GetEntity(t.Context(), pk, rk, nil)
	if err != nil {
		t.Fatal(err)
	}
	var row map[string]any
	if err := json.Unmarshal(got.Value, &row); err != nil {
		t.Fatalf("%v in %s", err, got.Value)
	}
	if string(got.ETag) != odata.ETag(stamp) || row["odata.etag"] != odata.ETag(stamp) ||
		row["Timestamp"] != odata.StampText(stamp) {
		t.Errorf("row %q %q: ETag %s, in the entity %v, Timestamp %v; the stamp is %s", pk, rk, got.ETag,
			row["odata.etag"], row["Timestamp"], odata.StampText(stamp))
	}
	if strings.Contains(string(got.Value), odata.Carrier) {
		t.Errorf("the carrier is in %s", got.Value)
	}
	return row
}

func TestStampThroughEveryWrite(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather") // stamp 1
	ctx := t.Context()
	added, err := c.AddEntity(ctx, entity(t, "p", "r", map[string]any{"a": 1, "b": "x"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(added.ETag) != odata.ETag(after(2)) || strings.Contains(string(added.Value), odata.Carrier) ||
		!strings.Contains(string(added.Value), odata.StampText(after(2))) {
		t.Errorf("insert answered ETag %s and %s", added.ETag, added.Value)
	}
	wantRow(t, c, "p", "r", after(2))

	etag := added.ETag
	merged, err := c.UpdateEntity(ctx, entity(t, "p", "r", map[string]any{"c": true}),
		&aztables.UpdateEntityOptions{IfMatch: &etag, UpdateMode: aztables.UpdateModeMerge})
	if err != nil {
		t.Fatal(err)
	}
	if string(merged.ETag) != odata.ETag(after(3)) {
		t.Errorf("merge answered ETag %s", merged.ETag)
	}
	if row := wantRow(t, c, "p", "r", after(3)); row["b"] != "x" || row["c"] != true {
		t.Errorf("a merge left %v", row)
	}

	// stamp 4
	_, err = c.UpdateEntity(ctx, entity(t, "p", "r", nil),
		&aztables.UpdateEntityOptions{IfMatch: &etag, UpdateMode: aztables.UpdateModeReplace})
	var failed *azcore.ResponseError
	if !errors.As(err, &failed) || failed.StatusCode != 412 || failed.ErrorCode != "UpdateConditionNotSatisfied" {
		t.Fatalf("an update with an old ETag gave %v", err)
	}
	etag = merged.ETag
	if _, err = c.UpdateEntity(ctx, entity(t, "p", "r", map[string]any{"d": 1.5}),
		&aztables.UpdateEntityOptions{IfMatch: &etag, UpdateMode: aztables.UpdateModeReplace}); err != nil {
		t.Fatal(err)
	}
	if row := wantRow(t, c, "p", "r", after(5)); row["b"] != nil || row["d"] != 1.5 {
		t.Errorf("a replace left %v", row)
	}
	for i, mode := range []aztables.UpdateMode{aztables.UpdateModeMerge, aztables.UpdateModeReplace} {
		up, err := c.UpsertEntity(ctx, entity(t, "p", "r", map[string]any{"e": i}),
			&aztables.UpsertEntityOptions{UpdateMode: mode})
		if err != nil {
			t.Fatal(err)
		}
		if string(up.ETag) != odata.ETag(after(6+i)) {
			t.Errorf("upsert (%s) answered ETag %s", mode, up.ETag)
		}
		wantRow(t, c, "p", "r", after(6+i))
	}
	gone := azcore.ETag(odata.ETag(after(1)))
	if _, err := c.DeleteEntity(ctx, "p", "r", &aztables.DeleteEntityOptions{IfMatch: &gone}); !errors.As(err,
		&failed) || failed.StatusCode != 412 {
		t.Errorf("a delete with an old ETag gave %v", err)
	}
	etag = azcore.ETag(odata.ETag(after(7)))
	if _, err := c.DeleteEntity(ctx, "p", "r", &aztables.DeleteEntityOptions{IfMatch: &etag}); err != nil {
		t.Error(err)
	}
	if _, err := c.UpdateEntity(ctx, entity(t, "p", "r", nil),
		&aztables.UpdateEntityOptions{IfMatch: &etag, UpdateMode: aztables.UpdateModeMerge}); !errors.As(err,
		&failed) || failed.StatusCode != 404 {
		t.Errorf("an update of a row that is gone gave %v", err)
	}
}

func TestBatch(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather")
	var actions []aztables.TransactionAction
	keys := []string{"plain", ",x", "O'Brien", "a',b", "x')", "100%", "%41", "😀 smile", "a+b=c&d", ""}
	for _, k := range keys {
		actions = append(actions, aztables.TransactionAction{ActionType: aztables.TransactionTypeInsertReplace,
			Entity: entity(t, "P'Q 😀%", k, map[string]any{"v": "1"})})
	}
	if _, err := c.SubmitTransaction(t.Context(), actions, nil); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k == "" {
			continue // the Go SDK reads no row with an empty key
		}
		wantRow(t, c, "P'Q 😀%", k, after(2))
	}
	stale := azcore.ETag(odata.ETag(after(1)))
	current := azcore.ETag(odata.ETag(after(2)))
	second := func(etag azcore.ETag) []aztables.TransactionAction {
		return []aztables.TransactionAction{
			{ActionType: aztables.TransactionTypeUpdateMerge,
				Entity: entity(t, "P'Q 😀%", "plain", map[string]any{"w": 2}), IfMatch: &current},
			{ActionType: aztables.TransactionTypeDelete, Entity: entity(t, "P'Q 😀%", "100%", nil)},
			{ActionType: aztables.TransactionTypeUpdateReplace,
				Entity: entity(t, "P'Q 😀%", "😀 smile", map[string]any{"w": "é"}), IfMatch: &etag},
			{ActionType: aztables.TransactionTypeAdd, Entity: entity(t, "P'Q 😀%", "new",
				map[string]any{"w": "\u2028\n"})},
		}
	}
	var failed *azcore.ResponseError
	if _, err := c.SubmitTransaction(t.Context(), second(stale), nil); !errors.As(err, &failed) ||
		!strings.Contains(err.Error(), `"2:The update condition`) {
		t.Fatalf("a batch with a stale ETag gave %v", err)
	}
	wantRow(t, c, "P'Q 😀%", "100%", after(2))
	if n := len(s.replicas); n != 2 {
		t.Fatalf("%d writes committed, want the table and the first batch", n)
	}
	if _, err := c.SubmitTransaction(t.Context(), second(current), nil); err != nil {
		t.Fatal(err)
	}
	if row := wantRow(t, c, "P'Q 😀%", "plain", after(4)); row["v"] != "1" || row["w"] != 2.0 {
		t.Errorf("the merge left %v", row)
	}
	if row := wantRow(t, c, "P'Q 😀%", "new", after(4)); row["w"] != "\u2028\n" {
		t.Errorf("the insert left %v", row)
	}
	_, err := c.GetEntity(t.Context(), "P'Q 😀%", "100%", nil)
	if !errors.As(err, &failed) || failed.StatusCode != 404 {
		t.Errorf("the deleted row gives %v", err)
	}
}

func TestQuery(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather")
	const rows = 7
	for i := range rows { // stamps 2 to 8
		if _, err := c.AddEntity(t.Context(), entity(t, "p", fmt.Sprint("r", i),
			map[string]any{"n": i, "text": `"TidemarkStamp":"x"`}), nil); err != nil {
			t.Fatal(err)
		}
	}
	iso := func(n int) string { return "datetime'" + odata.StampText(after(n)) + "'" }
	for _, test := range []struct {
		filter, selected string
		want             int
	}{
		{"", "", rows},
		{"Timestamp gt " + iso(4), "", 4},
		{"Timestamp ge " + iso(4), "n", 5},
		{"Timestamp lt " + iso(4), "n,Timestamp", 2},
		{"Timestamp le " + iso(4), "Timestamp", 3},
		{"Timestamp eq " + iso(4), "", 1},
		{"Timestamp ne " + iso(4), "", 6},
		{iso(4) + " lt Timestamp", "", 4},
		{"not (Timestamp lt " + iso(4) + ") and PartitionKey eq 'p'", "RowKey", 5},
		{"(Timestamp gt " + iso(3) + " and Timestamp lt " + iso(6) + ") or n eq 0", "", 3},
		{"Timestamp gt datetime'2031-05-06T07:08:09Z'", "", 7},
		{"Timestamp gt datetime'2031-05-06T09:08:10+02:00'", "", 0},
		{"Timestamp ge datetime'2031-05-06T07:08:09.1234571Z'", "", 5},
	} {
		for _, format := range []aztables.MetadataFormat{aztables.MetadataFormatNone, aztables.MetadataFormatMinimal,
			aztables.MetadataFormatFull} {
			o := &aztables.ListEntitiesOptions{Format: &format}
			if test.filter != "" {
				o.Filter = &test.filter
			}
			if test.selected != "" {
				o.Select = &test.selected
			}
			got := 0
			for pager := c.NewListEntitiesPager(o); pager.More(); {
				page, err := pager.NextPage(t.Context())
				if err != nil {
					t.Fatalf("%s (%s, %s): %v", test.filter, test.selected, format, err)
				}
				for _, row := range page.Entities {
					got++
					checkSelected(t, row, test.selected, format)
				}
			}
			if got != test.want {
				t.Errorf("%s (%s): %d rows, want %d", test.filter, format, got, test.want)
			}
		}
	}
}

func checkSelected(t *testing.T, row []byte, selected string, format aztables.MetadataFormat) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(row, &got); err != nil {
		t.Fatalf("%v in %s", err, row)
	}
	if _, there := got[odata.Carrier]; there {
		t.Errorf("the carrier is in %s", row)
	}
	at, shown := got["Timestamp"].(string)
	if want := selected == "" || strings.Contains(selected, "Timestamp"); shown != want {
		t.Errorf("with $select=%s Timestamp shown: %t, in %s", selected, shown, row)
	}
	if shown && !strings.HasPrefix(at, "2031-05-06T07:08:09.12345") {
		t.Errorf("Timestamp is %s", at)
	}
	etag, shown := got["odata.etag"].(string)
	if shown != (format != aztables.MetadataFormatNone) {
		t.Errorf("at level %s the ETag is shown: %t, in %s", format, shown, row)
	}
	if _, ok := odata.ParseETag(etag); shown && (!ok || !strings.Contains(etag, "2031-05-06")) {
		t.Errorf("the ETag is %s", etag)
	}
}

// TestReadInBatch sends the one query that a batch may be, and reads the answer as multipart.
func TestReadInBatch(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather")
	if _, err := c.AddEntity(t.Context(), entity(t, "O'p", "r", map[string]any{"a": "x"}), nil); err != nil {
		t.Fatal(err)
	}
	const body = "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" +
		"GET http://127.0.0.1/%s/Weather(PartitionKey='p%s',RowKey='r') HTTP/1.1\r\nAccept: " +
		"application/json;odata=minimalmetadata\r\n\r\n\r\n--batch_1--\r\n"
	if _, err := c.AddEntity(t.Context(), entity(t, "p", "r", map[string]any{"a": "x"}), nil); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ suffix, status string }{{"", "200"}, {"absent", "404"}} {
		answer, text := s.raw(s.front.URL, "POST", "/$batch", fmt.Sprintf(body, s.account.Name, test.suffix),
			"Content-Type", "multipart/mixed; boundary=batch_1")
		_, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
		if err != nil || answer.StatusCode != 202 {
			t.Fatalf("%v; %d %s", err, answer.StatusCode, text)
		}
		part, err := multipart.NewReader(strings.NewReader(text), params["boundary"]).NextRawPart()
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		inner, err := http.ReadResponse(bufio.NewReader(part), nil)
		if err != nil || !strings.HasPrefix(inner.Status, test.status) {
			t.Fatalf("%v, %+v in\n%s", err, inner, text)
		}
		row, err := io.ReadAll(inner.Body)
		if err != nil || !json.Valid(row) {
			t.Errorf("%v in %s", err, row)
		}
		if test.status == "200" && (inner.Header.Get("ETag") != odata.ETag(after(3)) ||
			strings.Contains(string(row), odata.Carrier) ||
			!strings.Contains(string(row), odata.StampText(after(3)))) {
			t.Errorf("read in a batch:\n%s", text)
		}
	}
}

// TestPlain sends everything to an account without stamps: it is Azurite's own.
func TestPlain(t *testing.T) {
	s := newStand(t)
	s.plain = true
	c := s.table("Weather")
	ctx := t.Context()
	added, err := c.AddEntity(ctx, entity(t, "p", "r", map[string]any{"a": 1}), nil)
	if err != nil {
		t.Fatal(err)
	}
	action := aztables.TransactionAction{ActionType: aztables.TransactionTypeUpdateMerge,
		Entity: entity(t, "p", "r", map[string]any{"b": 1}), IfMatch: &added.ETag}
	if _, err := c.SubmitTransaction(ctx, []aztables.TransactionAction{action}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SubmitTransaction(ctx, []aztables.TransactionAction{action}, nil); err == nil {
		t.Error("a batch with an old ETag was taken")
	}
	through, err := c.GetEntity(ctx, "p", "r", nil)
	if err != nil {
		t.Fatal(err)
	}
	direct, err := s.direct().NewClient("Weather").GetEntity(ctx, "p", "r", nil)
	if err != nil {
		t.Fatal(err)
	}
	a := strings.ReplaceAll(string(through.Value), s.front.URL, "")
	b := strings.ReplaceAll(string(direct.Value), s.base, "")
	if a == string(through.Value) || a != b || through.ETag != direct.ETag || strings.Contains(a, odata.Carrier) {
		t.Errorf("through: %s\ndirect: %s", a, b)
	}
	filter := "Timestamp lt datetime'2030-01-01T00:00:00Z'"
	page, err := c.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter}).NextPage(ctx)
	if err != nil || len(page.Entities) != 1 {
		t.Errorf("a filter on Azurite's own Timestamp found %d rows (%v)", len(page.Entities), err)
	}
}

// TestPages follows continuation headers.
func TestPages(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather")
	for i := range 5 {
		if _, err := c.AddEntity(t.Context(), entity(t, "p", fmt.Sprint(i), nil), nil); err != nil {
			t.Fatal(err)
		}
	}
	top, pages, n := int32(2), 0, 0
	for pager := c.NewListEntitiesPager(&aztables.ListEntitiesOptions{Top: &top}); pager.More(); pages++ {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Entities)
	}
	if pages != 3 || n != 5 {
		t.Errorf("%d rows in %d pages", n, pages)
	}
}
