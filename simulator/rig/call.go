package rig

import (
	"bytes"
	"net/http"
	"strings"
)

// Call is one request as a proxy took it.
type Call struct {
	*http.Request
	Body  []byte
	Batch []Action // of a batch
	Kind  string   // what the proxy's Classify says of it
}

// Table is the table that it is about; "$batch" of a batch.
func (c *Call) Table() string {
	path := c.URL.Path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		path = path[i+1:]
	}
	table, _, _ := strings.Cut(path, "(")
	return table
}

// Write reports whether it may change something.
func (c *Call) Write() bool { return c.Method != http.MethodGet }

// Answer is what the service said to a call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Refused reports whether the service refused the call, or an action of its batch.
func (a Answer) Refused() bool {
	return a.Status >= 400 || bytes.Contains(a.Body, []byte("HTTP/1.1 4")) ||
		bytes.Contains(a.Body, []byte("HTTP/1.1 5"))
}

// Pass is what a gate says of a call. The zero value lets it pass.
type Pass struct {
	Hold <-chan struct{} // it is held until this is closed; nil: not held
	Lost func() bool     // asked when it is let go: it never arrives, and has no answer; nil: it arrives
	Deaf bool            // it arrives, and its answer is lost
}
