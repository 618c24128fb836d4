package tables

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tidemark/simulator/wire/odata"
)

// Where a query goes on is two keys, which the service gives in a form of its own, as 1!8!UGFydA-- for "Part", and
// which is never empty ("Query timeout and pagination"). Azurite gives base64 alone, which is empty where a key is:
// clients then take the page for the last, or leave the key out.

// continuations are the headers that say where a query goes on, by the parameters that take them back.
var continuations = map[string]string{
	"NextPartitionKey": "X-Ms-Continuation-Nextpartitionkey",
	"NextRowKey":       "X-Ms-Continuation-Nextrowkey",
}

var (
	toToken   = strings.NewReplacer("=", "-", "/", "_", "+", "*")
	fromToken = strings.NewReplacer("-", "=", "_", "/", "*", "+")
)

// token is the service's form of what Azurite says.
func token(azurite string) string {
	return tokenMark + strconv.Itoa(len(azurite)) + "!" + toToken.Replace(azurite)
}

// The first number of a token that is given with a page without rows is another, so that the next page has some.
const (
	tokenMark = "1!"
	emptyMark = "2!"
)

// tokenAfterEmpty is the service's form of where a query goes on after a page without rows.
func tokenAfterEmpty(azurite string) string {
	return emptyMark + strings.TrimPrefix(token(azurite), tokenMark)
}

// afterEmpty reports whether a query goes on after a page without rows.
func afterEmpty(query string) bool {
	text := odata.Parameter(query, "NextPartitionKey")
	_, ok := untoken(text)
	return ok && strings.HasPrefix(text, emptyMark)
}

// untoken is what Azurite said; false when the text is none of ours.
func untoken(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, tokenMark)
	if !ok {
		rest, ok = strings.CutPrefix(text, emptyMark)
	}
	if !ok {
		return "", false
	}
	length, coded, ok := strings.Cut(rest, "!")
	if !ok || length != strconv.Itoa(len(coded)) {
		return "", false
	}
	return fromToken.Replace(coded), true
}

// giveTokens puts the service's form into an answer.
func giveTokens(h http.Header) {
	for _, name := range continuations {
		if values := h.Values(name); len(values) == 1 {
			h.Set(name, token(values[0]))
		}
	}
}

// takeTokens puts Azurite's form into a query. What is no token stays as it came.
func takeTokens(query string) string {
	if !strings.Contains(query, "NextRowKey=") && !strings.Contains(query, "NextPartitionKey=") {
		return query
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if _, is := continuations[name]; !is {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		if azurite, ok := untoken(text); ok {
			pairs[i] = name + "=" + url.QueryEscape(azurite)
		}
	}
	return strings.Join(pairs, "&")
}
