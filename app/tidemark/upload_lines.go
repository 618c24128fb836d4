package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
)

// lineCounter reads the answers to line protocol, which are InfluxDB's: 204 says that all is stored and not how much, 400 names the first lines
// that were dropped in its message.
type lineCounter struct {
	decoder lineprotocol.Decoder
	batch   telemetry.Batch
}

// dropped is the end of the message of a write of which not all was acceptable.
var dropped = regexp.MustCompile(`(?s)^(?:partial write|nothing was stored): (.*) \(dropped=(\d+)(?:, stored=(\d+))?\)$`)

// droppedLine begins what is said of a line.
var droppedLine = regexp.MustCompile(`(?:^|; )line (\d+): `)

// judge reads an answer, as its namesake does for the other forms.
func (l *lineCounter) judge(answer *http.Response, text []byte, p piece) (*httpapi.Written, time.Duration, error) {
	if answer.StatusCode == http.StatusNoContent {
		result, err := l.decoder.Decode(p.body, &l.batch)
		return &httpapi.Written{Accepted: result.Accepted}, 0, err
	}
	var said struct{ Code, Message string }
	if json.Unmarshal(text, &said) != nil || said.Code == "" {
		return nil, 0, notOurs(answer)
	}
	if m := dropped.FindStringSubmatch(said.Message); m != nil && answer.StatusCode == http.StatusBadRequest {
		w := &httpapi.Written{Rejected: droppedLines(m[1])}
		w.RejectedTotal, _ = strconv.Atoi(m[2])
		w.Accepted, _ = strconv.Atoi(m[3])
		return w, 0, nil
	}
	return nil, retryAfter(answer), fmt.Errorf("%s: %s", said.Code, said.Message)
}

// droppedLines takes apart what is said of several lines.
func droppedLines(text string) (all []httpapi.Rejection) {
	begins := droppedLine.FindAllStringSubmatchIndex(text, -1)
	for i, at := range begins {
		end := len(text)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		line, _ := strconv.Atoi(text[at[2]:at[3]])
		reason, _, _ := strings.Cut(text[at[1]:end], "; and ") // "; and 7 more" is behind the last
		all = append(all, httpapi.Rejection{Line: line, Reason: reason})
	}
	return all
}
