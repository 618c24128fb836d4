package control

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/simulator/georep"
	"tidemark/simulator/topology"
)

// Problem is the body of an error (RFC 9457).
type Problem struct {
	Type   string `json:"type" format:"uri" example:"tag:tidemark,2026:simulator/not-live" doc:"What went wrong, as a stable name."`
	Code   string `json:"code" example:"not-live" doc:"The last part of type: programs decide by it."`
	Title  string `json:"title" doc:"What went wrong, for people; the same for every problem of a type."`
	Status int    `json:"status" minimum:"400" maximum:"599" doc:"The HTTP status."`
	Detail string `json:"detail" doc:"What is wrong with this request and what to do."`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status: a Problem is a huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return problemType }

const (
	problemType = "application/problem+json"
	problemBase = "tag:tidemark,2026:simulator/"
)

func problem(status int, code, title, format string, args ...any) *Problem {
	return &Problem{Type: problemBase + code, Code: code, Title: title, Status: status,
		Detail: fmt.Sprintf(format, args...)}
}

// conflicts are the orders that cannot be carried out now, by what the error is.
var conflicts = []struct {
	is          error
	code, title string
}{
	{georep.ErrInProgress, "failover-in-progress", "A failover is under way"},
	{georep.ErrNoSecondary, "no-secondary", "The account has no secondary"},
	{georep.ErrHasSecondary, "geo-redundant-already", "The account is geo-redundant already"},
	{georep.ErrNotLive, "not-live", "Geo-replication is not live"},
	{georep.ErrPaused, "paused", "Replication is paused"},
	{georep.ErrPrimaryDown, "primary-down", "The primary region does not answer"},
	{georep.ErrSecondaryDown, "secondary-down", "The secondary region does not answer"},
	{georep.ErrLinkDown, "link-down", "The regions do not reach one another"},
	{georep.ErrDown, "endpoints-down", "A failover keeps both endpoints down"},
	{georep.ErrBacklog, "backlog-full", "The backlog of replication is full"},
	{topology.ErrNoProcess, "no-process", "There is no process to tell"},
}

// problemOf is an error as a problem: what the topology does not have is 404, what cannot be done now 409, and the
// rest was asked for wrongly.
func problemOf(err error) error {
	var p *Problem
	var unknown *topology.UnknownError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		return p
	case errors.As(err, &unknown):
		return problem(http.StatusNotFound, "unknown-"+unknown.What, "There is no such thing", "%s",
			topology.Plain(err))
	}
	for _, c := range conflicts {
		if errors.Is(err, c.is) {
			return problem(http.StatusConflict, c.code, c.title, "%s", topology.Plain(err))
		}
	}
	return invalid("%s", topology.Plain(err))
}

// invalid is a request that is wrong.
func invalid(format string, args ...any) *Problem {
	return problem(http.StatusUnprocessableEntity, "invalid", "The request is wrong", format, args...)
}

// ours marks the context of our requests: huma's hook for its own refusals is a package variable that other APIs of
// the process share.
type ours struct{}

var claim sync.Once

// claimErrors makes huma's refusals of our requests problems of our form; those of others go where they went before.
func claimErrors() {
	claim.Do(func() {
		before := huma.NewErrorWithContext
		huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
			if ctx == nil || ctx.Context().Value(ours{}) == nil {
				return before(ctx, status, msg, errs...)
			}
			return refusal(status, msg, errs)
		}
	})
}

func refusal(status int, msg string, errs []error) *Problem {
	details := make([]string, 0, len(errs)+1)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			e := d.ErrorDetail()
			details = append(details, strings.TrimPrefix(e.Location+": "+e.Message, ": "))
		} else if err != nil {
			details = append(details, err.Error())
		}
	}
	if len(details) == 0 {
		details = append(details, msg)
	}
	if status >= 500 {
		return problem(status, "internal", "A fault of ours", "%s", strings.Join(details, "; "))
	}
	return problem(status, "invalid", "The request is wrong", "%s", strings.Join(details, "; "))
}
