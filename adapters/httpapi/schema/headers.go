package schema

import (
	"net/url"
	"strings"
)

// HeaderTags is the header in which the answer to a write of line protocol says with which source_tags and label_tags
// its sources were named, whether the request or the node's configuration said them: as a query string has them. It
// is absent when there were none.
const HeaderTags = "Tidemark-Tags"

// HeaderSkipped is the header in which a write of line protocol says what it left out without anything being wrong:
// how many fields and tags, and by their kind the first of them, each its measurement and name percent-encoded (RFC
// 9651 and RFC 3986), as 3;text="system uptime_format";integer="net bytes, net packets". It is absent when there was
// nothing.
const HeaderSkipped = "Tidemark-Skipped"

// HeaderOverwritten is the header in which a write of line protocol, whose good answer has no body, says how many
// readings later lines overwrote, and which lines: an integer with a parameter (RFC 9651), as 2;lines="1 by 3, 2 by
// 4". It is absent when there were none.
const HeaderOverwritten = "Tidemark-Overwritten"

// HeaderOthers is the header in which an answer as CSV says which other units were said of its series:
// percent-encoded, with commas between them. It is absent when there are none.
const HeaderOthers = "Tidemark-Other-Units"

// FormatTags is the header's value, "" for none.
func FormatTags(sourceTags, labelTags []string) string {
	q := url.Values{}
	if len(sourceTags) > 0 {
		q.Set("source_tags", strings.Join(sourceTags, ","))
	}
	if len(labelTags) > 0 {
		q.Set("label_tags", strings.Join(labelTags, ","))
	}
	return q.Encode()
}

// ParseTags reads the header. What is no such header is none.
func ParseTags(text string) (sourceTags, labelTags []string) {
	q, err := url.ParseQuery(text)
	if err != nil {
		return nil, nil
	}
	split := func(name string) []string {
		if q.Get(name) == "" {
			return nil
		}
		return strings.Split(q.Get(name), ",")
	}
	return split("source_tags"), split("label_tags")
}
