package upload

import (
	"fmt"
	"net/url"
	"strings"

	"tidemark/domain/telemetry/readings"
)

// Tags are the flags that say what tags of line protocol are.
type Tags struct {
	SourceTags []string `help:"Tags of line protocol that name the source where there is no tag \"source\"; those of the node when empty." placeholder:"TAG"`
	LabelTags  []string `help:"Tags of line protocol that are labels only and do not tell sources apart, * for all but the one that names the source; those of the node when empty." placeholder:"TAG"`
}

// Check refuses tags that no node would take.
func (t *Tags) Check() error {
	if err := (&readings.Options{SourceTags: t.SourceTags, LabelTags: t.LabelTags}).Naming().Check(); err != nil {
		return fmt.Errorf("--source-tags or --label-tags: %w", err)
	}
	return nil
}

// ask writes the parameters of a request.
func (t *Tags) ask(q url.Values) {
	for name, tags := range map[string][]string{"source_tags": t.SourceTags, "label_tags": t.LabelTags} {
		if len(tags) > 0 {
			q.Set(name, strings.Join(tags, ","))
		}
	}
}
