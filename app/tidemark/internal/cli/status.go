package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/importing"
	"tidemark/domain/fault"
	"tidemark/simulator/azurite"
)

// The exit statuses, beside 0.
const (
	ExitFailed   = 1 // the last line on standard error says why
	ExitUsage    = 2 // the command line or the configuration is wrong
	ExitRejected = 3 // an import came to its end, and some readings were not accepted
	ExitRemarks  = 4 // all of an import was accepted, and something does not stand or was guessed
)

// statuses are the exit statuses of every command, for --help.
const statuses = `Exit statuses: 0 done; 1 it failed, and the last line on standard error says why; ` +
	`2 the command line or the configuration is wrong.`

// status says an error and gives the exit status for it.
func status(e *console.Environment, err error) int {
	var config console.ConfigError
	var usage console.UsageError
	text, code := "", ExitUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, importing.ErrRejected):
		return ExitRejected
	case errors.Is(err, importing.ErrRemarks):
		return ExitRemarks
	case errors.As(err, &config):
		text = fmt.Sprintf("the configuration is wrong:\n%v\n%s", err, seeHelp(e.Command))
	case errors.As(err, &usage):
		text = fmt.Sprintf("%v\n%s", err, seeHelp(e.Command))
	default:
		text, code = explain(err), ExitFailed
	}
	e.Fail(text)
	return code
}

// seeHelp says where the right flags of a command are.
func seeHelp(command string) string { return "See " + command + " --help." }

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
