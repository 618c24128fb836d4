package gateway

import "net/http"

// held is an answer that is held back.
type held struct {
	header http.Header
	status int
	body   []byte
}

func newHeld() *held { return &held{header: make(http.Header, 12)} }

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	h.body = append(h.body, b...)
	return len(b), nil
}

func (h *held) sendTo(w http.ResponseWriter) {
	to := w.Header()
	for name, values := range h.header {
		to[name] = values
	}
	h.WriteHeader(http.StatusOK)
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body) // a client that has gone does not hear it
}
