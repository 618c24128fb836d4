package main

import (
	"runtime/debug"

	"tidemark/adapters/httpapi"
	"tidemark/simulator/control"
)

// openAPICommand prints the document of the API.
type openAPICommand struct {
	JSON      bool `name:"json" help:"As JSON instead of YAML."`
	Simulator bool `help:"Of the simulator's control API instead."`
}

// Run is tidemark openapi.
func (c *openAPICommand) Run(e *environment) error {
	asJSON, asYAML, err := httpapi.Document(httpapi.Config{Version: version()})
	if c.Simulator {
		asJSON, asYAML, err = control.Document()
	}
	if err != nil {
		return err
	}
	text := asYAML
	if c.JSON {
		text = append(asJSON, '\n')
	}
	_, err = e.stdout.Write(text)
	return err
}

// versionCommand prints the version.
type versionCommand struct{}

// Run is tidemark version.
func (*versionCommand) Run(e *environment) error {
	_, err := e.stdout.Write([]byte("tidemark " + version() + "\n"))
	return err
}

// release is set by the linker: -X main.release=v1.2.3.
var release string

// version is the release, or else the revision that the program was built from.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "dev-" + s.Value[:12]
			}
		}
	}
	return "dev"
}
