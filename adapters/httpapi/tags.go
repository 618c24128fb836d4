package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"tidemark/domain/telemetry/readings"
)

// Tags is the parameters that say what the tags of line protocol are. (It is exported because huma reads exported
// fields only.)
type Tags struct {
	SourceTags string `query:"source_tags" maxLength:"1024" example:"host" doc:"Names of tags, with commas between them: the first that a line has begins the source's name, where there is no tag source. Default: the node's --source-tags."`
	LabelTags  string `query:"label_tags" maxLength:"1024" example:"rack" doc:"Names of tags, with commas between them, that are labels only: they do not tell sources apart. * is every tag of a line but the one that names its source. Default: the node's --label-tags."`
}

// into writes what is asked for into the options of the decoder, which hold what the node is configured with.
func (t *Tags) into(o *readings.Options) error {
	at := "query.source_tags"
	if t.SourceTags != "" {
		o.SourceTags = strings.Split(t.SourceTags, ",")
	}
	if t.LabelTags != "" {
		o.LabelTags, at = strings.Split(t.LabelTags, ","), "query.label_tags"
	}
	if t.SourceTags == "" && t.LabelTags == "" {
		return nil
	}
	if err := o.Naming().Check(); err != nil {
		return invalidParam(at, err.Error())
	}
	return nil
}

// HeaderTags is the header in which the answer to a write of line protocol says with which source_tags and label_tags
// its sources were named, whether the request or the node's configuration said them: as a query string has them. It
// is absent when there were none.
const HeaderTags = "Tidemark-Tags"

// sayTags sets the header.
func sayTags(h http.Header, o *readings.Options) {
	q := url.Values{}
	if len(o.SourceTags) > 0 {
		q.Set("source_tags", strings.Join(o.SourceTags, ","))
	}
	if len(o.LabelTags) > 0 {
		q.Set("label_tags", strings.Join(o.LabelTags, ","))
	}
	if len(q) > 0 {
		h.Set(HeaderTags, q.Encode())
	}
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
