package ledger

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMetadataOfAStoreIsSpelledAsItWasSet, with values as bytes, which a list does not tell.
func TestMetadataOfAStoreIsSpelledAsItWasSet(t *testing.T) {
	azurite := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("comp") == "list" {
			_, _ = io.WriteString(w, `<?xml version="1.0"?><EnumerationResults><Queues><Queue><Name>jobs-2</Name><Metadata>`+
				`<FOOBAR>x</FOOBAR></Metadata></Queue><Queue><Name>jobs</Name><Metadata><FooBar>caf\u00e9</FooBar><Z/></Metadata>`+
				`</Queue></Queues></EnumerationResults>`)
			return
		}
		w.Header()["x-ms-meta-FooBar"], w.Header()["x-ms-meta-Z"] = []string{"caf\xe9"}, []string{""}
	}))
	defer azurite.Close()
	s := &Store{Base: azurite.URL, Account: "acc", Sign: func(*http.Request) {}, Do: http.DefaultClient.Do}
	got, err := s.Metadata(t.Context(), "jobs")
	if diff := cmp.Diff(map[string]string{"FooBar": "caf\xe9", "Z": ""}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
