package sharedkey

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// tableFull is the string to sign of SharedKey of the table service.
func tableFull(r *http.Request, path, account string) string {
	return strings.Join([]string{
		r.Method, r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"), anyDate(r),
		tableResource(r, path, account),
	}, "\n")
}

// tableLite is the string to sign of SharedKeyLite of the table service: neither the verb nor the body is in it.
func tableLite(r *http.Request, path, account string) string {
	return anyDate(r) + "\n" + tableResource(r, path, account)
}

func anyDate(r *http.Request) string {
	return cmp.Or(r.Header.Get("Date"), r.Header.Get("x-ms-date"))
}

// tableResource has of the query only comp, as it was sent.
func tableResource(r *http.Request, path, account string) string {
	resource := "/" + account + path
	if comp, ok := lowerQuery(r.URL.RawQuery)["comp"]; ok {
		resource += "?comp=" + comp
	}
	return resource
}

// queueFull is the string to sign of SharedKey of the queue (and blob) service.
func queueFull(r *http.Request, path, account string) string {
	var b strings.Builder
	for _, part := range []string{
		r.Method, r.Header.Get("Content-Language"), r.Header.Get("Content-Encoding"), contentLength(r),
		r.Header.Get("Content-MD5"),
		r.Header.Get("Content-Type"), r.Header.Get("Date"), r.Header.Get("If-Modified-Since"), r.Header.Get("If-Match"),
		r.Header.Get("If-None-Match"), r.Header.Get("If-Unmodified-Since"), r.Header.Get("Range"),
	} {
		b.WriteString(part + "\n")
	}
	b.WriteString(msHeaders(r.Header) + "/" + account + path)
	query := lowerQuery(r.URL.RawQuery)
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString("\n" + name + ":" + unescape(query[name]))
	}
	return b.String()
}

// queueLite is the string to sign of SharedKeyLite of the queue (and blob) service.
func queueLite(r *http.Request, path, account string) string {
	text := strings.Join([]string{r.Method, r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"),
		r.Header.Get("Date")}, "\n")
	text += "\n" + msHeaders(r.Header) + "/" + account + path
	if comp, ok := lowerQuery(r.URL.RawQuery)["comp"]; ok {
		text += "?comp=" + unescape(comp)
	}
	return text
}

// contentLength of a body without bytes is empty, from version 2015-02-21 on.
func contentLength(r *http.Request) string {
	if r.ContentLength <= 0 {
		return ""
	}
	return strconv.FormatInt(r.ContentLength, 10)
}

// msHeaders are the canonicalized headers: the x-ms- ones, a line each, in the order of their lower-case names.
func msHeaders(h http.Header) string {
	type header struct{ name, value string }
	var found []header
	for name, values := range h {
		if name := strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			found = append(found, header{name, strings.Trim(strings.Join(values, ", "), " \t")})
		}
	}
	slices.SortFunc(found, func(a, b header) int { return compareNames(a.name, b.name) })
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.name + ":" + f.value + "\n")
	}
	return b.String()
}

// collation is the order of the characters of lower-case header names in JavaScript's localeCompare, by which Azurite
// sorts: it differs from that of their bytes only in that the underscore, which names of metadata may have, comes
// first.
const collation = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"

func compareNames(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := cmp.Compare(strings.IndexByte(collation, a[i]), strings.IndexByte(collation, b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// lowerQuery is the query by lower-case names, values still escaped.
func lowerQuery(raw string) map[string]string {
	query := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, found := strings.Cut(pair, "=")
		if found && name != "" && !strings.Contains(value, "=") {
			query[strings.ToLower(name)] = value
		}
	}
	return query
}

// unescape decodes a value of a query; one that is not well-formed is left, and no signature fits it.
func unescape(value string) string {
	if text, err := url.QueryUnescape(value); err == nil {
		return text
	}
	return value
}
