package influx

import (
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
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
		return problem.Param(at, err.Error())
	}
	return nil
}
