package gateway

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/spelling"
)

// queueRequest is the caller's request as it goes to a store, whose signature holds there too.
func (v *visit) queueRequest(ctx context.Context, base string) (*http.Request, error) {
	return v.queueRequestTo(ctx, base, v.r.URL.EscapedPath(), v.r.Body)
}

func (v *visit) queueRequestTo(ctx context.Context, base, path string, body io.Reader) (*http.Request, error) {
	target, err := url.Parse(base + path)
	if err != nil {
		return nil, err
	}
	target.RawQuery = v.r.URL.RawQuery
	switch {
	case v.r.ContentLength == 0 && v.call.Operation == inject.GetMessages:
		body = askedOnce{}
	case v.r.ContentLength == 0:
		body = http.NoBody
	}
	r, err := http.NewRequestWithContext(ctx, v.r.Method, target.String(), body)
	if err != nil {
		return nil, err
	}
	r.ContentLength = v.r.ContentLength
	for name, values := range v.r.Header {
		switch {
		case ofConnection[name]:
		case strings.HasPrefix(name, "X-Ms-Meta-"):
			r.Header["x-ms-meta-"+spelling.Of(v.r.Context(), name[len("X-Ms-Meta-"):])] = values
		default:
			r.Header[name] = values
		}
	}
	return r, nil
}

// askedOnce is the body of a GET that is not to be asked a second time. A transport takes any other for one that
// changes nothing, and sends it again when its answer is lost: Get Messages would hide twice as many.
type askedOnce struct{}

func (askedOnce) Read([]byte) (int, error) { return 0, io.EOF }

// ofConnection are headers that are not for the other end.
var ofConnection = map[string]bool{"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true,
	"Trailer":           true,
	"Transfer-Encoding": true, "Upgrade": true, "Expect": true}

// copyQueueHeader takes over an answer's header; the time is that of the storage's clock.
func (v *visit) copyQueueHeader(to, from http.Header) {
	for name, values := range from {
		if !ofConnection[name] {
			to[name] = values
		}
	}
	to.Set("Date", v.now().UTC().Format(http.TimeFormat))
}

func (v *visit) answerQueue(w http.ResponseWriter, from *http.Response) error {
	v.copyQueueHeader(w.Header(), from.Header)
	w.WriteHeader(from.StatusCode)
	_, err := io.Copy(w, from.Body)
	return err
}

// answerQueueBody sends an answer with a body of the gateway's making.
func (v *visit) answerQueueBody(w http.ResponseWriter, status int, header http.Header, body []byte) {
	v.copyQueueHeader(w.Header(), header)
	if len(body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // who does not listen any more learns nothing
}

// ask sends a caller's request and reads the answer.
func (v *visit) ask(r *http.Request) (status int, header http.Header, body []byte, err error) {
	resp, err := v.a.g.do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil {
		return 0, nil, nil, err
	}
	return resp.StatusCode, resp.Header, body, nil
}
