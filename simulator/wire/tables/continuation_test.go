package tables

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

// TestTokens sends every key there and back, as a client does: out of the header, into a query.
func TestTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := map[string]string{"NextPartitionKey": rapid.String().Draw(t, "partition"),
			"NextRowKey": rapid.String().Draw(t, "row")}
		h := http.Header{}
		for parameter, key := range keys {
			h.Set(continuations[parameter], base64.StdEncoding.EncodeToString([]byte(key)))
		}
		giveTokens(h)
		query := "$top=3"
		for parameter := range keys {
			text := h.Get(continuations[parameter])
			if text == "" {
				t.Fatalf("the header of %s is empty", parameter)
			}
			query += "&" + parameter + "=" + url.QueryEscape(text)
		}
		back, err := url.ParseQuery(takeTokens(query))
		if err != nil {
			t.Fatal(err)
		}
		for parameter, key := range keys {
			if got, err := base64.StdEncoding.DecodeString(back.Get(parameter)); string(got) != key || err != nil {
				t.Errorf("%s %q came back as %q, %v", parameter, key, got, err)
			}
		}
		if back.Get("$top") != "3" {
			t.Errorf("the query became %v", back)
		}
	})
}

// TestATokenOfTheService has the service's form. What is none, a query without one, and an answer without, stay as
// they are.
func TestATokenOfTheService(t *testing.T) {
	if got := token(base64.StdEncoding.EncodeToString([]byte("Part"))); got != "1!8!UGFydA--" {
		t.Errorf("%q", got)
	}
	for _, query := range []string{"", "$top=3", "NextRowKey=cg%3D%3D", "NextPartitionKey=1!5!cA&$filter=x",
		"NextRowKey=%zz", "NextRowKey=1!"} {
		if got := takeTokens(query); got != query {
			t.Errorf("%q became %q", query, got)
		}
	}
	h := http.Header{}
	if giveTokens(h); len(h) != 0 {
		t.Errorf("%v", h)
	}
}
