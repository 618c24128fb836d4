package upload

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/files"
)

// judge reads an answer. A piece of which nothing was stored is an answer too, not an error, unless it is atomic.
func judge(answer *http.Response, text []byte, p files.Piece, atomic bool) (*schema.Written, time.Duration, error) {
	if answer.StatusCode == http.StatusOK {
		var w schema.Written
		if err := json.Unmarshal(text, &w); err != nil {
			return nil, 0, fmt.Errorf("the answer is not tidemark's: is %s a node? (%w)", answer.Request.URL.Host, err)
		}
		return &w, 0, nil
	}
	var problem schema.Problem
	if json.Unmarshal(text, &problem) != nil || problem.Status == 0 {
		return nil, 0, notOurs(answer)
	}
	if answer.StatusCode == http.StatusUnprocessableEntity && problem.RejectedTotal+len(problem.Skipped) > 0 &&
		!atomic {
		return &schema.Written{Rejected: problem.Rejected, RejectedTotal: problem.RejectedTotal,
			Skipped: problem.Skipped}, 0, nil
	}
	err := fmt.Errorf("%s: %s", cmp.Or(problem.Title, answer.Status),
		files.ForFlags(cmp.Or(problem.Detail, "no details")))
	if answer.StatusCode == http.StatusBadRequest && p.Form == files.JSON && isLines(p.Body) {
		err = fmt.Errorf("it has a reading a line: give --format ndjson (%w)", err)
	}
	return nil, retryAfter(answer), err
}

// isLines reports whether a document is several, each on a line of its own.
func isLines(body []byte) bool {
	first, rest, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	return len(rest) > 0 && json.Valid(first)
}

func notOurs(answer *http.Response) error {
	return fmt.Errorf("%s: the answer is not tidemark's: is %s a node?", answer.Status, answer.Request.URL.Host)
}

// retryAfter is how long to wait before the next try, 0 when the answer is for good.
func retryAfter(answer *http.Response) time.Duration {
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		after, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return time.Duration(max(after, 1)) * time.Second
	}
	return 0
}
