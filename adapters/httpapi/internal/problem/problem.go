// Package problem is how the API says no. It turns errors into problems (RFC 9457) in the words of who asked: where
// it is wrong, what is wrong, and what to write instead. Clients of InfluxDB get the same in their form.
package problem

import (
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
)

// Error is an error that a client is told: the body of the answer and its headers, and what the log says.
type Error struct {
	schema.Problem
	Header http.Header `json:"-"`
	Cause  error       `json:"-"`
}

// Error is the detail.
func (p *Error) Error() string { return p.Detail }

// GetStatus is the HTTP status: it is a huma.StatusError.
func (p *Error) GetStatus() int { return p.Status }

// GetHeaders are the headers of the answer: it is a huma.HeadersError.
func (p *Error) GetHeaders() http.Header { return p.Header }

// ContentType is application/problem+json.
func (p *Error) ContentType(string) string { return "application/problem+json" }

// base begins the type of every problem.
const base = "tag:tidemark,2026:"

// New is a problem of HTTP itself, which no fault.Kind covers.
func New(status int, name, title, detail string) *Error {
	return &Error{Problem: schema.Problem{Type: base + name, Title: title, Status: status, Detail: detail},
		Header: http.Header{}}
}

// Param refuses a parameter's value.
func Param(location, message string) *Error {
	return Params(schema.Violation{Location: location, Message: message})
}

// Params refuses what is wrong place by place.
func Params(wrong ...schema.Violation) *Error {
	details := make([]string, len(wrong))
	for i, v := range wrong {
		details[i] = v.Location + ": " + v.Message
	}
	p := New(http.StatusUnprocessableEntity, "invalid", Title(fault.Invalid), strings.Join(details, "; "))
	p.Errors = wrong
	return p
}

// Unsupported refuses the form of a body.
func Unsupported(detail string) *Error {
	return New(http.StatusUnsupportedMediaType, "unsupported-media-type", "The form of the body is unknown",
		detail)
}
