package problem

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"tidemark/adapters/httpapi/internal/claim"
	"tidemark/domain/fault"
	"tidemark/domain/readpath"
)

// Of classifies an error.
func Of(err error) *Error {
	var p *Error
	if errors.As(err, &p) {
		return p
	}
	kind := fault.KindOf(err)
	k, ok := kinds[kind]
	if !ok {
		kind = fault.Internal
		k = kinds[kind]
	}
	p = New(k.status, kind.String(), k.title, "")
	p.Cause = err
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
		p.Header.Set("Retry-After", strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10))
	}
	var missing *readpath.Missing
	if errors.As(err, &missing) {
		claim.Set(p.Header, missing.Claim)
	}
	if kind == fault.Unauthenticated {
		p.Header.Set("WWW-Authenticate", `Bearer realm="tidemark"`)
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
