package overhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// reply is an answer of status 200, or one of 404 to a question.
type reply struct {
	header  http.Header
	body    []byte // nil of a 404
	missing bool   // 404: there is no such series
	paired  bool   // of a service with two journals
}

// send asks.
func (s Service) send(ctx context.Context, method, path string, header http.Header, body []byte) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, &traffic.Refused{Why: err.Error()}
	}
	req.Header = header
	resp, err := s.Client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	switch said := fmt.Sprintf("%s: %s", resp.Status, text); {
	case method == http.MethodGet && resp.StatusCode == http.StatusNotFound:
		return reply{header: resp.Header, missing: true, paired: s.Paired}, nil
	case refuses(resp.StatusCode):
		return reply{}, &traffic.Refused{Why: said}
	case resp.StatusCode != http.StatusOK:
		return reply{}, fmt.Errorf("no answer that the API has: %s", said)
	}
	return reply{header: resp.Header, body: text, paired: s.Paired}, nil
}

// refuses reports whether a status says that the call was not done. A time-out says only that somebody did not wait.
func refuses(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout
}

// get asks for a document. One of a series that the node does not know has nothing in it.
func (s Service) get(ctx context.Context, path string, into any) (reply, error) {
	r, err := s.send(ctx, http.MethodGet, path, http.Header{}, nil)
	if err == nil && !r.missing {
		err = r.decode(into)
	}
	return r, err
}

func (r reply) decode(into any) error {
	if err := json.Unmarshal(r.body, into); err != nil {
		return fmt.Errorf("%w: %s", err, r.body)
	}
	return nil
}

// claim is what the headers of a read say. Of one journal it is all that was acknowledged, and that there is no such
// series is said of all that was, too. Of two it is what the times in the headers say.
func (r reply) claim() (c history.Claim) {
	c.Mode, c.From = r.header.Get("Tidemark-Mode"), r.header.Get("Tidemark-Region")
	c.AsOf, _ = time.Parse(time.RFC3339Nano, r.header.Get("Tidemark-As-Of"))
	c.AsOfOne, _ = time.Parse(time.RFC3339Nano, r.header.Get("Tidemark-As-Of-One"))
	c.Complete = !r.paired && (c.Mode == "normal" || r.missing)
	return c
}

// acknowledged reads what a write of so many readings, or a deletion, reached.
func (r reply) acknowledged(readings int) (a history.Answer, err error) {
	var said struct {
		Accepted   int
		Durability history.Durability
		Regions    []string
		Stamp      string
		Blocks     []struct {
			Stream string
			Number uint64
		}
		Rejected []struct{ Index int }
	}
	if err := r.decode(&said); err != nil {
		return a, err
	}
	a.Durability, a.Regions = said.Durability, said.Regions
	for _, b := range said.Blocks {
		a.Origin.Writer, a.Origin.Number = b.Stream[strings.LastIndexByte(b.Stream, '/')+1:], b.Number
		a.Blocks = append(a.Blocks, fmt.Sprintf("%s/%d", a.Origin.Writer, b.Number))
	}
	for _, reject := range said.Rejected {
		a.Rejected = append(a.Rejected, reject.Index)
	}
	if got := said.Accepted + len(a.Rejected); got != readings {
		return a, fmt.Errorf("a good answer to a write of %d readings says: %s", readings, r.body)
	}
	if said.Stamp == "" {
		return a, nil // there was nothing to store
	}
	return a, a.Origin.Stamp.UnmarshalText([]byte(said.Stamp))
}
