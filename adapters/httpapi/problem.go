package httpapi

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// Problem is the body of an error (RFC 9457).
type Problem struct {
	Type     string `json:"type" format:"uri" example:"tag:tidemark,2026:invalid" doc:"What went wrong, as a stable name: programs decide by it."`
	Title    string `json:"title" example:"The request is wrong" doc:"What went wrong, for people; the same for every problem of a type."`
	Status   int    `json:"status" minimum:"400" maximum:"599" doc:"The HTTP status."`
	Detail   string `json:"detail,omitempty" doc:"What is wrong with this request and what to do."`
	Instance string `json:"instance,omitempty" doc:"The request's id, also in the header X-Request-Id: name it when you report the problem."`

	Errors        []Violation `json:"errors,omitempty" doc:"What is wrong, place by place."`
	Rejected      []Rejection `json:"rejected,omitempty" doc:"The readings that were not acceptable: the first 1,000 of them."`
	RejectedTotal int         `json:"rejected_total,omitempty" doc:"How many readings were not acceptable."`
	Skipped       []Skipped   `json:"skipped,omitempty" doc:"Columns of a CSV file that hold no readings."`

	Overwritten      []Overwritten `json:"overwritten,omitempty" doc:"Rows that give another value for a series and time than an earlier row of the request: the first ten."`
	OverwrittenTotal int           `json:"overwritten_total,omitempty" doc:"How many rows give another value than an earlier one."`

	Ambiguities
	PerhapsStored bool     `json:"perhaps_stored,omitempty" doc:"The outcome is unknown: what was sent may be stored. Sending it again is harmless."`
	Regions       []string `json:"regions,omitempty" doc:"The regions that are known to hold a part of what was sent."`

	header http.Header
	cause  error // for the log
}

// Violation is one thing that is wrong with a request, and where.
type Violation struct {
	Location string `json:"location" example:"query.from" doc:"Where: query, path, header or body, and the name."`
	Message  string `json:"message" doc:"What is wrong."`
}

// Rejection is one reading that was not accepted.
type Rejection struct {
	Index  int    `json:"index" doc:"The reading's place in the request, from 0; -1 for a source description."`
	Line   int    `json:"line,omitempty" doc:"The line of a text format, from 1."`
	Reason string `json:"reason" doc:"What is wrong with it."`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status: a Problem is a huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers of the answer: a Problem is a huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

const problemBase = "tag:tidemark,2026:"

// kinds is the one mapping from what went wrong to HTTP.
var kinds = map[fault.Kind]struct {
	status int
	title  string
	retry  time.Duration // Retry-After when the error says none; 0: no header
	quiet  bool          // the message is not for clients
}{
	fault.Invalid:         {400, "The request is wrong", 0, false},
	fault.NotFound:        {404, "There is no such thing", 0, false},
	fault.Conflict:        {409, "Somebody else was first", 0, false},
	fault.Unauthenticated: {401, "Nobody we know", 0, false},
	fault.Forbidden:       {403, "Not allowed", 0, false},
	fault.TooLarge:        {413, "Over a limit", 0, false},
	fault.Throttled:       {429, "Too much at once", time.Second, false},
	fault.Unavailable:     {503, "Not available", time.Second, false},
	fault.Indeterminate:   {503, "The outcome is unknown", time.Second, false},
	fault.Canceled:        {503, "Not finished in time", time.Second, false},
	fault.Corrupt:         {500, "Stored data do not decode", 0, true},
	fault.Internal:        {500, "A fault of ours", 0, true},
}

// problemOf classifies an error.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	kind := fault.KindOf(err)
	k, ok := kinds[kind]
	if !ok {
		kind = fault.Internal
		k = kinds[kind]
	}
	p = &Problem{Type: problemBase + kind.String(), Title: k.title, Status: k.status, cause: err, header: http.Header{}}
	if !k.quiet {
		p.Detail = cmp.Or(fault.Message(err), unsaid(kind, err))
	}
	p.PerhapsStored = kind == fault.Indeterminate
	if k.retry > 0 {
		var e *fault.Error
		after := k.retry
		if errors.As(err, &e) && e.RetryAfter > 0 {
			after = e.RetryAfter
		}
		p.header.Set("Retry-After", strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10))
	}
	if kind == fault.Unauthenticated {
		p.header.Set("WWW-Authenticate", `Bearer realm="tidemark"`)
	}
	return p
}

// unsaid is the detail of an error that brings no text for the client: what is out of reach, as far as the name of
// the operation says, and what to do.
func unsaid(kind fault.Kind, err error) string {
	switch kind {
	case fault.Throttled:
		return "too much is asked of " + partOf(err) + " at once: try again after Retry-After"
	case fault.Unavailable:
		return partOf(err) + " is out of reach: try again after Retry-After"
	case fault.Indeterminate:
		return "the outcome is unknown, because " + partOf(err) + " did not answer: send it again, which is harmless"
	case fault.Canceled:
		return "it was not finished in time: try again after Retry-After, and ask for less at a time if that does " +
			"not help"
	}
	return ""
}

// parts are what operations are called of, by the first word of their names, in words of the documentation.
var parts = map[string]string{"journal": "the journal", "directory": "the journal", "rows": "the storage account",
	"chunks":  "the storage account",
	"account": "the storage account", "queue": "the queue"}

func partOf(err error) string {
	var e *fault.Error
	if errors.As(err, &e) {
		word, _, _ := strings.Cut(e.Op, ".")
		if name, ok := parts[word]; ok {
			return name
		}
	}
	return "a part of the storage"
}

// newProblem is a problem of HTTP itself, which no fault.Kind covers.
func newProblem(status int, name, title, detail string) *Problem {
	return &Problem{Type: problemBase + name, Title: title, Status: status, Detail: detail, header: http.Header{}}
}

// invalidParam refuses a parameter's value.
func invalidParam(location, message string) *Problem {
	return invalidParams(Violation{Location: location, Message: message})
}

// invalidParams refuses what is wrong place by place.
func invalidParams(wrong ...Violation) *Problem {
	details := make([]string, len(wrong))
	for i, v := range wrong {
		details[i] = v.Location + ": " + v.Message
	}
	p := newProblem(http.StatusUnprocessableEntity, "invalid", kinds[fault.Invalid].title, strings.Join(details, "; "))
	p.Errors = wrong
	return p
}

func rejections(list []telemetry.Rejection) []Rejection {
	out := make([]Rejection, len(list))
	for i, r := range list {
		out[i] = Rejection(r)
	}
	return out
}

func skipped(list []readings.Skipped) []Skipped {
	var out []Skipped
	for _, c := range list {
		out = append(out, Skipped{c.Column, c.Cells, c.Why.String()})
	}
	return out
}

var claimOnce sync.Once

// claimErrors makes huma's own refusals of our requests problems. The hook is a package variable of huma, so it is
// set once, and what belongs to another API of the process goes where it went before.
func claimErrors() {
	claimOnce.Do(func() {
		before := huma.NewErrorWithContext
		huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
			if ctx != nil {
				if c, ok := ctx.Context().Value(callKey{}).(*call); ok {
					return c.refusal(ctx.Operation(), status, msg, errs)
				}
			}
			return before(ctx, status, msg, errs...)
		}
	})
}

// refusal turns a refusal by huma into an error of the request's form. Values that the client sent are not sent back.
func (c *call) refusal(op *huma.Operation, status int, msg string, errs []error) huma.StatusError {
	var p *Problem
	switch {
	case status >= 500:
		p = problemOf(errors.Join(errs...))
	default:
		var wrong []Violation
		for _, err := range errs {
			wrong = append(wrong, violation(op, err))
		}
		p = invalidParams(wrong...)
		p.Status, p.Detail = status, cmp.Or(p.Detail, msg)
	}
	return c.inForm(p)
}

func unsupported(detail string) *Problem {
	return newProblem(http.StatusUnsupportedMediaType, "unsupported-media-type", "The form of the body is unknown",
		detail)
}
