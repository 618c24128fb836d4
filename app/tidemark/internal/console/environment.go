// Package console is what a command has of the world outside: where it says what to whom, and the words that all
// commands share. Which errors end the program with which status is decided by package cli.
package console

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// Environment is what a command gets of the world outside.
type Environment struct {
	Context        context.Context // ends with the first signal
	Stdout, Stderr io.Writer
	Command        string // that runs, for whoever gave it wrong flags
	Version        string // of the program
	Records        bool   // a program reads standard error: everything on it is a record of JSON, as the log's
}

// Say writes a line for people, or a record.
func (e *Environment) Say(format string, args ...any) {
	if e.Records {
		e.log().Info(fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintf(e.Stderr, format+"\n", args...)
}

// Greet says what to try, where people read it.
func (e *Environment) Greet(text string) {
	if !e.Records {
		fmt.Fprintln(e.Stderr, text)
	}
}

// Fail says why the program ends before its work is done.
func (e *Environment) Fail(text string) {
	if e.Records {
		e.log().Error(text)
		return
	}
	fmt.Fprintf(e.Stderr, "tidemark: %s\n", text)
}

func (e *Environment) log() *slog.Logger { return slog.New(slog.NewJSONHandler(e.Stderr, nil)) }
