package paging_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// pages follows next until the end.
func pages(t *testing.T, r *apitest.Rig, target string) (bodies []string) {
	t.Helper()
	for range 100 {
		w := r.Do("GET", target, nil)
		apitest.WantStatus(t, w, 200)
		bodies = append(bodies, w.Body.String())
		var next struct {
			Next string `json:"next"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &next); err != nil {
			t.Fatal(err)
		}
		link := w.Header().Get("Link")
		if next.Next == "" {
			if link != "" {
				t.Errorf("the last page has the link %s", link)
			}
			return bodies
		}
		u, rel, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if !ok || rel != `; rel="next"` || !strings.Contains(u, "cursor="+next.Next) {
			t.Fatalf("link %q", link)
		}
		target = u
	}
	t.Fatal("no end")
	return nil
}

func TestPagesOfReadings(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 7)
	got := pages(t, r, "/v1/readings?source=ro%26of&metric=temp&limit=3")
	if len(got) != 3 || strings.Count(strings.Join(got, ""), `"time"`) != 7 {
		t.Errorf("pages %v", got)
	}
	// "now" stays what it was on the first page, and limit may change.
	w := r.Do("GET", "/v1/readings?source=roof&metric=temp&limit=1", nil)
	first := r.Query.Asked[1].(query.ReadingsQuery)
	b := apitest.Decoded[schema.ReadingsBody](t, w)
	r.Now = apitest.Now.Add(time.Hour)
	apitest.WantStatus(t, r.Do("GET", "/v1/readings?source=roof&metric=temp&limit=5&cursor="+b.Next, nil), 200)
	second := r.Query.Asked[1].(query.ReadingsQuery)
	if first.From != second.From || first.To != second.To || second.After == nil || *second.After != apitest.At(0) ||
		second.Limit != 5 {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

func TestPagesOfLists(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for i := range 5 {
		s := telemetry.Series{Source: telemetry.Source(fmt.Sprintf("s%d/", i) + strings.Repeat("€", 509)),
			Metric: telemetry.Metric(strings.Repeat("€", 512))}
		r.Query.AllLatest = append(r.Query.AllLatest, query.Latest{Series: s, Time: apitest.At(i), Value: float64(i)})
		r.Query.AllSeries = append(r.Query.AllSeries, query.SeriesInfo{Series: s, Unit: "C", First: apitest.At(0),
			Last:  apitest.At(i),
			Count: int64(i)})
		r.Query.AllSources = append(r.Query.AllSources, query.SourceInfo{Source: s.Source,
			Labels: []telemetry.Label{{Name: "site", Value: "north"}}, Metrics: []telemetry.Metric{"m"}})
		r.Tasks.AllTasks = append(r.Tasks.AllTasks, apitest.Task(fmt.Sprintf("t%d", i)))
	}
	for target, word := range map[string]string{"/v1/latest?label=site%3Dnorth&limit=2": `"value"`,
		"/v1/series?limit=2": `"count"`, "/v1/sources?limit=2": `"labels"`, "/v1/tasks?limit=2": `"state"`} {
		got := pages(t, r, target)
		if all := strings.Join(got, ""); len(got) != 3 || strings.Count(all, word) != 5 {
			t.Errorf("%s: %d pages %s", target, len(got), all)
		}
	}
}

func TestCursorsThatDoNotBelong(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 7)
	base := "/v1/readings?source=roof&metric=temp"
	cursor := apitest.Decoded[schema.ReadingsBody](t, r.Do("GET", base+"&limit=1", nil)).Next
	other := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Callers = apitest.Anybody(apitest.Of("other"))
	})
	otherKey := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) { d.CursorKey = bytes.Repeat([]byte{8}, 32) })
	apitest.WantStatus(t, r.Do("GET", base+"&cursor="+cursor, nil), 200)
	for name, c := range map[string]struct {
		rig    *apitest.Rig
		target string
		want   string
	}{
		"another query":  {r, "/v1/readings?source=cellar&metric=temp&cursor=" + cursor, "another query"},
		"another span":   {r, base + "&from=0&cursor=" + cursor, "another query"},
		"another tenant": {other, base + "&cursor=" + cursor, "none that this operation gave"},
		"another key":    {otherKey, base + "&cursor=" + cursor, "none that this operation gave"},
		"another operation": {r, "/v1/latest?source=roof&metric=temp&cursor=" + cursor,
			"none that this operation gave"},
		"nonsense":     {r, base + "&cursor=abc", "none that this operation gave"},
		"no base64url": {r, base + "&cursor=a%2Bb", "none that this operation gave"},
		"cut":          {r, base + "&cursor=" + cursor[:len(cursor)-4], "none that this operation gave"},
	} {
		if p := apitest.WantProblem(t, c.rig.Do("GET", c.target, nil), 400, "invalid"); !strings.Contains(p.Detail,
			c.want) ||
			!strings.Contains(p.Detail, "begin again") {
			t.Errorf("%s: %s", name, p.Detail)
		}
	}
	for i := range cursor { // one changed character anywhere
		flipped := []byte(cursor)
		flipped[i] = map[bool]byte{true: 'A', false: 'B'}[flipped[i] != 'A']
		if w := r.Do("GET", base+"&cursor="+string(flipped), nil); w.Code != 400 {
			t.Errorf("with character %d changed: %d", i, w.Code)
		}
	}
}
