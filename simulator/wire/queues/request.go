// Package queues is the Queue service as far as the gateway has to understand it: which operation a request is, the
// limits of the service that Azurite does not hold, lists of queues and their metadata, and the XML of messages.
package queues

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
)

// Request is a request to the Queue service, path style.
type Request struct {
	Account   string
	Secondary bool   // to account-secondary
	Kind      string // inject's name of the operation
	Queue     string // "" of operations on the service
	Message   string // the id, of an update or a delete
	Write     bool   // it would change something; Get Messages does: it hides what it gives
	query     url.Values
	method    string
	header    http.Header
	metadata  map[string]string // that is set
}

// Parse tells which operation a request is, as Azurite's dispatcher does: any value of peekonly but true is Get
// Messages. The body is not read. What is no operation is inject.Other: Azurite has the answer to it.
func Parse(r *http.Request) *Request {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 4)
	q := &Request{query: r.URL.Query(), method: r.Method, header: r.Header, metadata: readMetadata(r)}
	q.Account, q.Secondary = strings.CutSuffix(parts[0], "-secondary")
	ofService := len(parts) == 1 || parts[1] == "" || q.query.Get("restype") == "service" ||
		q.query.Get("comp") == "list"
	if !ofService {
		q.Queue = parts[1]
	}
	switch {
	case r.Method == http.MethodOptions:
		q.Kind = inject.Other
	case ofService:
		q.Kind, q.Write = ofTheService(r.Method, q.query.Get("comp"))
	case len(parts) == 2 || parts[2] == "":
		q.Kind, q.Write = ofAQueue(r.Method, q.query.Get("comp"))
	case parts[2] == "messages" && len(parts) == 3:
		q.Kind, q.Write = ofMessages(r.Method, q.query.Get("peekonly") == "true")
	case parts[2] == "messages" && parts[3] != "":
		q.Message = parts[3]
		q.Kind, q.Write = ofAMessage(r.Method)
	default:
		q.Kind = inject.Other
	}
	return q
}

func ofTheService(method, comp string) (kind string, write bool) {
	switch {
	case comp == "list" && method == http.MethodGet:
		return inject.ListQueues, false
	case comp == "stats" && method == http.MethodGet:
		return inject.Stats, false
	case comp == "properties":
		return inject.Properties, method == http.MethodPut
	}
	return inject.Other, changes(method)
}

func ofAQueue(method, comp string) (kind string, write bool) {
	switch {
	case comp == "metadata":
		return inject.QueueMetadata, changes(method)
	case comp == "acl":
		return inject.ACL, changes(method)
	case method == http.MethodPut:
		return inject.CreateQueue, true
	case method == http.MethodDelete:
		return inject.DeleteQueue, true
	}
	return inject.Other, changes(method)
}

func ofMessages(method string, peek bool) (kind string, write bool) {
	switch {
	case method == http.MethodPost:
		return inject.PutMessage, true
	case method == http.MethodDelete:
		return inject.ClearMessages, true
	case method == http.MethodGet && peek:
		return inject.PeekMessages, false
	case method == http.MethodGet:
		return inject.GetMessages, true
	}
	return inject.Other, changes(method)
}

func ofAMessage(method string) (kind string, write bool) {
	switch method {
	case http.MethodPut:
		return inject.UpdateMessage, true
	case http.MethodDelete:
		return inject.DeleteMessage, true
	}
	return inject.Other, changes(method)
}

func changes(method string) bool { return method != http.MethodGet && method != http.MethodHead }

// Logged reports whether a request is a write that the other region gets too: to a queue, or to the properties of the
// service.
func (q *Request) Logged() bool { return q.Write && (q.Queue != "" || q.Kind == inject.Properties) }

// Metadata is what a request sets, its names spelled as its caller does.
func (q *Request) Metadata() map[string]string { return q.metadata }

// Receipt is the pop receipt that it names; "" is none.
func (q *Request) Receipt() string { return q.query.Get("popreceipt") }

// Hides reports whether a Put or an Update asks for a message to be invisible for a while.
func (q *Request) Hides() bool {
	hidden := q.query.Get("visibilitytimeout")
	return hidden != "" && strings.Trim(hidden, "0") != ""
}

// Updated is what of the header of the answer to an Update that was done at that time is known without the answer:
// the receipt is not.
func (q *Request) Updated(at time.Time) http.Header {
	hidden, _ := q.number("visibilitytimeout", 0) // Check has held it
	return http.Header{"X-Ms-Time-Next-Visible": {FormatTime(at.Add(time.Duration(hidden) * time.Second))}}
}

// number is a parameter's, or what holds without it.
func (q *Request) number(name string, without int) (int, *wire.Refusal) {
	if !q.query.Has(name) {
		return without, nil
	}
	n, err := strconv.Atoi(q.query.Get(name))
	if err != nil {
		return 0, invalidValue
	}
	return n, nil
}
