// Package node is tidemark serve and init: one node in this process, and what its storage needs before the first
// starts.
package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tidemark/app/compose"
	"tidemark/app/tidemark/internal/console"
)

// Serve runs a node until a signal comes.
type Serve struct {
	compose.Config `embed:""`
}

// Run is tidemark serve.
func (c *Serve) Run(e *console.Environment) error {
	e.Records = c.Log.Format == "json"
	cfg, err := c.complete()
	if err != nil {
		return err
	}
	node, err := compose.New(e.Context, cfg, e.Version, e.Stderr)
	if wrong := (*compose.Misconfigured)(nil); errors.As(err, &wrong) {
		return console.ConfigError{Err: err}
	}
	if err != nil {
		return unlessAsked(e, err)
	}
	if err := node.Start(e.Context); err != nil {
		return unlessAsked(e, err)
	}
	e.Greet(greeting(e.Version, cfg, node.URL()))
	return keep(e, node)
}

// unlessAsked is the error of a start, unless a signal ended it: what had started has stopped again, as was asked for.
func unlessAsked(e *console.Environment, err error) error {
	if e.Context.Err() != nil {
		e.Say("stopped before it was ready")
		return nil
	}
	return err
}

// complete fills in what this machine knows, and checks.
func (c *Serve) complete() (compose.Config, error) {
	cfg := c.Config
	if cfg.Node.Name == "" {
		cfg.Node.Name, _ = os.Hostname()
	}
	if err := cfg.Validate(); err != nil {
		return cfg, console.ConfigError{Err: err}
	}
	return cfg, nil
}

// keep runs a started node until a signal comes or it fails, and stops it.
func keep(e *console.Environment, node *compose.Node) error {
	var failed error
	select {
	case <-e.Context.Done():
		e.Say("stopping; a second signal ends at once")
	case failed = <-node.Failed():
	}
	if err := node.Stop(); err != nil && failed == nil {
		return err
	}
	return failed
}

// greeting says where the node listens and keeps its data, and what to try.
func greeting(version string, cfg compose.Config, url string) string {
	text := fmt.Sprintf("tidemark %s listens on %s and keeps its data in %s.\n", version, url,
		whereabouts(cfg.Storage))
	if !cfg.Node.Role.Serves() {
		return text + "It is a worker: " + url + "/metrics shows what it does.\n"
	}
	if cfg.Tenants.TokenFile != "" {
		return text + "Requests need a token of " + cfg.Tenants.TokenFile + ". " + url + "/docs describes them.\n"
	}
	return text + "\nTry:\n\n" + Examples(url, Tour) + "\n" + url +
		"/docs describes everything else. Stop it with Ctrl-C.\n"
}

// whereabouts names the place of the data.
func whereabouts(s compose.Storage) string {
	switch {
	case s.Azure():
		return s.Accounts()
	case s.Data == compose.Memory:
		return "memory: nothing is kept when it stops"
	}
	if path, err := filepath.Abs(s.Data); err == nil {
		return path
	}
	return s.Data
}

// Example is a request, with the body of a POST ("": it is a GET), and what it answers.
type Example struct{ Body, Path, Answer string }

// Nothing is what the tour says of an answer without a body.
const Nothing = "(204, nothing: the reading is durable)"

// Tour is what the greeting shows; the test sends it.
var Tour = []Example{
	{`temp,source=roof value=21.5 1767268800000000000`, "/api/v2/write", Nothing},
	{
		``, "/v1/latest?source=roof", `{"latest":[{"source":"roof","metric":"temp","time":"2026-01-01T12:00:00Z",` +
			`"value":21.5}]}`},
	{``, "/v1/aggregates?source=roof&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&step=1d&fn=mean,max",
		`{"step":"1d","functions":["mean","max"],"groups":[{"key":{"source":"roof","metric":"temp"},` +
			`"starts":["2026-01-01T00:00:00Z"],"values":{"mean":[21.5],"max":[21.5]}}]}`},
}

// Examples are requests to a node as a person types them, each with its answer.
func Examples(url string, of []Example) string {
	text := ""
	for _, x := range of {
		arguments := ""
		if x.Body != "" {
			arguments = "--data-binary '" + x.Body + "' "
		}
		text += fmt.Sprintf("  curl -sS %s'%s%s'\n    %s\n", arguments, url, x.Path, x.Answer)
	}
	return text
}
