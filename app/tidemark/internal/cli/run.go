// Package cli is the command line: flags, help, exit statuses. It joins the commands, which are packages of their own
// beside it, and is all that main runs. clitest runs it in tests.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/alecthomas/kong"

	"tidemark/app/tidemark/internal/console"
)

// NewParser makes the parser of the command line. Its exit is a panic that run catches.
func NewParser(c *Commands, stdout, stderr io.Writer) *kong.Kong {
	return kong.Must(c, kong.Name("tidemark"), kong.Description(description), kong.Writers(stdout, stderr),
		kong.DefaultEnvars("TIDEMARK"), kong.Exit(func(code int) { panic(exited(code)) }),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(duration)), kong.ValueFormatter(withDefault),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}))
}

// duration reads a flag's duration. kong takes -5s for a flag; here it is a duration, so that the command can say
// what is wrong with it.
func duration(ctx *kong.DecodeContext, target reflect.Value) error {
	t := ctx.Scan.Pop()
	text := fmt.Sprint(t.Value)
	if t.IsEOL() {
		return errors.New("write a duration, as 30s or 5m")
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration: write it as 30s or 5m", text)
	}
	target.SetInt(int64(d))
	return nil
}

// withDefault is the help of a flag with its default, where the flag's form does not show it, and its environment
// variable.
func withDefault(v *kong.Value) string {
	if v.HasDefault && v.Flag != nil && v.Flag.PlaceHolder != "" {
		shown := *v
		shown.Help += fmt.Sprintf(" Default: %s", v.Default)
		v = &shown
	}
	return kong.DefaultHelpValueFormatter(v)
}

type exited int

// Run runs the command that the arguments name, with its world handed in, and gives the exit status. The context ends
// with the first signal.
func Run(ctx context.Context, version string, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if e := recover(); e != nil {
			status, ok := e.(exited)
			if !ok {
				panic(e)
			}
			code = int(status)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var c Commands
	command, err := NewParser(&c, stdout, stderr).Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "tidemark: %v\n%s\n", err, seeHelp(meantBy(err)))
		return ExitUsage
	}
	e := &console.Environment{Context: ctx, Stdout: stdout, Stderr: stderr, Command: fullName(command),
		Version: version}
	return status(e, command.Run(e))
}

// meantBy is the command in whose arguments something is wrong, as far as they tell.
func meantBy(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		return fullName(wrong.Context)
	}
	return "tidemark"
}

// fullName is the command with those that it belongs to: tidemark sim outage.
func fullName(c *kong.Context) string {
	name := c.Model.Name
	for _, p := range c.Path {
		if p.Command != nil {
			name += " " + p.Command.Name
		}
	}
	return name
}
