package upload

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/files"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// lineCounter reads the answers to line protocol, which are InfluxDB's: 204 says that every reading is stored and not
// how many, 400 names the first lines that were dropped in its message.
type lineCounter struct {
	decoder lineprotocol.Decoder
	batch   telemetry.Batch

	precision             readings.Precision
	sourceTags, labelTags []string // with which the node read the last piece
}

// dropped is the end of the message of a write of which not all was acceptable.
var dropped = regexp.MustCompile(`(?s)^(?:partial write|nothing was stored): (.*) \(dropped=(\d+)(?:, stored=(\d+))?\)$`)

// droppedLine begins what is said of a line.
var droppedLine = regexp.MustCompile(`(?:^|; )line (\d+): `)

// judge reads an answer, as its namesake does for the other forms.
func (l *lineCounter) judge(answer *http.Response, text []byte,
	p files.Piece) (*schema.Written, time.Duration, error) {
	l.sourceTags, l.labelTags = schema.ParseTags(answer.Header.Get(schema.HeaderTags))
	if answer.StatusCode == http.StatusNoContent {
		return l.count(p)
	}
	var said struct{ Code, Message string }
	if json.Unmarshal(text, &said) != nil || said.Code == "" {
		return nil, 0, notOurs(answer)
	}
	if m := dropped.FindStringSubmatch(said.Message); m != nil && answer.StatusCode == http.StatusBadRequest {
		w, _, err := l.count(p)
		if err != nil {
			return nil, 0, err
		}
		w.Rejected = droppedLines(m[1])
		w.RejectedTotal, _ = strconv.Atoi(m[2])
		w.Accepted, _ = strconv.Atoi(m[3])
		return w, 0, nil
	}
	return nil, retryAfter(answer), fmt.Errorf("%s: %s", said.Code, files.ForFlags(said.Message))
}

// count counts what was sent, as the node did.
func (l *lineCounter) count(p files.Piece) (*schema.Written, time.Duration, error) {
	l.decoder.DefaultPrecision = l.precision
	result, err := l.decoder.Decode(p.Body, &l.batch)
	w := &schema.Written{Accepted: result.Accepted}
	for _, s := range result.Skips {
		what := s.Name + " of " + s.Measurement
		w.Skipped = append(w.Skipped, schema.Skipped{Column: what, Cells: s.Count, Why: skippedInLines[s.Kind]})
	}
	return w, 0, err
}

// skippedInLines is what the summary calls what of line protocol was left out.
var skippedInLines = [readings.SkipKinds]string{
	readings.SkipText: "text field", readings.SkipInteger: "integer field", readings.SkipLabel: "tag"}

// droppedLines takes apart what is said of several lines.
func droppedLines(text string) (all []schema.Rejection) {
	begins := droppedLine.FindAllStringSubmatchIndex(text, -1)
	for i, at := range begins {
		end := len(text)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		line, _ := strconv.Atoi(text[at[2]:at[3]])
		reason, _, _ := strings.Cut(text[at[1]:end], "; and ") // "; and 7 more" is behind the last
		all = append(all, schema.Rejection{Line: line, Reason: reason})
	}
	return all
}
