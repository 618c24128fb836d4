package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// patience bounds every request: a hang guard.
const patience = 40 * time.Second

var web = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// send asks a node.
func send(method, target string, header map[string]string, body []byte) (reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	began := time.Now()
	resp, err := web.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, text, time.Since(began)}, err
}

// get asks for a path and wants 200.
func (n *node) get(path string) []byte {
	n.t.Helper()
	return n.ask(http.MethodGet, path, nil, nil).body
}

// ask sends a request and wants 200. A patient one asks again, as a client does, while the answer is 503: a call to
// the storage has one second, which on a machine that runs much else is sometimes too short.
func (n *node) ask(method, path string, header map[string]string, body []byte) reply {
	n.t.Helper()
	r, err := send(method, n.url+path, header, body)
	for began := time.Now(); n.patient && err == nil && r.status == http.StatusServiceUnavailable &&
		time.Since(began) < patience; {
		time.Sleep(100 * time.Millisecond)
		r, err = send(method, n.url+path, header, body)
	}
	if err != nil {
		n.t.Fatalf("%s %s: %v\n%s", method, path, err, n.tail())
	}
	if r.status != http.StatusOK {
		n.t.Fatalf("%s %s: %d %s\n%s", method, path, r.status, r.body, n.tail())
	}
	return r
}

// point is one reading.
type point struct {
	Time  time.Time
	Value float64
}

var asJSON = map[string]string{"Content-Type": "application/json"}

func (n *node) decode(body []byte, into any) {
	n.t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		n.t.Fatalf("%v: %s", err, body)
	}
}

// query is a path with parameters: name, value, name, value.
func query(path string, params ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		v.Add(params[i], params[i+1])
	}
	return path + "?" + v.Encode()
}

func spanOf(from, to time.Time) []string {
	return []string{"from", from.UTC().Format(time.RFC3339Nano), "to", to.UTC().Format(time.RFC3339Nano)}
}

// readings reads all readings of a series in a span, page by page, and wants their times to rise.
func (n *node) readings(source, metric string, from, to time.Time) []point {
	n.t.Helper()
	var out []point
	cursor := ""
	for {
		params := append(spanOf(from, to), "source", source, "metric", metric, "limit", strconv.Itoa(50_000))
		if cursor != "" {
			params = append(params, "cursor", cursor)
		}
		r, err := send(http.MethodGet, n.url+query("/v1/readings", params...), nil, nil)
		if err != nil {
			n.t.Fatalf("readings of %s: %v\n%s", source, err, n.tail())
		}
		if r.status == http.StatusNotFound {
			return nil
		}
		if r.status != http.StatusOK {
			n.t.Fatalf("readings of %s: %d %s\n%s", source, r.status, r.body, n.tail())
		}
		var page struct {
			Readings []point
			Next     string
		}
		n.decode(r.body, &page)
		for _, p := range page.Readings {
			if len(out) > 0 && !p.Time.After(out[len(out)-1].Time) {
				n.t.Fatalf("readings of %s: %s comes after %s", source, p.Time, out[len(out)-1].Time)
			}
			out = append(out, p)
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func (p point) String() string { return fmt.Sprintf("%s %v", p.Time.Format(time.RFC3339Nano), p.Value) }
