// Command tidemark is the whole service in one binary: a node (serve), two machines' worth of everything on this one
// (up), and what people need around it (init, import, openapi, version).
//
// Exit statuses: 0 done; 1 it failed, and the last line on standard error says why and what to do; 2 the command line
// or the configuration is wrong; 3 an import came to its end and some readings were not accepted; 4 it came to its
// end, all was accepted, and something does not stand or was guessed: it has been told.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, restore) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitRejected = 3
	exitRemarks  = 4
)

// statuses are the exit statuses of every command, for --help.
const statuses = `Exit statuses: 0 done; 1 it failed, and the last line on standard error says why; ` +
	`2 the command line or the configuration is wrong.`

// importStatuses are those of import.
const importStatuses = `Exit statuses:
  0  all was stored, and stands
  1  it failed, and the last line on standard error says why. What was sent
     before may be stored; sending it again is harmless. With --atomic nothing
     was sent, or it broke off later, and says so
  2  the command line is wrong
  3  it came to its end, and some readings were not accepted, or a file had no
     number in it
  4  it came to its end and all was accepted, but rows overwrite others, or a
     local time may be two and was guessed, or not all rows could be compared:
     standard error names them behind "warning:"`

// environment is what a command gets of the world outside.
type environment struct {
	ctx            context.Context // ends with the first signal
	stdout, stderr io.Writer
	command        string // that runs, for whoever gave it wrong flags
	records        bool   // a program reads standard error: everything on it is a record of JSON, as the log's
}

// say writes a line for people, or a record.
func (e *environment) say(format string, args ...any) {
	if e.records {
		e.log().Info(fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintf(e.stderr, format+"\n", args...)
}

// greet says what to try, where people read it.
func (e *environment) greet(text string) {
	if !e.records {
		fmt.Fprintln(e.stderr, text)
	}
}

func (e *environment) log() *slog.Logger { return slog.New(slog.NewJSONHandler(e.stderr, nil)) }

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run a node. Without any flag it listens on 127.0.0.1:8080 and keeps its data in the folder tidemark-data."`
	Up      upCommand      `cmd:"" help:"Run everything on this machine, with real data in it: two simulated regions, in each storage (Azurite), cache (Redis) and a node, an edge in front of them, and Seattle's weather. Prints one JSON line when it is ready."`
	Sim     simCommand     `cmd:"" help:"Run a simulated cloud of two regions that any Azure SDK can use, and lose one: tidemark sim up."`
	Init    initCommand    `cmd:"" help:"Make what a storage account needs before the first node starts: the journal's identity, tables, queues, the key that signs cursors. Doing it again changes nothing."`
	Import  importCommand  `cmd:"" help:"Send files of readings to a running node."`
	OpenAPI openAPICommand `cmd:"" name:"openapi" help:"Print the OpenAPI 3.1 document of the HTTP API."`
	Version versionCommand `cmd:"" help:"Print the version of the program."`
}

const description = `tidemark keeps telemetry and answers questions about it.

Two commands to begin with:
  tidemark up       everything on this machine, with data in it
  tidemark serve    a node that keeps its data in a folder

Flags can be given as environment variables: --log-level is TIDEMARK_LOG_LEVEL. Orders to the simulator cannot.

` + statuses + ` Those of import are in tidemark import --help.`

// newParser makes the parser of the command line. Its exit is a panic that run catches.
func newParser(c *commands, stdout, stderr io.Writer) *kong.Kong {
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

// run is main with its world handed in; it gives the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
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
	var c commands
	command, err := newParser(&c, stdout, stderr).Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "tidemark: %v\n%s\n", err, seeHelp(meantBy(err)))
		return exitUsage
	}
	e := &environment{ctx: ctx, stdout: stdout, stderr: stderr, command: fullName(command)}
	return e.status(command.Run(e))
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

// seeHelp says where the right flags of a command are.
func seeHelp(command string) string { return "See " + command + " --help." }

// configError is a configuration that is wrong.
type configError struct{ error }

// usageError is a command line that is wrong.
type usageError struct{ error }

// errRejected is an import of which some readings were not accepted. It has been told already.
var errRejected = errors.New("some readings were not accepted")

// errRemarks is an import of which something does not stand, or was guessed. It has been told already.
var errRemarks = errors.New("something of what was stored does not stand, or was guessed")

// status says an error and gives the exit status for it.
func (e *environment) status(err error) int {
	var config configError
	var usage usageError
	text, code := "", exitUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errRejected):
		return exitRejected
	case errors.Is(err, errRemarks):
		return exitRemarks
	case errors.As(err, &config):
		text = fmt.Sprintf("the configuration is wrong:\n%v\n%s", err, seeHelp(e.command))
	case errors.As(err, &usage):
		text = fmt.Sprintf("%v\n%s", err, seeHelp(e.command))
	default:
		text, code = explain(err), exitFailed
	}
	if e.records {
		e.log().Error(text)
	} else {
		fmt.Fprintf(e.stderr, "tidemark: %s\n", text)
	}
	return code
}
