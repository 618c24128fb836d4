package influx_test

import (
	"slices"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
)

// TestTheTagsInForceAreSaid, so that a client knows which lines are of one series.
func TestTheTagsInForceAreSaid(t *testing.T) {
	for _, c := range []struct {
		cfg         httpapi.Config
		query, want string
		source      []string
		label       []string
	}{
		{httpapi.Config{}, "", "", nil, nil},
		{httpapi.Config{SourceTags: []string{"host", "sw&tch"}}, "",
			"source_tags=host%2Csw%26tch", []string{"host", "sw&tch"}, nil},
		{httpapi.Config{SourceTags: []string{"host"}}, "?source_tags=device&label_tags=a,b",
			"label_tags=a%2Cb&source_tags=device", []string{"device"}, []string{"a", "b"}},
	} {
		for body, want := range map[string]int{"cpu value=1 0\n": 204, "cpu value=1 0\nbroken": 400} {
			w := apitest.New(t, c.cfg).Do("POST", "/write"+c.query, []byte(body))
			apitest.WantStatus(t, w, want)
			got := w.Header().Get(schema.HeaderTags)
			source, label := schema.ParseTags(got)
			if got != c.want || !slices.Equal(source, c.source) || !slices.Equal(label, c.label) {
				t.Errorf("%+v %s: %q, read as %q and %q", c.cfg, c.query, got, source, label)
			}
		}
	}
}
