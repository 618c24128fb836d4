package main

import (
	"context"
	"errors"
	"strings"

	"tidemark/domain/fault"
	"tidemark/simulator/azurite"
)

// explain is an error in a sentence that says what to do, as far as we know.
func explain(err error) string {
	var f *fault.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted before it was done"
	case errors.Is(err, azurite.ErrNoNode):
		return err.Error() + "; or run `tidemark serve`, which needs nothing"
	case errors.As(err, &f):
		return explainFault(err, f)
	}
	return err.Error()
}

func explainFault(err error, f *fault.Error) string {
	text := f.Message
	if text == "" {
		return err.Error()
	}
	// What was said around the fault ("the storage did not answer ...") stays in front.
	if around, _, ok := strings.Cut(err.Error(), f.Error()); ok {
		text = around + text
	}
	if f.Cause != nil {
		text += " (" + f.Cause.Error() + ")"
	}
	return text
}
