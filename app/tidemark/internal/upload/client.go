// Package upload sends pieces of files to a running node, again where it does not take them now, and reads what it
// answers, in whichever of the API's forms.
package upload

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/files"
	"tidemark/domain/telemetry/readings"
)

// Settings say where a node is, and how it is to take what it is sent.
type Settings struct {
	URL       string // of the node
	Token     string // of the tenant; "" sends none
	Zone      string // of CSV times that do not say one; "" is UTC
	Precision string // of times that are numbers, as readings.ParsePrecision takes it
	Tags      Tags
	Atomic    bool          // the node stores all of a piece or nothing, and nothing is an error
	Patience  time.Duration // how long a piece is sent again
	Say       func(format string, args ...any)
}

// Client sends pieces to a running node.
type Client struct {
	Settings
	http  *http.Client
	trial bool // an atomic piece is sent to be refused, and that is no error

	lines lineCounter
}

// New makes the client of a node. Nothing is sent yet.
func New(s Settings) *Client {
	c := &Client{Settings: s, http: &http.Client{Timeout: 90 * time.Second}}
	c.lines.precision, _ = readings.ParsePrecision(s.Precision) // whoever sends with a wrong one is told by the node
	return c
}

// Close lets the connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Refused asks a node to store all of a piece or nothing, where something in it is surely wrong: it says what a node
// thinks of the rest, and stores nothing.
func (c *Client) Refused(ctx context.Context, in *files.File, p files.Piece) (*schema.Written, error) {
	ask := *c
	ask.Atomic, ask.trial = true, true
	return ask.Send(ctx, in, p)
}

// Decoding says how the node reads a piece that it was sent.
func (c *Client) Decoding(in *files.File, p files.Piece) (o readings.Options, err error) {
	if o.DefaultPrecision, err = readings.ParsePrecision(c.Precision); err != nil {
		return o, err
	}
	o.Now = time.Now().UnixNano()
	o.SourceTags, o.LabelTags = c.lines.sourceTags, c.lines.labelTags
	if in.Sheet != nil {
		in.Sheet.Describe(&o, p)
	}
	o.Location, err = time.LoadLocation(c.Zone)
	return o, err
}

// silence is how long a piece may be sent again before somebody is told of it.
const silence = time.Second

// Send sends a piece until it is answered for good. Sending again is harmless: the same readings are the same.
func (c *Client) Send(ctx context.Context, in *files.File, p files.Piece) (*schema.Written, error) {
	body, err := compress(p.Body)
	if err != nil {
		return nil, err
	}
	began, told := time.Now(), false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		written, retry, err := c.try(ctx, in, p, body)
		waited := time.Since(began)
		if err == nil || retry == 0 && ctx.Err() == nil && !again(err) || waited > c.Patience {
			return written, err
		}
		if !told && ctx.Err() == nil && waited+max(pause, retry) > silence {
			c.Say("%s: %v; trying again for up to %s", in.Name, err, c.Patience)
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
func (c *Client) request(in *files.File, p files.Piece) (path, contentType string) {
	q := url.Values{}
	if c.Precision != "" {
		q.Set("precision", c.Precision)
	}
	if c.Atomic && in.Form != files.Line {
		q.Set("atomic", "true")
	}
	switch in.Form {
	case files.Line:
		c.Tags.ask(q)
		return "/api/v2/write?" + q.Encode(), "text/plain; charset=utf-8"
	case files.JSON:
		return "/v1/readings?" + q.Encode(), "application/json"
	case files.NDJSON:
		return "/v1/readings?" + q.Encode(), "application/x-ndjson"
	}
	in.Sheet.Ask(q, p)
	if c.Zone != "" {
		q.Set("tz", c.Zone)
	}
	return "/v1/readings?" + q.Encode(), "text/csv"
}

// try sends once. retry is how long to wait before the next try, 0 when there is none to be made.
func (c *Client) try(ctx context.Context, in *files.File, p files.Piece,
	body []byte) (w *schema.Written, retry time.Duration, err error) {
	path, contentType := c.request(in, p)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Content-Encoding", "gzip")
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, 0, unreachable{fmt.Errorf("%s does not answer: is a node running there? (%w)", c.URL, err)}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return nil, 0, unreachable{err}
	}
	if in.Form == files.Line {
		return c.lines.judge(answer, text, p)
	}
	return judge(answer, text, p, c.Atomic && !c.trial)
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
