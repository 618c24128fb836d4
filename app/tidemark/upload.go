package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tidemark/adapters/httpapi"
)

// uploader sends pieces to a running node.
type uploader struct {
	client    *http.Client
	url       string // of the node
	token     string
	zone      string
	precision string
	patience  time.Duration // how long a piece is sent again
	say       func(format string, args ...any)
	tags      lineTags
	atomic    bool // the node stores all of a piece or nothing, and nothing is an error
	trial     bool // but not of a piece that is sent to be refused

	lines   lineCounter
	repeats *repeats // nil: nobody asks
}

// silence is how long a piece may be sent again before somebody is told of it.
const silence = time.Second

// send sends a piece until it is answered for good. Sending again is harmless: the same readings are the same.
func (u *uploader) send(ctx context.Context, in *input, p piece) (*httpapi.Written, error) {
	body, err := compress(p.body)
	if err != nil {
		return nil, err
	}
	began, told := time.Now(), false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		written, retry, err := u.try(ctx, in, p, body)
		waited := time.Since(began)
		if err == nil || retry == 0 && ctx.Err() == nil && !again(err) || waited > u.patience {
			return written, err
		}
		if !told && ctx.Err() == nil && waited+max(pause, retry) > silence {
			u.say("%s: %v; trying again for up to %s", in.name, err, u.patience)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(max(pause, retry)):
		}
	}
}

// unreachable is a node that did not answer at all.
type unreachable struct{ error }

func again(err error) bool {
	_, ok := err.(unreachable)
	return ok
}

// request is where a piece goes, and what it is.
func (u *uploader) request(in *input, p piece) (path, contentType string) {
	q := url.Values{}
	if u.precision != "" {
		q.Set("precision", u.precision)
	}
	if u.atomic && in.form != formLine {
		q.Set("atomic", "true")
	}
	switch in.form {
	case formLine:
		u.tags.ask(q)
		return "/api/v2/write?" + q.Encode(), "text/plain; charset=utf-8"
	case formJSON:
		return "/v1/readings?" + q.Encode(), "application/json"
	case formNDJSON:
		return "/v1/readings?" + q.Encode(), "application/x-ndjson"
	}
	in.sheet.ask(q, p)
	if u.zone != "" {
		q.Set("tz", u.zone)
	}
	return "/v1/readings?" + q.Encode(), "text/csv"
}

// try sends once. retry is how long to wait before the next try, 0 when there is none to be made.
func (u *uploader) try(ctx context.Context, in *input, p piece,
	body []byte) (w *httpapi.Written, retry time.Duration, err error) {
	path, contentType := u.request(in, p)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Content-Encoding", "gzip")
	if u.token != "" {
		r.Header.Set("Authorization", "Bearer "+u.token)
	}
	answer, err := u.client.Do(r)
	if err != nil {
		return nil, 0, unreachable{fmt.Errorf("%s does not answer: is a node running there? (%w)", u.url, err)}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return nil, 0, unreachable{err}
	}
	if in.form == formLine {
		return u.lines.judge(answer, text, p)
	}
	return judge(answer, text, p, u.atomic && !u.trial)
}

// judge reads an answer. A piece of which nothing was stored is an answer too, not an error, unless it is atomic.
func judge(answer *http.Response, text []byte, p piece, atomic bool) (*httpapi.Written, time.Duration, error) {
	if answer.StatusCode == http.StatusOK {
		var w httpapi.Written
		if err := json.Unmarshal(text, &w); err != nil {
			return nil, 0, fmt.Errorf("the answer is not tidemark's: is %s a node? (%w)", answer.Request.URL.Host, err)
		}
		return &w, 0, nil
	}
	var problem httpapi.Problem
	if json.Unmarshal(text, &problem) != nil || problem.Status == 0 {
		return nil, 0, notOurs(answer)
	}
	if answer.StatusCode == http.StatusUnprocessableEntity && problem.RejectedTotal+len(problem.Skipped) > 0 &&
		!atomic {
		return &httpapi.Written{Rejected: problem.Rejected, RejectedTotal: problem.RejectedTotal,
			Skipped: problem.Skipped}, 0, nil
	}
	err := fmt.Errorf("%s: %s", cmp.Or(problem.Title, answer.Status),
		forFlags(cmp.Or(problem.Detail, "no details")))
	if answer.StatusCode == http.StatusBadRequest && p.form == formJSON && isLines(p.body) {
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

func compress(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
