package call

import (
	"net/url"
	"slices"
	"unicode/utf8"

	"tidemark/domain/fault"
)

// ReadQuery decodes the query string once, for every operation. What does not decode is refused whole: net/url leaves
// the broken parameters out, and most operations take a parameter that is not there for "every one". The error is
// fault.Invalid.
func (c *Call) ReadQuery() error {
	if c.Request.URL.RawQuery == "" {
		return nil
	}
	var err error
	if c.Query, err = url.ParseQuery(c.Request.URL.RawQuery); err != nil {
		return undecoded("in names and values % is written %25, & is %26 and ; is written %3B")
	}
	for name, values := range c.Query {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return undecoded("percent-encode the bytes of UTF-8")
		}
	}
	return nil
}

func undecoded(what string) error {
	return fault.New(fault.Invalid, "httpapi.query", "the query does not decode: %s", what)
}
