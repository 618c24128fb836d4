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
	client   *http.Client
	url      string // of the node
	token    string
	source   string // of a CSV file without a column of sources
	zone     string
	csv      bool
	patience time.Duration // how long a piece is sent again
}

// send sends a piece until it is answered for good. Sending again is harmless: the same readings are the same.
func (u *uploader) send(ctx context.Context, p piece) (*httpapi.Written, error) {
	body, err := compress(p.body)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(u.patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		written, retry, err := u.try(ctx, body)
		if err == nil || retry == 0 && ctx.Err() == nil && !again(err) || time.Now().After(deadline) {
			return written, err
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

// try sends once. retry is how long to wait before the next try, 0 when there is none to be made.
func (u *uploader) try(ctx context.Context, body []byte) (w *httpapi.Written, retry time.Duration, err error) {
	q := url.Values{}
	contentType := "application/x-ndjson"
	if u.csv {
		contentType = "text/csv"
		if u.source != "" { // standard input whose source nobody named: an empty one is refused
			q.Set("source", u.source)
		}
		if u.zone != "" {
			q.Set("tz", u.zone)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.url+"/v1/readings?"+q.Encode(), bytes.NewReader(body))
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
	return judge(answer, text)
}

// judge reads an answer. A piece of which nothing was acceptable is an answer too, not an error.
func judge(answer *http.Response, text []byte) (*httpapi.Written, time.Duration, error) {
	if answer.StatusCode == http.StatusOK {
		var w httpapi.Written
		if err := json.Unmarshal(text, &w); err != nil {
			return nil, 0, fmt.Errorf("the answer is not tidemark's: is %s a node? (%w)", answer.Request.URL.Host, err)
		}
		return &w, 0, nil
	}
	var p httpapi.Problem
	if json.Unmarshal(text, &p) != nil || p.Status == 0 {
		return nil, 0, fmt.Errorf("%s: the answer is not tidemark's: is %s a node?", answer.Status, answer.Request.URL.Host)
	}
	if answer.StatusCode == http.StatusUnprocessableEntity && p.RejectedTotal+len(p.Skipped) > 0 {
		return &httpapi.Written{Rejected: p.Rejected, RejectedTotal: p.RejectedTotal, Skipped: p.Skipped}, 0, nil
	}
	err := fmt.Errorf("%s: %s", cmp.Or(p.Title, answer.Status), cmp.Or(p.Detail, "no details"))
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		after, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return nil, time.Duration(max(after, 1)) * time.Second, err
	}
	return nil, 0, err
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
